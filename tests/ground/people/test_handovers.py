"""Handover 交接: one step ends an appointment and begins the next; then both confirm what changed hands."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from shanhe.ground.audit.models import Event
from shanhe.ground.people.handing import Section, handed_over, handover_provider
from shanhe.ground.people.handovers import handed_of, handover_page, handovers_of, list_of, to_confirm
from shanhe.ground.people.models import Appointment, Handover, HandoverEvent, Person
from shanhe.ground.people.queries import appointments_on
from shanhe.ground.people.services import (
    Succession,
    appointment_correct,
    handover_attest,
    handover_confirm,
    handover_make,
    handover_refuse,
    handover_withdraw,
    handovers_check,
    handovers_make,
    list_digest,
    purge_simulated,
    user_close,
)
from shanhe.ground.registry.handovers import change_of, left_by, vacancies
from shanhe.ground.registry.responsibility import chain_of, gaps_on
from shanhe.kernel.errors import Refusal

DAY = date(2026, 3, 1)


@pytest.fixture
def reach(make):
    return make.reach("圩内中心渠杨墩段", length_m=2_000)


@pytest.fixture
def outgoing(make, reach):
    return make.appointment(make.person(name="前任"), make.post(), areas=[reach])


@pytest.fixture
def successor(make):
    return make.person(name="后任")


@pytest.fixture
def hand_over(make, outgoing, successor):
    def made(**fields):
        by = fields.pop("by", make.county_office)
        asked = {"outgoing": outgoing, "successor": successor, "on": DAY, **fields}
        return handover_make(by=make.actor(by), at=make.now, **asked)

    return made


@pytest.fixture
def both(make, outgoing, successor):
    """The logins of both persons."""
    return make.user(outgoing.person, "the-former"), make.user(successor, "the-next")


@pytest.fixture
def confirm(make):
    def confirmed(handover, role, by, **fields):
        fields.setdefault("digest", list_digest(handover, make.now))
        return handover_confirm(handover=handover, role=role, by=make.actor(by), at=make.now, **fields)

    return confirmed


# -- one step --------------------------------------------------------------------------------------------


def test_one_step_ends_the_one_and_begins_the_next_with_the_same_areas(
    make, hand_over, outgoing, successor, reach
):
    handover = hand_over(basis="东河长办〔2026〕5号", reason="换届")
    outgoing.refresh_from_db()
    assert (outgoing.until, outgoing.end_reason) == (DAY, "换届")
    assert (handover.incoming.person, handover.incoming.remit_id) == (successor, outgoing.remit_id)
    assert handover.incoming.basis == "东河长办〔2026〕5号"
    names = {day: [one.person_name for one in chain_of(reach, day)] for day in (DAY - timedelta(days=1), DAY)}
    assert names == {DAY - timedelta(days=1): ["前任"], DAY: ["后任"]}
    assert list(Event.objects.order_by("seq").values_list("action", flat=True))[-3:] == [
        "appointment.end",
        "appointment.make",
        "handover.make",
    ]
    event = Event.objects.get(action="handover.make")
    assert (event.data["outgoing"], event.data["incoming"]) == (outgoing.pk, handover.incoming_id)


def test_it_takes_effect_on_its_day_although_nobody_has_confirmed(make, hand_over, both):
    hand_over()
    former, next_one = both
    assert not make.scope(former).seen
    assert make.scope(next_one).seen


def test_an_appointment_that_ended_before_is_taken_over_as_it_ended(make, reach, successor):
    ended = make.appointment(make.person(), make.post("chief"), areas=[reach], until=date(2026, 2, 1))
    handover = handover_make(
        outgoing=ended, successor=successor, on=DAY, by=make.actor(make.county_office), at=make.now
    )
    ended.refresh_from_db()
    assert (ended.until, handover.did_end) == (date(2026, 2, 1), False)


def test_it_may_end_some_days_before_the_next_begins(hand_over, outgoing):
    hand_over(ends_on=date(2026, 2, 20))
    outgoing.refresh_from_db()
    assert outgoing.until == date(2026, 2, 20)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"ends_on": DAY + timedelta(days=1)}, "handover.days"),
        ({"on": date(2024, 12, 31)}, "appointment.days"),
        ({"until": DAY}, "appointment.days"),
    ],
)
def test_days_that_cannot_be_are_refused_and_nothing_is_written(hand_over, outgoing, fields, code):
    with pytest.raises(Refusal) as refused:
        hand_over(**fields)
    assert refused.value.code == code
    outgoing.refresh_from_db()
    assert outgoing.until is None
    assert not Handover.objects.exists()
    assert not Event.objects.filter(action__in=["appointment.end", "handover.make"]).exists()


def test_nothing_is_half_done_when_the_next_cannot_begin(make, hand_over, outgoing, reach):
    """The post is promised to somebody else from next week on: then the former does not end either."""
    Appointment.objects.filter(pk=outgoing.pk).update(until=date(2026, 3, 9))
    make.appointment(make.person(name="已定人选"), outgoing.post, areas=[reach], since=date(2026, 3, 9))
    outgoing.refresh_from_db()
    with pytest.raises(Refusal) as refused:
        hand_over()
    assert refused.value.code == "appointment.held"
    outgoing.refresh_from_db()
    assert outgoing.until == date(2026, 3, 9)


def test_nobody_hands_over_to_themselves(hand_over, outgoing):
    with pytest.raises(Refusal) as refused:
        hand_over(successor=outgoing.person)
    assert refused.value.code == "handover.oneself"


def test_an_appointment_is_handed_over_once_by_the_databases_own_word(make, hand_over, outgoing):
    first = hand_over()
    with pytest.raises(Refusal) as refused:
        hand_over(successor=make.person())
    assert (refused.value.code, refused.value.status) == ("handover.done", 409)
    with pytest.raises(IntegrityError), transaction.atomic():
        Handover.objects.create(
            outgoing=outgoing, incoming=make.appointment(make.person()), on=DAY, did_end=False
        )
    assert Handover.objects.get() == first


@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_only_the_office_of_the_place_decides(make, hand_over, who):
    with pytest.raises(Refusal) as refused:
        hand_over(by=getattr(make, who))
    assert (refused.value.code, refused.value.status) == ("people.not_managed", 403)


# -- confirmations ---------------------------------------------------------------------------------------


def test_both_confirm_the_list_by_their_logins(make, hand_over, both, confirm):
    handover = hand_over()
    former, next_one = both
    assert [side.role for side in to_confirm(make.scope(former))] == ["outgoing"]
    confirm(handover, "outgoing", former)
    assert handover.state == "open"
    confirm(handover, "incoming", next_one)
    assert handover.state == "confirmed"
    assert to_confirm(make.scope(former)) == to_confirm(make.scope(next_one)) == []
    events = list(HandoverEvent.objects.filter(action="confirm"))
    assert [event.role for event in events] == ["outgoing", "incoming"]
    told = Event.objects.filter(action="handover.confirm").last()
    assert told.data["list_sha256"] == events[1].listed_sha256 == list_digest(handover, make.now)


def test_what_was_confirmed_is_kept_as_it_was_shown(make, hand_over, both, confirm, reach):
    handover = hand_over()
    confirm(handover, "outgoing", both[0])
    kept = HandoverEvent.objects.get(action="confirm").listed
    areas = next(section for section in kept if section["name"] == "areas")
    assert areas["rows"][0]["values"][:2] == ["圩内中心渠杨墩段", reach.code]
    assert areas["figures"][0]["value"] == 1


def test_a_list_that_is_another_one_by_now_is_looked_at_again(make, hand_over, both, confirm):
    with pytest.raises(Refusal) as refused:
        confirm(hand_over(), "outgoing", both[0], digest="0" * 64)
    assert (refused.value.code, refused.value.status) == ("handover.list_changed", 409)
    assert not HandoverEvent.objects.filter(action="confirm").exists()


@pytest.mark.parametrize(("role", "who"), [("outgoing", 1), ("incoming", 0)])
def test_nobody_confirms_for_the_other(make, hand_over, both, confirm, role, who):
    with pytest.raises(Refusal) as refused:
        confirm(hand_over(), role, both[who])
    assert (refused.value.code, refused.value.status) == ("flow.not_yours", 403)


def test_who_refuses_says_why_and_may_confirm_later(make, hand_over, both, confirm):
    handover = hand_over()

    def refuse(note):
        handover_refuse(handover=handover, role="incoming", note=note, by=make.actor(both[1]), at=make.now)

    with pytest.raises(Refusal) as refused:
        refuse("  ")
    assert refused.value.code == "handover.reason"
    refuse("两处隐患没有写明")
    assert [side.state for side in handover.sides.all()] == ["waiting", "refused"]
    confirm(handover, "incoming", both[1])
    actions = list(handover.events.values_list("action", flat=True))
    assert actions == ["make", "refuse", "confirm"]


def test_the_office_confirms_on_paper_for_who_has_no_login(make, hand_over):
    handover = hand_over()
    for role in ("outgoing", "incoming"):
        handover_attest(
            handover=handover,
            role=role,
            note="本人签字，见扫描件",
            by=make.actor(make.county_office),
            at=make.now,
        )
    assert handover.state == "confirmed"
    assert Event.objects.filter(action="handover.attest").count() == 2


def test_who_can_confirm_themselves_is_not_passed_over(make, hand_over, both):
    handover = hand_over()

    def attest(note="未到场"):
        by = make.actor(make.county_office)
        return handover_attest(handover=handover, role="outgoing", note=note, by=by, at=make.now)

    with pytest.raises(Refusal) as refused:
        attest()
    assert refused.value.code == "handover.signs_in"
    handover_refuse(handover=handover, role="outgoing", note="不认可", by=make.actor(both[0]), at=make.now)
    with pytest.raises(Refusal) as refused:
        attest(note="")
    assert refused.value.code == "handover.reason"
    attest()
    assert handover.sides.get(role="outgoing").state == "on_paper"


def test_a_login_that_is_closed_is_none(make, hand_over, both):
    handover = hand_over()
    user_close(user=both[0], by=make.actor(make.administrator), at=make.now)
    by = make.actor(make.county_office)
    handover_attest(handover=handover, role="outgoing", note="已调离", by=by, at=make.now)


@pytest.mark.parametrize("who", ["stranger", "village_chief"])
def test_the_paper_is_the_offices(make, hand_over, who):
    with pytest.raises(Refusal) as refused:
        handover_attest(
            handover=hand_over(),
            role="incoming",
            note="x",
            by=make.actor(getattr(make, who)),
            at=make.now,
        )
    assert refused.value.code == "flow.not_yours"


# -- withdrawing -----------------------------------------------------------------------------------------


def test_a_handover_decided_by_mistake_is_withdrawn_and_the_former_goes_on(
    make, hand_over, outgoing, successor, reach
):
    handover = hand_over()
    by = make.actor(make.county_office)
    handover_withdraw(handover=handover, reason="录错人", by=by, at=make.now)
    assert [one.person_name for one in chain_of(reach, make.today)] == ["前任"]
    assert not appointments_on(make.today).filter(person=successor).exists()
    assert hand_over(successor=make.person(name="应为此人")).state == "open"


def test_it_goes_back_to_the_end_the_appointment_had(make, hand_over, outgoing):
    Appointment.objects.filter(pk=outgoing.pk).update(until=date(2026, 12, 31))
    handover = hand_over()
    handover_withdraw(handover=handover, reason="录错", by=make.actor(make.county_office), at=make.now)
    outgoing.refresh_from_db()
    assert outgoing.until == date(2026, 12, 31)


def test_what_both_confirmed_or_was_handed_on_is_not_withdrawn(make, hand_over):
    first = hand_over()
    by = make.actor(make.county_office)
    second = hand_over(outgoing=first.incoming, successor=make.person(), on=DAY + timedelta(days=30))
    with pytest.raises(Refusal) as refused:
        handover_withdraw(handover=first, reason="x", by=by, at=make.now)
    assert refused.value.code == "handover.handed_on"
    for role in ("outgoing", "incoming"):
        handover_attest(handover=second, role=role, note="签字", by=by, at=make.now)
    with pytest.raises(Refusal) as refused:
        handover_withdraw(handover=second, reason="x", by=by, at=make.now)
    assert refused.value.code == "flow.no_such_step"


def test_a_wrong_entry_is_corrected_and_the_handover_goes_on_with_the_right_person(
    make, hand_over, both, confirm, reach
):
    handover = hand_over()
    confirm(handover, "incoming", both[1])
    right = make.person(name="应为此人")
    by = make.actor(make.county_office)
    appointment_correct(appointment=handover.incoming, person=right, reason="录错人", by=by, at=make.now)
    handover.refresh_from_db()
    assert (handover.incoming.person, handover.state) == (right, "open")
    side = handover.sides.get(role="incoming")
    assert (side.person, side.state) == (right, "waiting")
    assert [one.person_name for one in chain_of(reach, make.today)] == ["应为此人"]
    assert list(handover.events.values_list("action", flat=True)) == ["make", "confirm", "correct"]


# -- who sees it -----------------------------------------------------------------------------------------


def test_the_office_and_both_persons_see_it_and_a_stranger_does_not(make, hand_over, both):
    handover = hand_over()
    for user in (make.county_office, *both):
        page = handover_page(make.scope(user), handover.pk)
        assert [event.action for event in page.events] == ["make"]
    ranger = make.holder("ranger", "village", make.village, "a-ranger", system="forest")
    for user in (make.stranger, ranger):
        assert not handovers_of(make.scope(user)).exists()
        assert handover_page(make.scope(user), handover.pk) is None


# -- the list --------------------------------------------------------------------------------------------


def test_the_list_names_areas_chain_and_patrols(make, hand_over, outgoing, reach):
    make.appointment(make.person(name="镇级河长某"), make.post("chief", "township"), make.dadukou)
    make.patrol(reach, by=make.user(outgoing.person), at=make.now)
    handover = hand_over(on=make.today + timedelta(days=1))
    sections = dict(list_of(handover, make.today + timedelta(days=1)))
    assert list(sections) == ["areas", "patrols"]
    assert "镇级河长某" in sections["areas"].rows[0].values[-1]
    assert "前任" not in sections["areas"].rows[0].values[-1]
    assert sections["patrols"].rows[0].values == ("圩内中心渠杨墩段", 1, 1, "2026-03-02", 0)


def test_an_app_that_comes_later_joins_the_list(make, hand_over, monkeypatch):
    from shanhe.ground.people import handing

    monkeypatch.setattr(handing, "_board", dict(handing._board))

    @handover_provider("quotas", order=5)
    def quotas(handed):
        return Section(title="Quotas") if handed.post_id else None

    with pytest.raises(ValueError, match="two handover providers"):
        handover_provider("quotas", order=6)(quotas)
    handover = hand_over()
    assert [name for name, _section in handed_over(handed_of(handover, DAY))] == [
        "quotas",
        "areas",
        "patrols",
    ]


def test_the_list_costs_the_same_for_one_area_and_for_twenty(make, query_count):
    def listed_with(count):
        areas = [make.reach() for _number in range(count)]
        held = make.appointment(make.person(), make.post("patroller"), areas=areas)
        by = make.actor(make.county_office)
        handover = handover_make(outgoing=held, successor=make.person(), on=DAY, by=by, at=make.now)
        return query_count(lambda: list_of(handover, DAY))

    assert listed_with(1) == listed_with(20)


# -- gaps ------------------------------------------------------------------------------------------------


def spans(change, today):
    return [(gap.area.name, gap.since, gap.until) for gap in vacancies([change], today)]


def test_a_change_on_one_day_leaves_no_gap(make, outgoing):
    assert spans(change_of(outgoing, DAY), make.today) == []


def test_the_days_between_are_a_gap_and_so_is_the_end_of_the_next(make, outgoing, reach):
    change = change_of(outgoing, DAY, ends_on=date(2026, 2, 20), until=date(2026, 6, 1))
    assert spans(change, make.today) == [
        (reach.name, date(2026, 2, 20), DAY),
        (reach.name, date(2026, 6, 1), None),
    ]


def test_an_area_that_somebody_else_keeps_meanwhile_is_no_gap(make, outgoing, reach):
    make.appointment(make.person(), make.post("patroller"), areas=[reach])
    assert spans(change_of(outgoing, DAY, ends_on=date(2026, 2, 20)), make.today) == []


def test_a_gap_that_is_there_already_is_shown_from_its_first_day(make, reach):
    ended = make.appointment(make.person(), make.post(), areas=[reach], until=date(2026, 2, 9))
    assert spans(change_of(ended, date(2026, 3, 9)), make.today) == [
        (reach.name, date(2026, 2, 9), date(2026, 3, 9))
    ]
    assert left_by([reach.pk], make.today) == {reach.pk: ended.pk}
    assert gaps_on(make.scope(make.county_office), make.today)[0].vacant_since == date(2026, 2, 9)


# -- many at once ----------------------------------------------------------------------------------------


@pytest.fixture
def villages(make):
    """Three villages' chiefs."""
    codes = ("341721102201", "341721102202", "341721100200")
    return [
        make.appointment(make.person(make.division(code)), make.post(), make.division(code)) for code in codes
    ]


