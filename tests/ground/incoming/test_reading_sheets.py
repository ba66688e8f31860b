"""Sheets as clerks make them come out as tables: titles, merged cells, two rows of heads, days, GBK."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest

from make.files import sheet
from shanhe.ground.incoming.reading.options import Limits, Options
from shanhe.ground.incoming.reading.sheets import read_csv, read_workbook
from shanhe.kernel.errors import Refusal


def workbook(tmp_path: Path, content: bytes, **options):
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    return read_workbook(path, Options(**options), Limits())


def text(tmp_path: Path, content: bytes):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    return read_csv(path, Options(), Limits())


def test_a_title_above_the_head_is_no_head_and_rows_keep_their_numbers(tmp_path):
    rows = [["龙泉河河段一览表"], ["名称", "级别", "备注"], ["一号", "村级"], [], ["二号", "村级", "改"]]
    table = workbook(tmp_path, sheet(rows, merged=["A1:C1"]))
    assert (table.columns, table.head_row) == (("名称", "级别", "备注"), 2)
    assert [(row.number, row.cells["名称"]) for row in table.rows] == [(3, "一号"), (5, "二号")]


def test_merged_cells_say_the_same_in_every_row(tmp_path):
    rows = [["乡镇", "村"], ["大渡口镇", "杨墩村"], [None, "新丰村"]]
    table = workbook(tmp_path, sheet(rows, merged=["A2:A3"]))
    assert [row.cells["乡镇"] for row in table.rows] == ["大渡口镇", "大渡口镇"]


def test_of_two_rows_of_heads_the_lower_one_tells_columns_apart(tmp_path):
    rows = [["名称", "坐标", None], [None, "经度", "纬度"], ["一号", 117.1, 30.4]]
    table = workbook(tmp_path, sheet(rows, merged=["A1:A2", "B1:C1"]))
    assert table.columns == ("名称", "经度", "纬度")
    assert table.rows[0].number == 3


def test_days_are_iso_text_and_whole_numbers_have_no_point(tmp_path):
    rows = [["a", "b", "c"], [date(2026, 3, 2), 341721102201.0, datetime.fromisoformat("2026-03-02T08:30")]]
    (row,) = workbook(tmp_path, sheet(rows)).rows
    assert list(row.cells.values()) == ["2026-03-02", 341721102201, "2026-03-02T08:30:00"]
    assert row.text("b") == "341721102201"


def test_what_fields_are_called_finds_the_head_among_longer_rows(tmp_path):
    rows = [["单位：", "县河长办", "填表人：", "张三"], ["名称", "级别"], ["一号", "村级"]]
    assert workbook(tmp_path, sheet(rows), words=("名称", "级别")).head_row == 2


def test_two_columns_of_one_name_are_told_apart(tmp_path):
    assert workbook(tmp_path, sheet([["电话", "电话"], ["1", "2"]])).columns == ("电话", "电话 (2)")


def test_a_workbook_without_records_or_with_other_content_is_refused(tmp_path):
    with pytest.raises(Refusal, match="no records"):
        workbook(tmp_path, sheet([["名称", "级别"]]))
    with pytest.raises(Refusal, match="damaged"):
        workbook(tmp_path, b"PK\x03\x04 no workbook")
    with pytest.raises(Refusal, match="no sheet or layer 二"):
        workbook(tmp_path, sheet([["名称"], ["一"]]), sheet="二")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
@pytest.mark.parametrize("sign", [",", ";", "\t"])
def test_a_text_table_is_read_whatever_it_is_written_in(tmp_path, encoding, sign):
    table = text(tmp_path, f"名称{sign}编码\r\n一号{sign}007\r\n".encode(encoding))
    assert [dict(row.cells) for row in table.rows] == [{"名称": "一号", "编码": "007"}]


def test_a_cell_of_several_lines_is_one_cell(tmp_path):
    assert text(tmp_path, '名称,备注\n一号,"a\nb"\n'.encode()).rows[0].cells["备注"] == "a\nb"
