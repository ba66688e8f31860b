"""Shapes as people draw them: read from any GeoJSON, refused when too small, asked about when elsewhere."""

from __future__ import annotations

import json

import pytest
import shapely

from make.registry import line_at, square_at
from shanhe.ground.divisions.models import DivisionShape
from shanhe.ground.registry.drawn import check_size, drawn_from_text, is_as_before, stray_of
from shanhe.ground.registry.geometry import check_geometry
from shanhe.kernel.errors import Refusal

HERE = (117.02, 30.42)
LINE = {"type": "LineString", "coordinates": [[117.0, 30.4], [117.02, 30.42]]}
POINT = {"type": "Point", "coordinates": [117.0, 30.4]}


def feature(geometry):
    return {"type": "Feature", "properties": {}, "geometry": geometry}


def collection(*geometries):
    return {"type": "FeatureCollection", "features": [feature(each) for each in geometries]}


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (LINE, "LineString"),
        (feature(LINE), "LineString"),
        (collection(LINE), "LineString"),
        (collection(LINE, LINE), "MultiLineString"),
        (collection(POINT, POINT), "MultiPoint"),
        (collection({"type": "MultiLineString", "coordinates": [LINE["coordinates"]]}), "LineString"),
    ],
)
def test_a_shape_is_read_from_any_wrapping(given, kind):
    assert drawn_from_text(json.dumps(given)).geom_type == kind


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "shape.missing"),
        ("   ", "shape.missing"),
        ("nonsense", "shape.unreadable"),
        ("[]", "shape.unreadable"),
        (json.dumps(collection(LINE, POINT)), "shape.mixed"),
    ],
)
def test_what_is_no_shape_is_refused_by_its_code(text, code):
    with pytest.raises(Refusal) as refusal:
        drawn_from_text(text)
    assert refusal.value.code == code
    assert "geometry" in refusal.value.fields


@pytest.mark.parametrize(
    ("geometry", "fits"),
    [
        (line_at(HERE, 25), True),
        (line_at(HERE, 15), False),
        (square_at(HERE, 12), True),
        (square_at(HERE, 8), False),
        (shapely.MultiPoint([HERE]), True),
    ],
)
def test_a_slip_of_the_hand_is_no_area(geometry, fits):
    checked = check_geometry(geometry)
    if fits:
        check_size(checked)
        return
    with pytest.raises(Refusal) as refusal:
        check_size(checked)
    assert refusal.value.code == "shape.too_small"


def test_the_rounding_of_the_drawing_desk_is_no_change(make):
    reach = make.reach(at=HERE)
    shape = reach.shapes.get()
    line = shapely.from_wkb(bytes(shape.wkb))
    rounded = shapely.transform(line, lambda degrees: degrees.round(7))
    moved = shapely.transform(line, lambda degrees: degrees + 1e-6)
    assert is_as_before(shape, rounded)
    assert is_as_before(shape, shapely.MultiLineString([rounded]))
    assert not is_as_before(shape, moved)
    assert not is_as_before(shape, shapely.LineString(line.coords[:-1]))
    assert not is_as_before(None, rounded)


@pytest.fixture
def boundary(make):
    box = shapely.box(116.9, 30.3, 117.1, 30.5)
    return DivisionShape.objects.create(
        division=make.dongzhi,
        wkb=shapely.to_wkb(box),
        min_lon=116.9,
        min_lat=30.3,
        max_lon=117.1,
        max_lat=30.5,
        source="测试",
    )


@pytest.mark.parametrize(
    ("geometry", "share"),
    [
        (line_at((117.0, 30.4), 2_000), None),
        (line_at((117.105, 30.4), 300), None),  # within the kilometre that generalised boundaries are off
        (line_at((117.5, 30.4), 2_000), 1.0),
        (square_at((117.5, 30.4), 500), 1.0),
        (shapely.MultiPoint([(117.0, 30.4), (118.0, 30.4)]), 0.5),
    ],
)
def test_how_much_of_a_shape_lies_beyond_the_nearest_boundary_above(make, boundary, geometry, share):
    stray = stray_of(geometry, make.village)
    if share is None:
        assert stray is None
    else:
        assert stray.share == pytest.approx(share)
        assert stray.place == "东至县"


def test_without_a_boundary_the_seat_of_a_village_tells_what_lies_far_off(make):
    village = make.village
    assert stray_of(line_at(HERE, 1_000), village) is None
    village.lon, village.lat = 117.02, 30.70
    assert stray_of(line_at(HERE, 1_000), village).distance_m == pytest.approx(31_000, rel=0.02)
    village.lat = 30.43
    assert stray_of(line_at(HERE, 1_000), village) is None
