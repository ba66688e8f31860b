"""Files to tracks and areas, and what is said of those that cannot be used."""

import json

import numpy as np
import pytest

from shanhe.kernel.errors import Refusal
from shanhe.kernel.tracks.formats import read_area, read_track
from shanhe.kernel.tracks.formats.fixes import parse_time_ms

FIRST_MS = 1_777_593_600_000  # 2026-05-01T00:00:00Z


def refused(read, *args):
    with pytest.raises(Refusal) as caught:
        read(*args)
    return caught.value


def gpx(points, more=""):
    inner = "".join(points)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>' + more + '<gpx version="1.1" '
        'xmlns="http://www.topografix.com/GPX/1/1"><trk>' + inner + "</trk></gpx>"
    ).encode()


def point(lon, lat, time):
    when = f"<time>{time}</time>" if time else ""
    return f'<trkpt lat="{lat}" lon="{lon}"><ele>1</ele>{when}</trkpt>'


def segment(*points):
    return "<trkseg>" + "".join(points) + "</trkseg>"


PLAIN = segment(point(117.0, 30.0, "2026-05-01T00:00:00Z"), point(117.1, 30.1, "2026-05-01T00:00:05Z"))


# --- times


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("2026-05-01T00:00:00Z", FIRST_MS),
        ("2026-05-01T08:00:00+08:00", FIRST_MS),
        ("2026-04-30T14:00:00-10:00", FIRST_MS),
        ("2026-05-01 00:00:00", FIRST_MS),
        ("2026-05-01T00:00:00.250Z", FIRST_MS + 250),
        (" 2026-05-01T00:00:00Z\n", FIRST_MS),
        ("1777593600", FIRST_MS),
        ("1777593600000", FIRST_MS),
        ("1777593600.5", FIRST_MS + 500),
        ("20260501", None),
        ("2026-05-01", None),
        ("yesterday", None),
        ("", None),
        ("nan", None),
        ("-5", None),
    ],
)
def test_times_of_any_zone_become_utc(text, ms):
    assert parse_time_ms(text) == ms


# --- GPX


def test_gpx_points_are_read_in_order():
    track = read_track("t.gpx", gpx([PLAIN]))
    assert track.t_ms.tolist() == [FIRST_MS, FIRST_MS + 5_000]
    assert track.lon.tolist() == [117.0, 117.1]
    assert track.segments == (0,)


def test_gpx_segments_are_kept_apart_and_empty_ones_forgotten():
    track = read_track("t.gpx", gpx([PLAIN, segment(), PLAIN]))
    assert len(track) == 4
    assert track.segments == (0, 2)


def test_gpx_without_namespace_or_of_version_1_0_is_read():
    bare = gpx([PLAIN]).replace(b' xmlns="http://www.topografix.com/GPX/1/1"', b"")
    assert len(read_track("t.gpx", bare)) == 2
    assert len(read_track("t.gpx", gpx([PLAIN]).replace(b"GPX/1/1", b"GPX/1/0"))) == 2


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_gpx_in_the_encodings_of_chinese_offices_is_read(encoding):
    text = gpx([PLAIN]).decode().replace("<trk>", "<trk><name>尧渡河</name>").replace("UTF-8", encoding)
    assert len(read_track("t.gpx", text.encode(encoding))) == 2


