"""Boundaries of divisions, for maps."""

from __future__ import annotations

import copy

import pytest
import shapely

from shanhe.ground.audit.models import Event
from shanhe.ground.divisions.models import DivisionShape
from shanhe.ground.divisions.rows import DivisionsRefused
from shanhe.ground.divisions.services import boundaries_import

SQUARE = {
    "type": "Feature",
    "properties": {"code": "341721000000", "lon": 117.02, "lat": 30.1},
    "geometry": {"type": "Polygon", "coordinates": [[[116, 29], [118, 29], [118, 31], [116, 31], [116, 29]]]},
}


def square(**geometry: object) -> dict:
    feature = copy.deepcopy(SQUARE)
    feature["geometry"].update(geometry)
    return feature


def take(make, *features: object):
    return boundaries_import(features=features, source="sketch", by=None, at=make.now)


def test_a_boundary_is_kept_with_its_box_and_the_seat(make):
    assert take(make, (make.dongzhi, SQUARE)[1]).created == 1
    shape = DivisionShape.objects.get(division="341721000000")
    assert (shape.min_lon, shape.min_lat, shape.max_lon, shape.max_lat) == (116, 29, 118, 31)
    assert shapely.from_wkb(bytes(shape.wkb)).area == 4
    make.dongzhi.refresh_from_db()
    assert (make.dongzhi.lon, make.dongzhi.lat) == (117.02, 30.1)


def test_the_same_boundary_again_changes_nothing(make):
    make.dongzhi  # noqa: B018  the county exists
    take(make, SQUARE)
    events = Event.objects.count()
    again = take(make, SQUARE)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 1)
    assert Event.objects.count() == events


def test_another_boundary_replaces_the_old_one(make):
    make.dongzhi  # noqa: B018
    take(make, SQUARE)
    other = [[[116, 29], [117, 29], [117, 31], [116, 31], [116, 29]]]
    assert take(make, square(coordinates=other)).updated == 1
    assert DivisionShape.objects.get().max_lon == 117


METRES = [[[500000, 3300000], [500100, 3300000], [500100, 3300100], [500000, 3300000]]]


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {"type": "Point", "coordinates": [116, 29]},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": METRES},
        {"type": "Nonsense"},
        {"type": "Polygon", "coordinates": [[["a", 1]]]},
    ],
)
def test_what_is_no_boundary_keeps_the_whole_file_out(make, geometry):
    make.dongzhi  # noqa: B018
    bad = copy.deepcopy(SQUARE)
    bad["geometry"] = geometry
    with pytest.raises(DivisionsRefused) as refused:
        take(make, SQUARE, bad)
    assert [(row.row, row.field) for row in refused.value.rows] == [(2, "geometry")]
    assert not DivisionShape.objects.exists()


def test_an_unknown_code_is_named(make):
    with pytest.raises(DivisionsRefused) as refused:
        take(make, SQUARE)
    assert refused.value.rows[0].field == "code"


def test_heights_are_left_out(make):
    make.dongzhi  # noqa: B018
    take(make, square(coordinates=[[[116, 29, 5], [118, 29, 5], [118, 31, 5], [116, 29, 5]]]))
    assert not shapely.from_wkb(bytes(DivisionShape.objects.get().wkb)).has_z
