"""Setting policies, loading packs and holidays."""

from __future__ import annotations

from dataclasses import fields
from datetime import date

import pytest

from shanhe.ground.audit.models import Event
from shanhe.ground.policies.keys import KEYS, RULES
from shanhe.ground.policies.models import Holiday, Policy
from shanhe.ground.policies.queries import policy_for, working_day_calendar
from shanhe.ground.policies.services import (
    holidays_load,
    pack_load,
    pack_names,
    policy_end,
    policy_set,
)
from shanhe.kernel.errors import Refusal
from shanhe.kernel.tracks.types import Rules

LOCAL = {
    "guangzhou-2021": "440100000000",
    "akqi-2022": "653023000000",
    "sixian-dinghu": "341324102000",
    "linxia-forest-2022": "622900000000",
    "demo-dongzhi": "341721000000",
    "demo-kashgar": "653100000000",
}


def set_(make, **fields: object) -> Policy:
    fields = {
        "key": "patrol.rules",
        "value": {"min_minutes": 10},
        "since": date(2026, 1, 1),
        "source": "东至河长办〔2026〕1号",
    } | fields
    return policy_set(by=make.actor(make.administrator), at=make.now, **fields)


def test_a_policy_is_kept_with_its_source_and_told_to_the_ledger(make):
    row = set_(make, division=make.dongzhi, kind="reach", level="village")
    event = Event.objects.get(action="policy.set")
    assert event.object_id == str(row.pk)
    assert event.data["value"] == {"min_minutes": 10}
    assert event.user_id == make.administrator.pk


