"""The list of patrols as a clerk's workbook: what the page shows, harmless, and as many rows."""

from __future__ import annotations

from django.utils import translation
from openpyxl import load_workbook

from shanhe.evidence.patrols.queries import verdicts_to_list
from shanhe.faces.http.patrols import PATROL_COLUMNS, PATROL_FILTERS
from shanhe.faces.http.xlsx import workbook


def exported(make, query=None):
    rows = PATROL_FILTERS.read(query or {}).apply(verdicts_to_list(make.scope(make.county_office)))
    with translation.override("en"):
        return load_workbook(workbook(PATROL_COLUMNS, rows.iterator(), sheet="巡查"))["巡查"]


def test_each_patrol_and_area_is_a_row_under_titles(make):
    reach = make.reach("=长江", length_m=2_000)
    patrol = make.patrol(reach, walked_m=(0, 900), note="+86 555")
    head, row = exported(make).values
    shown = dict(zip(head, row, strict=True))
    assert shown["Patrol No."] == patrol.pk
    assert shown["Area"] == "'=长江"
    assert shown["Note"] == "'+86 555"
    assert shown["Verdict"] == "Partial"
    assert shown["Counts"] == "No"
    assert 0.3 < shown["Coverage"] < 0.6
    assert "of the area was walked" in shown["Reasons"]
    assert shown["Started"].hour == 6  # 22:30 UTC in the office's zone


def test_the_filters_of_the_page_hold_for_the_export(make):
    reach = make.reach(length_m=2_000)
    make.patrol(reach)
    assert exported(make, {"verdict": "valid"}).max_row == 2
    assert exported(make, {"verdict": "partial"}).max_row == 1


def test_the_whole_export_takes_one_query_for_the_scope_and_one_for_all_rows(make, django_assert_num_queries):
    reach = make.reach(length_m=2_000)
    for _ in range(3):
        make.patrol(reach)
    make.county_office  # noqa: B018 (appears when asked for)
    scope = make.scope(make.county_office)
    with django_assert_num_queries(2):
        workbook(PATROL_COLUMNS, verdicts_to_list(scope).iterator(), sheet="x").close()
