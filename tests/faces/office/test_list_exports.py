"""Every list of the office has its workbook beside it; the lists are found at run time."""

from __future__ import annotations

import io

import pytest
from django.urls import NoReverseMatch, get_resolver, reverse
from django.urls.resolvers import URLPattern
from openpyxl import load_workbook

from shanhe.ground.jobs.services import job_start

#: Pages of the office that list nothing to take away: what one does there is something else.
NO_LISTS = {
    "home",  # one's own work, its parts lead to lists
    "map",
    "search",  # a dozen at once
    "start",
    "start-region",
    "start-posts",
    "start-rules",
    "imports",  # each file has its report as a workbook
    "call",
    "organization-chart",
    "sheets-make",  # asks for a batch of sheets
    "sheets",  # each row leads to a workbook of its own
    "devices",
}


def list_pages() -> list[str]:
    """Names of the office's pages without an argument whose address has no verb at its end."""
    found = []
    for route in _patterns(get_resolver().url_patterns, ""):
        pattern, name = route
        if pattern.startswith("office/") and pattern.endswith("/") and "<" not in pattern and name:
            found.append((pattern, name))
    verbs = ("new/", "steps/", "verify/", "together/", "find/", "region/", "posts/", "rules/")
    return sorted(name for pattern, name in found if not pattern.endswith(verbs) and name not in NO_LISTS)


def _patterns(patterns, prefix):
    for one in patterns:
        here = prefix + str(one.pattern)
        if isinstance(one, URLPattern):
            yield here, one.name
        else:
            yield from _patterns(one.url_patterns, here)


def test_the_lists_are_found():
    assert {"patrols", "areas", "people", "organizations", "divisions", "ledger", "jobs", "gaps"} <= set(
        list_pages()
    )


@pytest.mark.parametrize("name", list_pages())
def test_every_list_has_a_workbook_and_a_link_to_it(make, name):
    make.reach()
    make.organization()
    make.person()
    administrator = make.client(make.administrator)
    try:
        address = reverse(f"{name}-xlsx")
    except NoReverseMatch:
        pytest.fail(f"the list {name} has no workbook")
    answer = administrator.get(reverse(name))
    if answer.status_code == 404:  # a list for others than the administrator
        return
    assert address in answer.content.decode()
    book = load_workbook(io.BytesIO(b"".join(administrator.get(address).streaming_content)))
    assert book.worksheets[0].max_column > 2


def rows_of(client, address):
    book = load_workbook(io.BytesIO(b"".join(client.get(address).streaming_content)))
    return [[cell.value for cell in row] for row in book.worksheets[0].iter_rows(min_row=2)]


def test_units_are_exported_as_they_are_filtered(make):
    make.organization(make.dadukou, "member_unit", name="大渡口镇水利站", office_phone="0566-7012345")
    make.organization(make.dongzhi)
    make.organization(make.shitai)
    office = make.client(make.county_office)
    assert len(rows_of(office, "/office/organizations/export.xlsx")) == 2
    [row] = rows_of(office, "/office/organizations/export.xlsx?kind=member_unit")
    assert row[0] == "大渡口镇水利站"
    assert "0566-7012345" in row


def test_divisions_are_exported_below_ones_ground(make):
    make.village  # noqa: B018
    make.division("341721100200")
    make.shitai  # noqa: B018
    office = make.client(make.county_office)
    names = [row[0] for row in rows_of(office, "/office/divisions/export.xlsx")]
    assert names == ["尧渡镇", "大渡口镇"]
    assert [row[0] for row in rows_of(office, "/office/divisions/export.xlsx?q=杨墩")] == ["杨墩村委会"]


def test_the_ledger_is_exported_with_fingerprints_and_only_what_one_may_read(make):
    make.person(make.shitai)
    person = make.person(make.dadukou, "唐松")
    office = make.client(make.county_office)
    rows = rows_of(office, "/office/ledger/export.xlsx")
    assert any("唐松" in str(row[3]) for row in rows)
    assert all(len(row[-1]) == 64 for row in rows)
    assert len(rows) < len(rows_of(make.client(make.administrator), "/office/ledger/export.xlsx"))
    assert person.pk


def test_jobs_are_exported_to_whoever_asked_for_them(make):
    job_start(kind="audit.verify", params={}, by=make.actor(make.county_office), at=make.now)
    assert len(rows_of(make.client(make.county_office), "/office/jobs/export.xlsx")) == 1
    assert rows_of(make.client(make.stranger), "/office/jobs/export.xlsx") == []
