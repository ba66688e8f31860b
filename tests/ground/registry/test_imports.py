"""Files of records: created, updated, unchanged, refused; all or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest
from shapely.geometry import mapping

from make.registry import ADMINISTRATOR, line_at, square_at
from shanhe.faces.cli import registry as command
from shanhe.ground.incoming.kinds import Report, kind_of
from shanhe.ground.incoming.matching import fields_asked, guess, mapping_checked, mapping_from
from shanhe.ground.incoming.reading.geojson import read_geojson
from shanhe.ground.incoming.reading.options import Limits, Options
from shanhe.ground.incoming.services import table_taken
from shanhe.ground.registry.models import Area, Facility, Reach, Shape, WaterBody
from shanhe.kernel.errors import Refusal
from shanhe.project.program import run

HERE = (117.0, 30.4)


def geojson(*features: tuple[dict[str, Any], Any], **more: Any) -> bytes:
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": columns, "geometry": shape and mapping(shape)}
                for columns, shape in features
            ],
            **more,
        },
        ensure_ascii=False,
    ).encode()


def grid(number: int, **columns: Any) -> tuple[dict[str, Any], Any]:
    at = (HERE[0] + number / 100, HERE[1])
    return {"name": f"网格{number}", "division": "341721102201", **columns}, square_at(at, 300)


def taken(
    make, content: bytes, kind: str = "forest-unit", by: Any = None, said: Any = (), **options: Any
) -> Report:
    """The file's records, taken in as the command line does it, without a process of their own."""
    make.village  # noqa: B018
    with NamedTemporaryFile(suffix=".geojson") as file:
        file.write(content)
        file.flush()
        table = read_geojson(Path(file.name), Options(), Limits())
    one = kind_of(kind)
    fields = fields_asked(one, has_shapes=True)
    mapping = guess(table.columns, fields, mapping_checked(mapping_from(said, fields), table.columns, fields))
    by = by or ADMINISTRATOR
    return table_taken(kind=one, table=table, mapping=mapping, by=by, at=make.now, **options)


def counts(report: Report) -> tuple[int, int, int, int]:
    told = {name: count * report.written for name, count in report.counts.items()}
    return told["created"], told["updated"], told["unchanged"], len(report.refused)


def test_new_records_are_created_and_the_second_run_changes_nothing(make):
    content = geojson(grid(1), grid(2))
    assert counts(taken(make, content)) == (2, 0, 0, 0)
    assert counts(taken(make, content)) == (0, 0, 2, 0)
    assert Shape.objects.count() == 2


def test_a_changed_record_is_updated_by_its_code(make):
    taken(make, geojson(grid(1, code="G1"), grid(2, code="G2")))
    assert counts(taken(make, geojson(grid(1, code="G1", name="改名"), grid(2, code="G2")))) == (0, 1, 1, 0)
    assert Area.objects.get(code="G1").name == "改名"


def test_a_changed_shape_is_an_update_and_the_old_one_is_kept(make):
    taken(make, geojson(grid(1, code="G1")))
    columns, _shape = grid(1, code="G1")
    assert counts(taken(make, geojson((columns, square_at(HERE, 400))))) == (0, 1, 0, 0)
    assert Shape.objects.count() == 2


def test_what_the_file_has_no_column_for_stays_as_it_is(make):
    water = make.water()
    reach = make.reach(water=water, bank="left", code="R1", is_sketch=True, at=HERE, length_m=900)
    content = geojson(({"code": "R1", "name": "新名"}, line_at(HERE, 900)))
    assert counts(taken(make, content, kind="reach")) == (0, 1, 0, 0)
    kept = Reach.objects.get(area=reach)
    assert (kept.bank, kept.area.name, kept.area.division_id) == ("left", "新名", "341721102201")
    assert Shape.objects.get(area=reach).is_sketch


def test_one_refused_row_refuses_the_file_and_names_row_field_and_reason(make):
    report = taken(make, geojson(grid(1), grid(2, division="341721999999"), grid(3, level="hamlet")))
    assert counts(report) == (0, 0, 0, 2)
    assert [(refused.row, refused.field, str(refused.reason)) for refused in report.refused] == [
        (2, "division", "There is no division 341721999999."),
        (3, "level", "There is no such level."),
    ]
    assert not Area.objects.exists()


