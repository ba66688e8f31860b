"""A sheet of divisions: level and parent follow from the code; the office's own ground only."""

from __future__ import annotations

import pytest

from shanhe.ground.divisions.models import Division
from shanhe.ground.incoming.kinds_divisions import Divisions
from shanhe.ground.incoming.tables import Row, Table

FIELDS = [field.name for field in Divisions.fields]


@pytest.fixture
def take(make):
    make.dadukou  # noqa: B018 (the county and the town appear)

    def taken(*rows, by=None, write=True, good_rows=False):
        table = Table(tuple(FIELDS), [Row(number, dict(row)) for number, row in enumerate(rows, 2)])
        actor = make.actor(by or make.county_office)
        mapping = {name: name for name in FIELDS}
        return Divisions().take(table, mapping, by=actor, at=make.now, write=write, good_rows=good_rows)

    return taken


TOWN = {"code": "341721105", "name": "香隅镇"}
VILLAGE = {"code": "341721105201", "name": "香隅村委会", "level": "村级"}


def faults(report):
    return [(fault.row, fault.field, str(fault.reason)) for fault in report.refused]


def test_level_and_parent_follow_from_the_code(take):
    report = take(TOWN, VILLAGE)
    assert faults(report) == []
    assert report.counts["created"] == 2
    village = Division.objects.get(code=VILLAGE["code"])
    assert (village.level, village.parent_id) == ("village", "341721105000")


def test_a_second_time_changes_nothing_and_another_name_renames(take):
    take(TOWN)
    assert take(TOWN).counts["unchanged"] == 1
    assert take({**TOWN, "name": "香隅新镇"}).counts["updated"] == 1


def test_a_dry_run_writes_nothing(take):
    assert take(TOWN, VILLAGE, write=False).counts["created"] == 2
    assert not Division.objects.filter(code__startswith="341721105").exists()


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ({"code": "34172", "name": "x"}, "code", "34172 is no division code of 12 digits."),
        ({**VILLAGE, "level": "镇级"}, "level", "341721105201 is not a code of the level 镇级."),
        ({**VILLAGE, "name": ""}, "name", "A name is missing."),
        (VILLAGE, "parent", "The parent 341721105000 is neither in the file nor known."),
        ({"code": "341722101", "name": "七都镇"}, "code", "Outside the area your office manages."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_said_in_the_field(take, row, field, reason):
    assert faults(take(row)) == [(2, field, reason)]


def test_good_rows_go_in_when_they_are_asked_for(take):
    report = take(TOWN, {**VILLAGE, "name": ""}, good_rows=True)
    assert report.counts == {"created": 1, "updated": 0, "unchanged": 0, "refused": 1}
    assert Division.objects.filter(code="341721105000").exists()
