"""Published roots: everybody can have them, and check a record against them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shanhe.ground.audit import ledger
from shanhe.ground.audit.queries import event_numbered, proof_of
from shanhe.ground.audit.services import day_root_publish

MONDAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
CHECK = "/proof/check/"
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def days(db):
    """Two published days with three records on the first."""
    for number in range(3):
        with ledger.atomic():
            ledger.record("patrol.submit", ("patrols.patrol", number + 1), by=None, at=NOON)
    for day in (MONDAY, MONDAY + timedelta(days=1)):
        day_root_publish(day=day, by=None, at=NOON + timedelta(days=2))


@pytest.fixture
def proof(days):
    return proof_of(event_numbered(2)).as_json()


def check(client, content, **more):
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.post(CHECK, {"proof": SimpleUploadedFile("PROOF.json", text)}, **more)


def test_the_list_shows_the_days_newest_first(anybody, days):
    text = anybody.get("/proof/").content.decode()
    assert text.index("2026-03-03.json") < text.index("2026-03-02.json")


def test_before_the_first_day_it_says_what_will_stand_there(anybody):
    assert "No day is published yet." in anybody.get("/proof/").content.decode()


def test_the_list_goes_on_page_by_page(anybody, db):
    for n in range(40):
        day_root_publish(day=MONDAY + timedelta(days=n), by=None, at=NOON + timedelta(days=60))
    first = anybody.get("/proof/")
    second = anybody.get("/proof/", {"after": first.context["page"].next})
    assert (len(first.context["page"].items), len(second.context["page"].items)) == (15, 15)
    last = anybody.get("/proof/", {"after": second.context["page"].next})
    assert (len(last.context["page"].items), last.context["page"].next) == (10, None)


def test_the_list_costs_one_query(anybody, days, django_assert_num_queries):
    with django_assert_num_queries(1):
        anybody.get("/proof/")


def test_a_page_mark_that_was_edited_is_refused(anybody, days):
    assert anybody.get("/proof/", {"after": "nonsense"}).status_code == 422


def test_the_file_of_a_day_is_the_published_root(anybody, days):
    answer = anybody.get("/proof/2026-03-02.json")
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["format"] == "shanhe-day-root/1"
    assert (answer.json()["day"], answer.json()["size"]) == ("2026-03-02", 3)


@pytest.mark.parametrize("day", ["2026-03-09", "2026-02-30", "2026-3-2", "today"])
def test_a_day_without_a_root_is_not_there(anybody, days, day):
    assert anybody.get(f"/proof/{day}.json").status_code == 404


def test_an_untouched_record_holds(anybody, proof):
    answer = check(anybody, proof, **HTMX)
    assert answer.status_code == 200
    assert "The record holds." in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_without_scripts_the_answer_stands_in_the_page(anybody, proof):
    text = check(anybody, proof).content.decode()
    assert "<html" in text
    assert "The record holds." in text


def test_a_record_that_says_something_else_does_not_hold(anybody, proof):
    proof["content"]["object_id"] = "77"
    answer = check(anybody, proof, **HTMX)
    assert answer.status_code == 200
    assert "The record does not hold." in answer.content.decode()


def test_a_proof_of_another_ledger_does_not_hold(anybody, proof):
    """It is consistent in itself: only the published root tells."""
    from shanhe.kernel.chain.merkle import inclusion_path, root
    from shanhe.kernel.chain.proof import proof_read

    leaf = proof_read(proof).leaf
    forged = {
        **proof,
        "index": 0,
        "size": 2,
        "path": [step.hex() for step in inclusion_path([leaf, leaf], 0)],
    }
    forged["root"] = root([leaf, leaf]).hex()
    assert "another root" in check(anybody, forged, **HTMX).content.decode()


def test_a_proof_of_a_day_without_a_root_here_proves_nothing(anybody, proof):
    proof["day"] = "2020-01-01"
    text = check(anybody, proof, **HTMX).content.decode()
    assert "No root is published here for that day." in text
    assert "The record holds." not in text


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", "proof"),
        (b"\xff\xfe\x00", "proof"),
        (b"[" * 100_000, "proof"),
        (b"[]", "content"),
        (b'{"format": "shanhe-proof/1"}', "path"),
    ],
)
def test_what_is_no_proof_is_refused_by_field(anybody, days, content, field):
    answer = check(anybody, content, **HTMX)
    assert answer.status_code == 422
    assert f'data-field="{field}"' in answer.content.decode()


def test_a_record_is_shown_as_text_and_never_as_markup(anybody, proof):
    proof["content"]["action"] = "<script>alert(1)</script>"
    assert "<script>alert(1)" not in check(anybody, proof, **HTMX).content.decode()


def test_what_is_far_too_large_is_not_read(anybody, days):
    answer = check(anybody, b" " * 1_000_001, **HTMX)
    assert answer.status_code == 413


def test_to_look_at_the_address_of_the_form_leads_to_the_page(anybody, db):
    answer = anybody.get(CHECK)
    assert (answer.status_code, answer["Location"]) == (302, "/proof/")


def test_checking_writes_nothing(anybody, proof, django_assert_num_queries):
    with django_assert_num_queries(1):
        check(anybody, proof, **HTMX)