def test_a_second_value_from_the_same_day_is_refused_and_nothing_changes(make):
    set_(make)
    with pytest.raises(Refusal) as refused:
        set_(make, value={"min_minutes": 20})
    assert (refused.value.code, refused.value.status) == ("policy.begins", 409)
    assert Policy.objects.get().value == {"min_minutes": 10}
    assert Event.objects.filter(action="policy.set").count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"key": "patrol.colour"}, "key"),
        ({"value": {"min_coverage": 60}}, "value.min_coverage"),
        ({"value": {"min_coverage": True}}, "value.min_coverage"),
        ({"value": {"minimum": 60}}, "value.minimum"),
        ({"value": [1]}, "value"),
        ({"value": {"kind": "drone"}}, "value.kind"),
        ({"key": "patrol.unvisited_days", "value": 0}, "value"),
        ({"key": "patrol.unvisited_days", "value": "14"}, "value"),
        ({"key": "patrol.partial_counts", "value": "no"}, "value"),
        ({"key": "patrol.frequency", "value": {"times": 1}}, "value.per"),
        ({"key": "patrol.frequency", "value": {"times": 1.5, "per": "week"}}, "value.times"),
        ({"key": "patrol.frequency", "value": {"times": 1, "per": "week", "months": [13]}}, "value.months"),
        ({"key": "patrol.frequency", "value": {"times": 1, "per": "month", "days": [10, 1]}}, "value.days"),
        ({"kind": "meadow"}, "kind"),
        ({"level": "hamlet"}, "level"),
        ({"until": date(2026, 1, 1)}, "until"),
        ({"source": " "}, "source"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_field(make, change, field):
    with pytest.raises(Refusal) as refused:
        set_(make, **change)
    assert list(refused.value.fields) == [field]
    assert not Policy.objects.exists()


def test_a_policy_ends_once_and_after_it_began(make):
    row = set_(make)
    with pytest.raises(Refusal):
        policy_end(policy=row, on=row.since, by=None, at=make.now)
    policy_end(policy=row, on=date(2026, 6, 1), by=None, at=make.now)
    with pytest.raises(Refusal) as refused:
        policy_end(policy=row, on=date(2026, 7, 1), by=None, at=make.now)
    assert refused.value.code == "policy.over"


def test_every_rule_field_is_one_of_the_kernel_and_the_defaults_are_the_command_lines():
    own = {field.name: field for field in fields(Rules)}
    assert set(RULES) == set(own) - {"id"}


# -- packs -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", pack_names())
def test_a_shipped_pack_loads_and_a_second_time_changes_nothing(make, name):
    if name in LOCAL:
        make.division(LOCAL[name])
    first = pack_load(name=name, by=None, at=make.now)
    assert first.created > 0
    assert Event.objects.filter(action="policy.pack").count() == 1
    again = pack_load(name=name, by=None, at=make.now)
    assert (again.created, again.unchanged, again.kept) == (0, first.created, 0)
    assert Event.objects.count() == 1
    assert all(row.source and row.key in KEYS for row in Policy.objects.all())


def test_what_an_office_has_set_itself_is_kept(make):
    own = set_(
        make,
        key="patrol.unvisited_days",
        value=3,
        level="village",
        since=date(2016, 12, 11),
    )
    assert pack_load(name="default", by=None, at=make.now).kept == 1
    own.refresh_from_db()
    assert own.value == 3


def test_the_defaults_are_those_of_the_command_line(make):
    pack_load(name="default", by=None, at=make.now)
    rules = policy_for("patrol.rules", make.village.code, "reach", "village", on=make.today).value
    told = Rules(**rules)
    assert told == Rules()


def test_large_waters_of_upper_levels_go_by_stops_and_a_car_is_honest(make):
    pack_load(name="default", by=None, at=make.now)
    for level in ("province", "prefecture", "county"):
        rules = Rules(**policy_for("patrol.rules", make.kashgar.code, "reach", level, on=make.today).value)
        assert rules.kind == "stops"
        assert "too_fast" in rules.checks


def test_a_local_pack_stands_over_the_defaults_in_its_place_only(make):
    make.division("653023000000")
    pack_load(name="default", by=None, at=make.now)
    pack_load(name="akqi-2022", by=None, at=make.now)
    there = policy_for("patrol.rules", "653023100200", "reach", "village", on=make.today)
    assert (there.value["min_minutes"], there.value["min_distance_m"]) == (30, 2000)
    elsewhere = policy_for("patrol.rules", make.village.code, "reach", "village", on=make.today)
    assert elsewhere.value["min_minutes"] == 5


def test_another_office_may_take_a_pack_over(make):
    pack_load(name="guangzhou-2021", by=None, at=make.now, division=make.dongzhi)
    rules = policy_for("patrol.rules", make.village.code, "reach", "village", on=make.today)
    assert rules.value["min_distance_m"] == 1000


def test_a_pack_for_a_division_that_is_not_there_is_refused(make):
    with pytest.raises(Refusal) as refused:
        pack_load(name="guangzhou-2021", by=None, at=make.now)
    assert refused.value.code == "pack.no_division"


def test_an_unknown_pack_is_refused(make):
    with pytest.raises(Refusal) as refused:
        pack_load(name="../../../secret", by=None, at=make.now)
    assert refused.value.code == "pack.unknown"


# -- holidays --------------------------------------------------------------------------------------------


def test_the_orders_on_holidays_are_loaded_once(make):
    assert holidays_load(by=None, at=make.now) > 300
    assert holidays_load(by=None, at=make.now) == 0
    assert Event.objects.count() == 1
    festival = Holiday.objects.get(day=date(2025, 10, 1))
    assert (festival.is_working, festival.name) == (False, "国庆节")
    assert "国务院" in festival.source


def test_working_days_follow_the_orders(make, django_assert_num_queries):
    holidays_load(by=None, at=make.now)
    with django_assert_num_queries(1):
        calendar = working_day_calendar(None, [2025, 2026])
    assert not calendar.is_working(date(2025, 10, 1))
    assert calendar.is_working(date(2025, 10, 11))  # a Saturday worked to make up
    assert calendar.is_known(date(2025, 10, 1))
    assert not calendar.is_known(date(2030, 1, 1))


def test_a_places_own_day_stands_over_the_nations_order(make):
    holidays_load(by=None, at=make.now)
    corban = date(2026, 5, 27)  # a holiday in Xinjiang only
    Holiday.objects.create(
        day=corban, division=make.division("650000000000"), is_working=False, name="古尔邦节", source="test"
    )
    assert not working_day_calendar(make.kashgar, [2026]).is_working(corban)
    assert working_day_calendar(make.dongzhi, [2026]).is_working(corban)