@pytest.mark.parametrize(
    "more",
    [
        '<!DOCTYPE gpx SYSTEM "http://example.org/gpx.dtd">',
        '<!DOCTYPE gpx [<!ENTITY a "b">]>',
        '<!DOCTYPE gpx [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_gpx_with_a_dtd_is_refused(more, encoding):
    assert refused(read_track, "t.gpx", gpx([PLAIN], more).decode().encode(encoding)).code == "track.dtd"


def test_a_doctype_in_a_comment_is_no_dtd():
    assert len(read_track("t.gpx", gpx([PLAIN], "<!-- <!DOCTYPE gpx> -->"))) == 2


def test_gpx_without_any_time_is_refused():
    points = segment(point(117, 30, None), point(117, 30.1, None))
    assert refused(read_track, "t.gpx", gpx([points])).code == "track.no_times"


def test_gpx_faults_are_named_by_point_and_field():
    points = segment(
        point(117, 30, "2026-05-01T00:00:00Z"), point("east", 30, "noon"), point(117, "nan", None)
    )
    refusal = refused(read_track, "t.gpx", gpx([points]))
    assert refusal.code == "track.bad_fixes"
    assert {name: str(why) for name, why in refusal.fields.items()} == {
        "trkpt 2 lon": "Is no number.",
        "trkpt 2 time": "Is no time.",
        "trkpt 3 lat": "Is no number.",
        "trkpt 3 time": "Is missing.",
    }


def test_gpx_times_in_the_future_are_refused_and_named():
    refusal = refused(read_track, "t.gpx", gpx([PLAIN]), FIRST_MS + 1_000)
    assert refusal.code == "track.future"
    assert "Fix 2" in str(refusal.message)
    assert len(read_track("t.gpx", gpx([PLAIN]), FIRST_MS + 5_000)) == 2


@pytest.mark.parametrize("content", [b"", b"<gpx", b"hello", b"<html></html>", gpx([PLAIN])[:-8]])
def test_what_is_no_gpx_is_refused(content):
    assert refused(read_track, "t.gpx", content).code == "track.not_gpx"


def test_gpx_without_points_is_refused():
    assert refused(read_track, "t.gpx", gpx([segment()])).code == "track.empty"


# --- CSV

ROWS = "time,lon,lat,accuracy\n2026-05-01T00:00:00Z,117.0,30.0,5\n2026-05-01T08:00:05+08:00,117.1,30.1,\n"


def test_csv_rows_are_read_in_order_with_unknown_accuracy():
    track = read_track("t.csv", ROWS.encode())
    assert track.t_ms.tolist() == [FIRST_MS, FIRST_MS + 5_000]
    assert track.acc[0] == 5
    assert np.isnan(track.acc[1])


def test_csv_without_accuracy_has_none():
    assert read_track("t.csv", b"time,lon,lat\n1777593600,117,30\n").acc is None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_of_any_office_program_is_read(encoding, end, separator):
    text = "时间,经度,纬度,备注\n2026-05-01T00:00:00Z,117.0,30.0,河口\n\n2026-05-01T00:00:05Z,117.1,30.1,桥\n"
    content = text.replace(",", separator).replace("\n", end).encode(encoding)
    assert read_track("t.csv", content).lat.tolist() == [30.0, 30.1]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"time,lon,lat\n"])
def test_an_empty_csv_is_refused(content):
    assert refused(read_track, "t.csv", content).code == "track.empty"


def test_a_csv_without_its_columns_is_refused_naming_them():
    refusal = refused(read_track, "t.csv", b"when,lon\n1,2\n")
    assert refusal.code == "track.columns"
    assert set(refusal.fields) == {"time", "lat"}


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("2026-05-01T00:00:05Z,NaN,30", "row 3 lon", "Is no number."),
        ("2026-05-01T00:00:05Z,117,", "row 3 lat", "Is missing."),
        ("2026-05-01T00:00:05Z,inf,30", "row 3 lon", "Is no number."),
        (",117,30", "row 3 time", "Is missing."),
        ("soon,117,30", "row 3 time", "Is no time."),
        ("2026-05-01T00:00:05Z,117", "row 3", "Has too few columns."),
    ],
)
def test_a_bad_csv_value_is_refused_by_row_and_field(row, field, reason):
    refusal = refused(read_track, "t.csv", f"time,lon,lat\n2026-05-01T00:00:00Z,117,30\n{row}\n".encode())
    assert {name: str(why) for name, why in refusal.fields.items()} == {field: reason}
    assert field in str(refusal.message)