def rows_of(villages, **first):
    rows = [Succession(f"row-{n}", held, name=f"新任{n}", phone="") for n, held in enumerate(villages)]
    return [Succession(**{"row": "row-0", "outgoing": villages[0], **first}), *rows[1:]] if first else rows


def together(make, rows, by=None, do=handovers_make):
    return do(rows=rows, on=DAY, basis="选举结果", by=make.actor(by or make.county_office), at=make.now)


def test_an_election_hands_over_all_rows_in_one_batch_and_registers_newcomers(make, villages):
    made = together(make, rows_of(villages))
    assert len({handover.batch for handover in made}) == 1
    assert [handover.incoming.person.division for handover in made] == [
        held.person.division for held in villages
    ]
    assert Person.objects.filter(name__startswith="新任").count() == 3


def test_a_newcomer_of_two_rows_is_one_person(make, villages):
    second = make.appointment(villages[0].person, make.post(system="forest"), make.village)
    rows = [Succession(str(held.pk), held, name="新支书", phone="0566-1") for held in (villages[0], second)]
    together(make, rows)
    assert Person.objects.filter(name="新支书").count() == 1


def test_one_faulty_row_refuses_all_and_is_named(make, villages):
    rows = rows_of(villages, successor=villages[0].person)
    with pytest.raises(Refusal) as refused:
        together(make, rows)
    assert refused.value.code == "handovers.rows"
    assert list(refused.value.fields) == ["row-0"]
    assert not Handover.objects.exists()
    assert not Person.objects.filter(name__startswith="新任").exists()
    assert Appointment.objects.filter(until=None).count() == 4  # with the clerk's


