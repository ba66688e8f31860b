"""A list as a workbook: harmless text, the office's zone, frozen head, any number of rows."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy
from openpyxl import load_workbook

from shanhe.faces.http import xlsx
from shanhe.faces.http.xlsx import Column, harmless, workbook, xlsx_response


def sheet_of(rows, value=lambda row: row, **column):
    return load_workbook(workbook([Column("标题", value, **column)], rows, sheet="清单"))["清单"]


@pytest.mark.parametrize("text", ["=1+1", "+86", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "＠a"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["大渡口", "a=b", "", " =1"])
def test_other_text_stays_as_it_is(text):
    assert harmless(text) == text


def test_no_cell_of_a_sheet_is_a_formula():
    cell = sheet_of(['=HYPERLINK("http://x")'])["A2"]
    assert cell.data_type == "s"
    assert cell.value.startswith("'=")


def test_characters_that_xml_cannot_hold_are_left_out():
    assert sheet_of(["a\x00b\x0bc\ufffe"])["A2"].value == "abc"


def test_numbers_stay_numbers_even_below_zero():
    assert [sheet_of([n])["A2"].value for n in (-5, 2.5, True)] == [-5, 2.5, True]


def test_what_has_no_number_is_empty():
    assert [sheet_of([n])["A2"].value for n in (None, float("nan"), float("inf"))] == [None, None, None]


def test_moments_are_shown_in_the_offices_zone():
    cell = sheet_of([datetime(2026, 4, 30, 16, 30, 12, 999, tzinfo=UTC)])["A2"]
    assert cell.value == datetime(2026, 5, 1, 0, 30, 12)  # noqa: DTZ001
    assert cell.number_format == "yyyy-mm-dd hh:mm"
    assert sheet_of([date(2026, 5, 1)])["A2"].number_format == "yyyy-mm-dd"


def test_a_columns_own_number_format_wins():
    assert sheet_of([0.613], number_format="0.0%")["A2"].number_format == "0.0%"


def test_the_head_is_frozen_bold_wide_and_filtered():
    page = sheet_of(["一", "二"], width=33)
    assert page.freeze_panes == "A2"
    assert page["A1"].font.bold
    assert page.column_dimensions["A"].width == 33
    assert page.auto_filter.ref == "A1:A3"


def test_an_empty_list_is_a_head_alone():
    page = sheet_of([])
    assert page.max_row == 1
    assert page["A1"].value == "标题"


def test_titles_are_in_the_readers_language():
    with translation.override("zh-hans"):
        page = load_workbook(workbook([Column(gettext_lazy("Yes"), str)], [], sheet="s"))["s"]
    assert page["A1"].value == "是"


def test_text_longer_than_a_cell_is_cut():
    assert len(sheet_of(["长" * 40_000])["A2"].value) == 32_767


def test_rows_beyond_one_sheet_go_on_in_the_next(monkeypatch):
    monkeypatch.setattr(xlsx, "ROWS_A_SHEET", 3)
    book = load_workbook(workbook([Column("n", int)], iter(range(7)), sheet="清单"))
    assert book.sheetnames == ["清单", "清单 2", "清单 3"]
    assert [[row[0] for row in page.values] for page in book] == [["n", 0, 1, 2], ["n", 3, 4, 5], ["n", 6]]


def test_a_sheets_name_is_one_that_excel_takes():
    book = load_workbook(workbook([Column("n", int)], [], sheet="2026/05 [全部]: " + "很长" * 30))
    assert book.sheetnames[0].startswith("2026 05  全部")
    assert len(book.sheetnames[0]) == 31


def test_the_download_has_a_chinese_name_and_is_kept_nowhere():
    response = xlsx_response([Column("n", int)], range(2), name="巡查记录")
    assert "filename*=UTF-8''%E5%B7%A1%E6%9F%A5%E8%AE%B0%E5%BD%95.xlsx" in response["Content-Disposition"]
    assert response["Cache-Control"] == "private, no-store"
    assert b"".join(response.streaming_content).startswith(b"PK")