def test_many_faults_are_counted_and_the_first_five_named():
    refusal = refused(read_track, "t.csv", b"time,lon,lat\n" + b"x,y,z\n" * 40)
    assert "120" in str(refusal.message)
    assert len(refusal.fields) == 5


@pytest.mark.parametrize(("lon", "lat"), [(30.4, 117.0), (39.5, 75.9)])
def test_swapped_columns_are_noticed(lon, lat):
    content = "".join(f"2026-05-01T00:00:0{i}Z,{lon},{lat}\n" for i in range(5))
    assert refused(read_track, "t.csv", f"time,lon,lat\n{content}".encode()).code == "track.swapped"


def test_metres_are_no_degrees():
    refusal = refused(read_track, "t.csv", b"time,lon,lat\n1777593600,500000,3360000\n")
    assert refusal.code == "track.not_degrees"


# --- GeoJSON tracks


def feature(geometry, **properties):
    return {"type": "Feature", "properties": properties, "geometry": geometry}


LINE = {"type": "LineString", "coordinates": [[117.0, 30.0], [117.1, 30.1, 12.0]]}
TIMES = ["2026-05-01T00:00:00Z", "2026-05-01T00:00:05Z"]


def as_bytes(value):
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    "value",
    [
        feature(LINE, coordTimes=TIMES),
        feature(LINE, times=[FIRST_MS, FIRST_MS + 5_000]),
        feature(LINE, coordinateProperties={"times": TIMES}),
        {"type": "FeatureCollection", "features": [feature(LINE, coordTimes=TIMES)]},
        {
            "type": "FeatureCollection",
            "features": [
                feature({"type": "Point", "coordinates": place[:2]}, time=time)
                for place, time in zip(LINE["coordinates"], TIMES, strict=True)
            ],
        },
    ],
)
def test_geojson_tracks_of_common_shapes_are_read(value):
    track = read_track("t.geojson", as_bytes(value))
    assert track.t_ms.tolist() == [FIRST_MS, FIRST_MS + 5_000]
    assert track.lat.tolist() == [30.0, 30.1]
    assert track.segments == (0,)


def test_geojson_lines_are_segments():
    value = feature(
        {"type": "MultiLineString", "coordinates": [LINE["coordinates"]] * 2}, coordTimes=[TIMES, TIMES]
    )
    assert read_track("t.geojson", as_bytes(value)).segments == (0, 2)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (feature(LINE), "track.no_times"),
        (feature(LINE, coordTimes=TIMES[:1]), "track.bad_fixes"),
        (feature(LINE, coordTimes=["noon", TIMES[1]]), "track.bad_fixes"),
        (feature({"type": "Polygon", "coordinates": []}, times=TIMES), "track.geometry"),
        (feature(None), "track.empty"),
        ({"a": 1}, "file.not_geojson"),
        ([1, 2], "file.not_geojson"),
    ],
)
def test_geojson_that_is_no_track_is_refused(value, code):
    assert refused(read_track, "t.geojson", as_bytes(value)).code == code


@pytest.mark.parametrize(("content", "code"), [(b"", "file.empty"), (b"{", "file.not_json")])
def test_broken_json_is_refused(content, code):
    assert refused(read_track, "t.geojson", content).code == code


def test_an_unknown_ending_is_guessed_from_the_content_or_refused():
    assert len(read_track("upload", gpx([PLAIN]))) == 2
    assert len(read_track("upload", as_bytes(feature(LINE, coordTimes=TIMES)))) == 2
    assert refused(read_track, "track.fit", b"\x0e\x10").code == "track.format"


def test_a_file_of_hundreds_of_megabytes_is_refused_unread():
    assert refused(read_track, "t.csv", bytes(50_000_001)).code == "file.too_large"


# --- areas

SQUARE = [[117.0, 30.0], [117.1, 30.0], [117.1, 30.1], [117.0, 30.1], [117.0, 30.0]]
HOLE = [[117.04, 30.04], [117.06, 30.04], [117.06, 30.06], [117.04, 30.06], [117.04, 30.04]]


