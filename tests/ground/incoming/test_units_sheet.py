"""A sheet of units: registered once, found again, refused where it says otherwise."""

from __future__ import annotations

import pytest

from shanhe.ground.incoming.kinds_people import Units
from shanhe.ground.incoming.tables import Row, Table
from shanhe.ground.people.models import Organization

FIELDS = [field.name for field in Units.fields]


@pytest.fixture
def take(make):
    make.village  # noqa: B018 (the places appear)

    def taken(*rows, by=None, write=True, good_rows=False):
        table = Table(tuple(FIELDS), [Row(number, dict(row)) for number, row in enumerate(rows, 2)])
        mapping = {name: name for name in FIELDS}
        actor = make.actor(by or make.county_office)
        return Units().take(table, mapping, by=actor, at=make.now, write=write, good_rows=good_rows)

    return taken


BUREAU = {"name": "东至县水利局", "phone": "0566-7011234"}
OFFICE = {"name": "大渡口镇河长办", "division": "大渡口镇", "system": "河长制", "parent": "东至县水利局"}


def faults(report):
    return [(fault.row, fault.field, str(fault.reason)) for fault in report.refused]


def test_units_are_registered_where_they_sit_with_the_kind_their_name_tells(take):
    assert take(BUREAU).counts["created"] == 1
    assert take(OFFICE).counts["created"] == 1
    bureau, office = Organization.objects.order_by("pk")
    assert (bureau.kind, bureau.division_id, bureau.system) == ("member_unit", "341721000000", "both")
    assert (office.kind, office.division_id, office.system) == ("chiefs_office", "341721102000", "river")
    assert office.parent == bureau


def test_a_second_time_changes_nothing(take):
    take(BUREAU)
    assert take(BUREAU).counts == {"created": 0, "updated": 0, "unchanged": 1, "refused": 0}


def test_a_dry_run_writes_nothing(take):
    assert take(BUREAU, write=False).counts["created"] == 1
    assert not Organization.objects.exists()


@pytest.mark.parametrize(
    ("cells", "field", "reason"),
    [
        ({"name": ""}, "name", "A name has 1 to 120 characters."),
        ({"division": "仁里镇"}, "division", "There is no division 仁里镇 here."),
        ({"parent": "水利厅"}, "parent", "There is no unit “水利厅”."),
        ({"phone": "1"}, "", ""),
    ],
)
def test_what_cannot_be_is_said_in_the_field(take, cells, field, reason):
    report = take({**BUREAU, **cells})
    assert faults(report) == ([(2, field, reason)] if field else [])


def test_a_kind_that_is_none_is_refused_with_those_there_are(take):
    row, field, reason = faults(take({**BUREAU, "kind": "企业"}))[0]
    assert (row, field) == (2, "kind")
    assert "成员单位" in reason


def test_another_telephone_than_the_units_own_is_refused(take):
    take(BUREAU)
    assert faults(take({**BUREAU, "phone": "0566-7019999"})) == [
        (2, "phone", "The unit has the telephone 0566-7011234 already.")
    ]


def test_the_same_unit_twice_in_a_file_is_refused(take):
    assert faults(take(BUREAU, BUREAU)) == [(3, "name", "The same record stands in row 2.")]


def test_good_rows_go_in_when_they_are_asked_for(take):
    assert take(BUREAU, {"name": ""} | {"kind": "村委会"}, good_rows=True).counts == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
    }
    assert Organization.objects.count() == 1


def test_an_office_registers_units_of_its_own_ground_only(make, take):
    report = take({**BUREAU, "division": "341721000000"}, by=make.stranger)
    assert [fault.field for fault in report.refused] == ["division"]
