"""The ledger in the office pages: records in words, within their reader's scope, with their proof."""

from __future__ import annotations

import ast
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection

import shanhe
from shanhe.faces.http.ledger import ACTIONS, SUBJECTS
from shanhe.ground.audit.models import Event
from shanhe.ground.audit.services import day_root_publish
from shanhe.ground.jobs.models import Job
from shanhe.ground.jobs.services import job_run
from shanhe.ground.people.services import appointment_end, person_change
from shanhe.kernel.chain.proof import proof_check, proof_read

LIST = "/office/ledger/"
PACKAGE = Path(shanhe.__file__).parent


# -- words -----------------------------------------------------------------------------------------------


def recorded() -> dict[str, set[str]]:
    """Kind of record → where it is written, read from the program's syntax trees.

    A kind is the first argument of ``record``: a text, a constant of the module, or a parameter; then it is
    the text that the module's own calls hand in, or what anybody hands in as ``action``.
    """
    found: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for action in _kinds_in(tree):
            found.setdefault(action, set()).add(str(path.relative_to(PACKAGE)))
    return found


def _kinds_in(tree: ast.Module):
    constants = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    handing_on = {"record"}
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        names = [argument.arg for argument in function.args.args]
        firsts = {_named(call.args[0]) for call in _calls(function, {"record"})}
        if names and firsts & set(names[:1]):
            handing_on.add(function.name)
    for call in _calls(tree, handing_on):
        first = call.args[0]
        if isinstance(first, ast.Constant | ast.IfExp):  # one kind, or one of two
            yield from (
                part.value
                for part in ast.walk(first)
                if isinstance(part, ast.Constant) and isinstance(part.value, str)
            )
        elif _named(first) in constants:
            yield constants[_named(first)]
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        for keyword in call.keywords:  # handed to who records it
            value = keyword.value
            if keyword.arg == "action" and isinstance(value, ast.Constant) and "." in str(value.value):
                yield str(value.value)


def _calls(tree: ast.AST, names: set[str]):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else _named(node.func)
            if called in names:
                yield node


def _named(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def test_every_kind_of_record_that_the_program_writes_has_its_words():
    written = recorded()
    assert len(written) > 30
    assert set(written) - set(ACTIONS) == set()
    assert set(ACTIONS) - set(written) == set()


def test_every_kind_of_object_in_a_world_has_its_word(make):
    make.patrol(make.reach())
    make.facility()
    make.forest_unit()
    make.organization()
    assert set(Event.objects.values_list("object_type", flat=True)) <= set(SUBJECTS)


# -- list ------------------------------------------------------------------------------------------------


@pytest.fixture
def office(make):
    return make.client(make.county_office)


def numbers(client, query: str = "") -> set[int]:
    return {event.seq for event in client.get(f"{LIST}?limit=500{query}").context["page"].items}


def of(action: str, **fields) -> Event:
    return Event.objects.filter(action=action, **fields).latest("seq")


def test_the_office_reads_what_happened_to_its_people_and_areas_and_nothing_from_next_door(make, office):
    person, foreign = make.person(make.village, "汪守林"), make.person(make.shitai, "外县人")
    reach = make.reach()
    page = office.get(LIST).content.decode()
    assert "汪守林" in page
    assert reach.name in page
    assert "外县人" not in page
    seen = numbers(office)
    assert of("person.register", object_id=str(person.pk)).seq in seen
    assert of("person.register", object_id=str(foreign.pk)).seq not in seen


def test_the_administrator_reads_everything(make):
    login = make.stranger
    client = make.client(make.administrator)
    assert login.person.name in client.get(LIST).content.decode()
    assert numbers(client) == set(Event.objects.values_list("seq", flat=True))


def test_published_roots_are_listed_when_asked_for(make):
    make.person(make.shitai)
    day_root_publish(day=make.today, by=None, at=make.now + timedelta(days=1))
    client = make.client(make.administrator)
    assert of("audit.publish").seq not in numbers(client)
    assert numbers(client, "&kind=audit.publish") == {of("audit.publish").seq}


def test_a_ranger_reads_what_they_did_themselves_and_the_public_rules(make):
    ranger = make.holder("ranger", "village", make.village, "ranger", system="forest")
    other = make.person(make.village)
    unit = make.forest_unit()
    make.appointment(ranger.person, make.post("ranger", "village", "forest"), areas=[unit])
    patrol = make.patrol(unit, by=ranger)
    seen = numbers(make.client(ranger))
    assert of("patrol.submit", object_id=str(patrol.pk)).seq in seen
    assert of("person.register", object_id=str(other.pk)).seq not in seen
    assert of("account.open", object_id=str(ranger.pk)).seq in seen


def test_somebody_outside_ones_ground_is_a_number(make, office):
    """Who acted may be told by number only: names belong to the scope."""
    reach = make.reach()
    province = make.holder("clerk", "province", make.division("340000000000"), "province")
    person = make.person(make.village)
    person_change(
        person=person, name="改名者", phone="", organization=None, by=make.actor(province), at=make.now
    )
    assert reach.name in office.get(LIST).content.decode()
    page = office.get(f"{LIST}{of('person.change').seq}/").content.decode()
    assert "改名者" in page
    assert province.person.name not in page
    assert str(province.person.pk) in page


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("&kind=person.change", True),
        ("&kind=area.register", False),
        ("&person=改", False),
        ("&since=2026-03-02", True),
        ("&until=2026-03-01", False),
    ],
)
def test_the_list_is_filtered(make, office, query, is_found):
    person = make.person(make.village)
    by = make.actor(make.county_office)
    person_change(person=person, name="改名者", phone="", organization=None, by=by, at=make.now)
    assert (of("person.change").seq in numbers(office, query)) is is_found


