"""The list of patrols in the office: who sees what, filters, words, and the workbook of the same rows."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pytest
from openpyxl import load_workbook

URL = "/office/patrols/"
IN_ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def reach(make):
    return make.reach("=大渡口段", length_m=2_000)


@pytest.fixture
def get(make):
    def get(address=URL, by=None, **headers):
        return make.client(by or make.county_office).get(address, headers={**IN_ENGLISH, **headers})

    return get


def rows(answer) -> list[int]:
    """Numbers of the patrols that the list shows."""
    return [int(n) for n in re.findall(r'<tr data-href="/office/patrols/(\d+)/', answer.content.decode())]


def test_the_newest_patrol_stands_first_with_its_verdict_in_words(make, reach, get):
    old = make.patrol(reach, starts=make.now - timedelta(days=3))
    new = make.patrol(reach, (0, 900))
    answer = get()
    assert rows(answer) == [new.pk, old.pk]
    text = answer.content.decode()
    assert "=大渡口段" in text
    assert "Partial" in text
    assert "Valid" in text


def test_signs_are_told_in_words_not_in_codes(make, reach, get):
    make.patrol(reach, track=make.track(reach, aside_m=3_000.0))
    text = get().content.decode()
    assert "Elsewhere" in text
    assert "outside" not in re.sub(r"<(input|label|form)[^>]*>", "", text)


def test_everybody_sees_their_own_and_superiors_what_they_supervise(make, reach, get):
    patrol = make.patrol(reach, by=make.village_chief)
    assert rows(get(by=make.village_chief)) == [patrol.pk]
    assert rows(get(by=make.county_office)) == [patrol.pk]
    assert rows(get(by=make.administrator)) == [patrol.pk]


def test_the_stranger_finds_an_empty_page_that_says_how_to_begin(make, reach, get):
    make.patrol(reach)
    answer = get(by=make.stranger)
    assert rows(answer) == []
    assert "No patrols yet" in answer.content.decode()


def test_without_an_account_one_is_sent_to_sign_in(make):
    for address in (URL, f"{URL}export.xlsx", f"{URL}new/", f"{URL}1/"):
        assert make.client().get(address)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("verdict=valid", "whole"),
        ("verdict=partial", "half"),
        ("since=2026-03-02", "whole half"),
        ("until=2026-02-28", ""),
        ("area=大渡口", "whole half"),
        ("division=341721102201", "whole half"),
        ("division=341722000000", ""),
        ("flag=mock", ""),
    ],
)
def test_filters_narrow_the_list(make, reach, get, query, expected):
    whole, half = make.patrol(reach), make.patrol(reach, (0, 900))
    wanted = {"whole": whole.pk, "half": half.pk}
    assert sorted(rows(get(f"{URL}?{query}"))) == sorted(wanted[name] for name in expected.split())


def test_a_filter_that_cannot_be_read_is_named_on_a_page(make, get):
    answer = get(f"{URL}?since=yesterday")
    assert answer.status_code == 422
    assert "Must be a day" in answer.content.decode()


def test_the_figures_above_the_list_count_by_verdict_and_lead_to_those_rows(make, reach, get):
    make.patrol(reach)
    make.patrol(reach, (0, 900))
    text = get(f"{URL}?area=大渡口").content.decode()
    assert "verdict=partial" in text
    counted = re.findall(r'sh-number">(\d+)\+?<', text)
    assert counted == ["1", "1", "0", "0"]


def test_pages_go_on_where_the_last_row_stood(make, reach, get):
    made = [make.patrol(reach, starts=make.now - timedelta(days=n)).pk for n in range(1, 4)]
    first = get(f"{URL}?limit=2")
    following = re.search(r'rel="next" href="([^"]+)"', first.content.decode())[1].replace("&amp;", "&")
    assert rows(first) + rows(get(following)) == made


def test_the_list_costs_as_many_queries_for_many_rows_as_for_one(make, reach, query_count):
    office = make.client(make.county_office)
    make.patrol(reach)
    office.get(URL)
    one = query_count(lambda: office.get(URL))
    for n in range(4):
        make.patrol(make.reach(), starts=make.now - timedelta(days=n + 1))
    assert query_count(lambda: office.get(URL)) == one
    assert one <= 12


def test_an_area_or_a_holder_that_a_link_names_by_code_is_shown_by_name(make, reach, get):
    patrol = make.patrol(reach, by=make.village_chief)
    make.patrol(make.reach())
    chief = make.village_chief.person
    for query, name in ((f"area={reach.code}", reach.name), (f"holder={chief.uuid}", chief.name)):
        answer = get(f"{URL}?{query}")
        assert rows(answer) == [patrol.pk]
        assert f"selected>{name}</option>" in answer.content.decode()
    stranger = get(f"{URL}?area={reach.code}", by=make.stranger).content.decode()
    assert reach.name not in stranger


# -- the workbook -------------------------------------------------------------------------------------------


def exported(answer):
    return load_workbook(io.BytesIO(b"".join(answer.streaming_content)))


def test_the_workbook_holds_what_the_list_shows_and_says_by_which_filters(make, reach, get):
    make.patrol(reach)
    half = make.patrol(reach, (0, 900), note="+86 555")
    book = exported(get(f"{URL}export.xlsx?verdict=partial&area=大渡口"))
    head, *shown = book.worksheets[0].values
    assert [dict(zip(head, row, strict=True))["Patrol No."] for row in shown] == [half.pk]
    about = dict(book.worksheets[1].values)
    assert about["Verdict"] == "Partial"
    assert about["Area"] == "大渡口"
    assert about["As of"] == "2026-03-02 09:30"


def test_no_cell_of_the_workbook_is_a_formula(make, reach, get):
    make.patrol(reach, note="@SUM(1)")
    head, row = exported(get(f"{URL}export.xlsx")).worksheets[0].values
    shown = dict(zip(head, row, strict=True))
    assert shown["Area"] == "'=大渡口段"
    assert shown["Note"] == "'@SUM(1)"


def test_the_workbook_of_a_stranger_is_empty(make, reach, get):
    make.patrol(reach)
    assert exported(get(f"{URL}export.xlsx", by=make.stranger)).worksheets[0].max_row == 1


def test_more_rows_than_one_workbook_takes_are_refused_with_a_way_out(make, reach, get, monkeypatch):
    monkeypatch.setattr("shanhe.faces.office.patrols.MOST_EXPORTED", 1)
    make.patrol(reach)
    make.patrol(reach, (0, 900))
    answer = get(f"{URL}export.xlsx")
    assert answer.status_code == 422
    assert "Narrow the days" in answer.content.decode()
    assert get(f"{URL}export.xlsx?verdict=valid").status_code == 200