def test_the_check_says_the_same_and_writes_nothing(make, villages):
    events = Event.objects.count()
    make.county_office  # noqa: B018  made before counting
    events = Event.objects.count()
    assert together(make, rows_of(villages), do=handovers_check) is None
    refusal = together(make, rows_of(villages, name=""), do=handovers_check)
    assert list(refusal.fields) == ["row-0"]
    assert Event.objects.count() == events
    assert not Handover.objects.exists()


def test_rows_of_another_county_are_faulty(make, villages):
    with pytest.raises(Refusal) as refused:
        together(make, rows_of(villages), by=make.stranger)
    assert len(refused.value.fields) == 3


def test_simulated_handovers_leave_with_their_people(make):
    division, by = make.village, make.actor(make.county_office)
    held = make.appointment(make.person(is_simulated=True), make.post(), division, is_simulated=True)
    successor = make.person(is_simulated=True)
    handover = handover_make(outgoing=held, successor=successor, on=DAY, by=by, at=make.now)
    handover_attest(handover=handover, role="outgoing", note="签字", by=by, at=make.now)
    make.administrator  # noqa: B018
    counts = purge_simulated(by=make.actor(make.administrator), at=make.now).counts
    assert counts["people.Handover"] == 1
    assert not Handover.objects.exists()