@pytest.mark.parametrize(
    ("geometry", "kind", "parts"),
    [
        (LINE, "line", 1),
        ({"type": "MultiLineString", "coordinates": [LINE["coordinates"]] * 3}, "line", 3),
        ({"type": "Polygon", "coordinates": [SQUARE, HOLE]}, "polygon", 2),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE], [HOLE]]}, "polygon", 2),
        ({"type": "Point", "coordinates": [117.0, 30.0]}, "points", 1),
        ({"type": "MultiPoint", "coordinates": SQUARE}, "points", 1),
    ],
)
def test_areas_of_every_kind_are_read_bare_or_in_features(geometry, kind, parts):
    for value in (
        geometry,
        feature(geometry),
        {"type": "FeatureCollection", "features": [feature(geometry)]},
    ):
        area = read_area(as_bytes(value))
        assert (area.kind, len(area.parts)) == (kind, parts)
        assert area.parts[0].shape[1] == 2


def test_points_of_several_features_are_one_set_and_rings_know_holes():
    collection = {
        "type": "FeatureCollection",
        "features": [feature({"type": "Point", "coordinates": p}) for p in SQUARE[:3]],
    }
    assert read_area(as_bytes(collection)).parts[0].shape == (3, 2)
    assert read_area(as_bytes({"type": "Polygon", "coordinates": [SQUARE, HOLE]})).holes == (False, True)


def test_an_area_may_state_its_half_width():
    assert read_area(as_bytes(feature(LINE, half_width_m=80))).half_width_m == 80.0
    assert read_area(as_bytes(LINE)).half_width_m == 0.0


def test_heights_are_left_out():
    assert read_area(as_bytes(LINE)).parts[0].tolist() == [[117.0, 30.0], [117.1, 30.1]]


BOW = [[117.0, 30.0], [117.1, 30.1], [117.1, 30.0], [117.0, 30.1], [117.0, 30.0]]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({"type": "Polygon", "coordinates": [BOW]}, "area.self_crossing"),
        ({"type": "Polygon", "coordinates": [SQUARE[:-1]]}, "area.open_ring"),
        ({"type": "Polygon", "coordinates": []}, "area.empty"),
        ({"type": "LineString", "coordinates": []}, "area.empty"),
        ({"type": "FeatureCollection", "features": []}, "area.empty"),
        (feature(None), "area.empty"),
        ({"type": "LineString", "coordinates": [[117, 30], [117, 30]]}, "area.too_short"),
        (
            {"type": "LineString", "coordinates": [[500_000, 3_360_000], [500_100, 3_360_000]]},
            "area.in_metres",
        ),
        ({"type": "LineString", "coordinates": [[30, 117], [30.1, 117]]}, "area.swapped"),
        ({"type": "LineString", "coordinates": [[190, 30], [191, 30]]}, "area.not_degrees"),
        ({"type": "LineString", "coordinates": [[117, None], [117, 30]]}, "area.positions"),
        ({"type": "LineString", "coordinates": [[117], [118]]}, "area.positions"),
        ({"type": "Curve", "coordinates": [[117, 30], [118, 30]]}, "area.geometry"),
        (
            {"type": "GeometryCollection", "geometries": [LINE, {"type": "Point", "coordinates": [117, 30]}]},
            "area.mixed",
        ),
        (
            {**LINE, "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4527"}}},
            "area.crs",
        ),
        ({"type": "Topology"}, "area.geometry"),
    ],
)
def test_an_area_that_cannot_be_used_is_refused_with_the_reason(value, code):
    refusal = refused(read_area, as_bytes(value))
    assert refusal.code == code
    assert "area" in refusal.fields


def test_the_usual_reference_systems_are_taken():
    value = {**LINE, "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}}
    assert read_area(as_bytes(value)).kind == "line"