def test_who_did_it_is_found_by_name(make, office):
    person = make.person(make.village)
    by = make.actor(make.county_office)
    person_change(person=person, name="改名者", phone="", organization=None, by=by, at=make.now)
    name = make.county_office.person.name
    assert of("person.change").seq in numbers(office, f"&person={name}")


def test_the_records_of_one_object_follow_from_its_page(make, office):
    person = make.person(make.village)
    make.person(make.village)
    query = f"record=people.person:{person.pk}"
    assert query in office.get(f"/office/people/{person.pk}/").content.decode()
    assert len(numbers(office, f"&{query}")) == 1
    assert office.get(f"{LIST}?record=nothing").status_code == 422


def test_the_list_costs_the_same_for_few_as_for_many(make, office, query_count):
    make.person(make.village), make.reach()
    office.get(LIST)
    few = query_count(lambda: office.get(LIST))
    for _number in range(15):
        make.person(make.village), make.reach()
    assert query_count(lambda: office.get(LIST)) == few


# -- one record ------------------------------------------------------------------------------------------


def test_a_record_says_before_and_after_in_words(make, office):
    held = make.appointment(make.person(make.village), until=date(2026, 12, 1))
    appointment_end(
        appointment=held, on=date(2026, 6, 1), by=make.actor(make.county_office), at=make.now, reason="调离"
    )
    page = office.get(f"{LIST}{of('appointment.end').seq}/")
    changes = page.context["changes"]
    assert [(change.before.name, change.after.name) for change in changes] == [
        ("2026年12月1日", "2026年6月1日")
    ]


def test_ids_in_a_record_become_names_and_links(make, office):
    held = make.appointment(make.person(make.village, "汪守林"))
    page = office.get(f"{LIST}{of('appointment.make', object_id=str(held.pk)).seq}/").content.decode()
    assert f'<a href="/office/people/{held.person_id}/">汪守林</a>' in page
    assert held.remit.name in page


def test_a_patrols_record_names_areas_and_verdicts(make, office):
    reach = make.reach()
    make.patrol(reach)
    page = office.get(f"{LIST}{of('patrol.submit').seq}/").content.decode()
    assert reach.name in page
    assert "sha256" not in page


def test_to_a_stranger_the_record_is_not_there(make):
    make.person(make.village)
    number = of("person.register").seq
    client = make.client(make.stranger)
    assert client.get(f"{LIST}{number}/").status_code == 404
    assert client.get(f"{LIST}{number}/proof.json").status_code == 404
    assert client.get(f"{LIST}999999/").status_code == 404


def test_the_proof_can_be_had_once_the_day_is_published_and_holds_without_the_server(make, office):
    make.person(make.village)
    number = of("person.register").seq
    assert office.get(f"{LIST}{number}/proof.json").status_code == 409
    assert "proof.json" not in office.get(f"{LIST}{number}/").content.decode()
    root = day_root_publish(day=make.today, by=None, at=make.now + timedelta(days=1))
    assert f"{LIST}{number}/proof.json" in office.get(f"{LIST}{number}/").content.decode()
    answer = office.get(f"{LIST}{number}/proof.json")
    assert "attachment" in answer["Content-Disposition"]
    proof = proof_read(json.loads(answer.content))
    proof_check(proof, root.root)
    assert proof.content["seq"] == number


def test_a_record_that_was_altered_behind_the_programs_back_is_shown_as_altered(make, office):
    make.person(make.village)
    number = of("person.register").seq
    assert office.get(f"{LIST}{number}/").context["stands"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_event SET via = 'forged' WHERE seq = %s", [number])
    assert not office.get(f"{LIST}{number}/").context["stands"]


# -- how far it holds ------------------------------------------------------------------------------------


def test_the_administrator_has_the_whole_ledger_walked_and_everybody_reads_how_it_ended(
    make, office, settings, tmp_path
):
    settings.DATA_DIR = tmp_path
    client = make.client(make.administrator)
    asked = client.post(f"{LIST}verify/")
    job = Job.objects.get(kind="audit.verify")
    assert asked["Location"] == f"/office/jobs/{job.uuid}/"
    job_run(job_id=job.pk, now=lambda: make.now)
    state = office.get(LIST).context["state"]
    assert state["broken"] is None
    assert state["records"] > 0


def test_a_broken_ledger_is_said_on_top(make, office, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    make.person(make.village)
    number = of("person.register").seq
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_event SET via = 'forged' WHERE seq = %s", [number])
    make.client(make.administrator).post(f"{LIST}verify/")
    job_run(job_id=Job.objects.get(kind="audit.verify").pk, now=lambda: make.now)
    assert office.get(LIST).context["state"]["broken"]["seq"] == number


def test_only_the_administrator_may_ask_for_it(make, office):
    assert office.post(f"{LIST}verify/").status_code == 404
    assert f"{LIST}verify/" not in office.get(LIST).content.decode()