def test_good_rows_go_in_alone_when_asked(make):
    content = geojson(grid(1), grid(2, division="341721999999"), grid(3, level="hamlet"))
    report = taken(make, content, good_rows=True)
    assert counts(report) == (1, 0, 0, 2)
    assert Area.objects.get().name == "网格1"


def test_the_same_record_twice_in_a_file_is_refused_with_the_row_of_the_first(make):
    report = taken(make, geojson(grid(1, code="G"), grid(2, code="G")))
    assert [(refused.row, str(refused.reason)) for refused in report.refused] == [
        (2, "The same record stands in row 1.")
    ]


@pytest.mark.parametrize(
    ("geometry", "reason"),
    [
        ({"type": "Polygon", "coordinates": []}, "empty"),
        (
            {"type": "Polygon", "coordinates": [[[5e5, 3e6], [5.1e5, 3e6], [5e5, 3.1e6], [5e5, 3e6]]]},
            "metres",
        ),
        (
            {"type": "Polygon", "coordinates": [[[117, 30], [118, 31], [118, 30], [117, 31], [117, 30]]]},
            "crosses",
        ),
        ({"type": "Polygon", "coordinates": [[[30, 117], [31, 117], [30, 118], [30, 117]]]}, "swapped"),
        ({"type": "Polygon", "coordinates": "no"}, "cannot be read"),
        ({"type": "LineString", "coordinates": [[117, 30], [118, 30]]}, "not a line"),
    ],
)
def test_a_bad_geometry_is_refused_by_its_row(make, geometry, reason):
    columns, _shape = grid(1)
    feature = {"type": "Feature", "properties": columns, "geometry": geometry}
    report = taken(make, json.dumps({"type": "FeatureCollection", "features": [feature]}).encode())
    assert [refused.row for refused in report.refused] == [1]
    assert reason in str(report.refused[0].reason)


@pytest.mark.parametrize(
    ("columns", "field"),
    [
        ({"name": "x" * 81}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": ["a"]}, "name"),
        ({"code": "a\x00b"}, "code"),
        ({"parent": "\ud800"}, "parent"),
        ({"owner": "x" * 121}, "owner"),
        ({"name": ""}, "name"),
        ({"division": 3}, "division"),
        ({"since": "soon"}, "since"),
        ({"sketch": "perhaps"}, "sketch"),
    ],
)
def test_a_value_that_cannot_be_kept_is_refused_by_its_field(make, columns, field):
    feature = json.loads(geojson(grid(1)))["features"][0]
    feature["properties"] |= columns
    report = taken(make, json.dumps({"type": "FeatureCollection", "features": [feature]}).encode())
    assert [refused.field for refused in report.refused] == [field]


def test_a_fact_that_cannot_be_kept_is_refused(make):
    feature = json.loads(geojson(({"name": "口", "division": "341721102201"}, None)))["features"][0]
    feature["properties"]["备注"] = {"deep": ["a\x00"]}
    content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    assert [refused.field for refused in taken(make, content, kind="outfall").refused] == ["facts"]


def test_heights_are_left_out_with_a_note(make):
    columns, _shape = grid(1)
    solid = {
        "type": "Polygon",
        "coordinates": [[[117, 30, 9], [117.01, 30, 9], [117.01, 30.01, 9], [117, 30, 9]]],
    }
    feature = {"type": "Feature", "properties": columns, "geometry": solid}
    report = taken(make, json.dumps({"type": "FeatureCollection", "features": [feature]}).encode())
    assert counts(report) == (1, 0, 0, 0)
    assert [note.row for note in report.notes] == [1]


def test_columns_are_matched_by_their_chinese_names_and_by_hand(make):
    make.water("龙泉河")
    columns = {
        "名称": "龙泉河杨墩段",
        "行政区划代码": 341721102201,
        "所属河流": "龙泉河",
        "岸别": "左岸",
        "L": "村级",
    }
    report = taken(make, geojson((columns, line_at(HERE, 900))), kind="reach", said=["level=L"])
    assert counts(report) == (1, 0, 0, 0)
    reach = Reach.objects.get()
    assert (reach.area.name, reach.area.level, reach.bank) == ("龙泉河杨墩段", "village", "left")


@pytest.mark.parametrize("pair", ["nothing", "colour=c"])
def test_a_mapping_that_means_nothing_is_refused(make, pair):
    with pytest.raises(Refusal, match="field=column"):
        taken(make, geojson(grid(1)), said=[pair])


def test_a_mapping_to_a_column_that_is_not_there_is_refused(make):
    with pytest.raises(Refusal, match="no column C9"):
        taken(make, geojson(grid(1)), said=["code=C9"])


def test_waters_and_facilities_are_taken_too_with_their_own_columns_as_facts(make):
    river = ({"name": "龙泉河", "division": "341721", "kind": "河流"}, line_at(HERE, 5_000))
    assert counts(taken(make, geojson(river), kind="water")) == (1, 0, 0, 0)
    assert WaterBody.objects.get().level == "county"
    outfall = (
        {"name": "一号口", "division": "341721102201", "排污方式": "连续"},
        square_at(HERE, 5).centroid,
    )
    assert counts(taken(make, geojson(outfall), kind="outfall")) == (1, 0, 0, 0)
    assert counts(taken(make, geojson(outfall), kind="outfall")) == (0, 0, 1, 0)
    assert Facility.objects.get().facts == {"排污方式": "连续"}


def test_a_row_outside_ones_ground_is_refused(make):
    report = taken(make, geojson(grid(1)), by=make.actor(make.stranger))
    assert [(refused.field, refused.code) for refused in report.refused] == [
        ("division", "registry.not_yours")
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no GeoJSON"),
        (b"\xff\xfe\x00", "no GeoJSON"),
        (b"[]", "no GeoJSON"),
        (b'{"type":"FeatureCollection","features":[]}', "no records"),
        (b'{"type":"FeatureCollection"}', "no records"),
        (geojson(grid(1), crs={"properties": {"name": "moon"}}), "cannot be understood"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(make, content, reason):
    with pytest.raises(Refusal, match=reason):
        taken(make, content)


def test_a_byte_order_mark_and_gbk_are_read(make):
    content = geojson(grid(1))
    assert counts(taken(make, b"\xef\xbb\xbf" + content)) == (1, 0, 0, 0)
    assert counts(taken(make, content.decode().encode("gbk"))) == (0, 0, 1, 0)


@pytest.fixture
def file(make, tmp_path):
    make.village  # noqa: B018

    def write(*features):
        path = tmp_path / "grids.geojson"
        path.write_bytes(geojson(*features))
        return str(path)

    return write


def test_the_command_prints_what_it_did_as_json_alone(file, capsys):
    assert run(["registry", "import", file(grid(1)), "--kind", "forest-unit", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "refused": [],
        "notes": [],
    }


def test_the_command_ends_with_2_when_a_row_is_refused(file, capsys):
    path = file(grid(1), grid(2, division="1"))
    assert run(["registry", "import", path, "--kind", "forest-unit", "--json"]) == 2
    shown = capsys.readouterr()
    assert [(row["row"], row["field"]) for row in json.loads(shown.out)["refused"]] == [(2, "division")]
    assert len(shown.err.strip().splitlines()) == 1
    assert run(["registry", "import", path, "--kind", "forest-unit", "--good-rows"]) == 0
    assert Area.objects.count() == 1


def test_the_command_says_in_one_line_that_a_file_is_not_there(file, capsys):
    assert run(["registry", "import", "/nowhere.geojson", "--kind", "reach"]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_the_command_takes_several_columns(file):
    columns, shape = grid(1)
    path = file(({"N": columns["name"], "D": columns["division"]}, shape))
    words = ["registry", "import", path, "--kind", "forest-unit", "--map", "name=N", "division=D"]
    assert run(words) == 0
    assert Area.objects.get().name == "网格1"
    assert command.__all__ == ["register"]
