"""Monthly sheets in the office: the list, a sheet as page, PDF and workbook, and all of them by a job."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, date, datetime
from io import BytesIO
from urllib.parse import unquote

import pytest
from django.utils import translation
from openpyxl import load_workbook

from shanhe.evidence.patrols.queries.sheets import person_months
from shanhe.faces.office.sheets_content import provenance
from shanhe.faces.office.sheets_words import duty_words, rule_words
from shanhe.ground.audit.models import DayRoot
from shanhe.ground.jobs.models import Job
from shanhe.ground.jobs.services import job_run
from shanhe.ground.policies.keys import FREQUENCY
from shanhe.kernel.periods import Asked, period_of

MARCH = "2026-03"


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def reach(make):
    return make.reach("桃源河杨墩段", length_m=2_000)


@pytest.fixture
def keeper(make, reach):
    make.policy("patrol.frequency", {"times": 1, "per": "week"}, "341721000000")
    return make.keeper(reach)


@pytest.fixture
def patrol(make, reach, keeper):
    return make.patrol(reach, by=keeper, note="汛期加密巡查")


@pytest.fixture
def office(make, client):
    client.force_login(make.county_office)
    return client


def person_url(keeper, month=MARCH, ending=""):
    return f"/office/sheets/person/{keeper.person.pk}/{month}/river/{ending}"


def text(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def test_the_list_shows_who_has_a_sheet_and_how_they_stand(office, keeper, patrol):
    page = text(office.get(f"/office/sheets/?month={MARCH}"))
    assert keeper.person.name in page
    assert person_url(keeper) in page
    assert page.count('class="is-number">1<') >= 2  # done, patrols, counted


def test_it_offers_the_month_that_sheets_are_made_of_now(office, keeper):
    """On the second of March the sheets of February are signed."""
    assert '<option value="2026-02" selected>' in text(office.get("/office/sheets/"))


@pytest.mark.parametrize("by", ["person", "area", "division"])
def test_each_way_of_listing_leads_to_sheets(office, keeper, patrol, by):
    page = text(office.get(f"/office/sheets/?month={MARCH}&by={by}"))
    links = set(re.findall(rf'href="(/office/sheets/{by}/[^"]+/)"', page))
    assert links
    assert all(office.get(link).status_code == 200 for link in links)


@pytest.mark.parametrize("wrong", ["month=2026-13", "month=x", "system=sea", "by=colour"])
def test_what_the_list_does_not_know_is_refused_and_named(office, wrong):
    answer = office.get(f"/office/sheets/?{wrong}")
    assert answer.status_code == 422
    assert wrong.partition("=")[0] in answer.content.decode()


def test_the_sheet_says_what_was_done_and_what_was_asked_for(office, keeper, patrol, reach):
    page = text(office.get(person_url(keeper)))
    for words in (
        keeper.person.name,
        reach.name,
        "汛期加密巡查",
        f"/office/patrols/{patrol.pk}/",
        "R202603-P",
    ):
        assert words in page


def test_sheets_of_keeper_and_area_lead_to_each_other(office, client, keeper, reach):
    area_url = f"/office/sheets/area/{reach.code}/{MARCH}/"
    assert area_url in text(office.get(person_url(keeper)))
    assert person_url(keeper) in text(office.get(area_url))


def test_a_month_without_patrols_says_so_and_can_be_signed_all_the_same(office, keeper):
    assert "sh-empty" in text(office.get(person_url(keeper, "2026-01")))
    assert office.get(person_url(keeper, "2026-01", "sheet.pdf")).content.startswith(b"%PDF-")


def test_the_month_after_is_offered_only_when_it_has_begun(office, keeper):
    assert person_url(keeper, "2026-04") not in text(office.get(person_url(keeper)))
    assert person_url(keeper, "2026-02") in text(office.get(person_url(keeper)))


def test_the_month_before_is_offered_only_to_who_had_a_sheet_then(make, office, reach):
    late = make.keeper(reach, since=date(2026, 3, 1))
    assert person_url(late, "2026-02") not in text(office.get(person_url(late)))
    assert office.get(person_url(late, "2026-02")).status_code == 404


@pytest.mark.parametrize("month", ["2026-13", "0001-01", "9999-12", "2026", "2026-W10", "2026-03-01", "x"])
def test_what_is_no_month_is_not_there(office, keeper, month):
    assert office.get(person_url(keeper, month)).status_code == 404


def test_the_pdf_bears_the_name_of_sheet_and_person_and_is_kept_by_no_cache(office, keeper, patrol):
    answer = office.get(person_url(keeper, ending="sheet.pdf"))
    assert answer["Content-Type"] == "application/pdf"
    assert keeper.person.name in unquote(answer["Content-Disposition"])
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.content.startswith(b"%PDF-")


def test_the_pdf_is_the_same_for_the_same_records_at_the_same_moment(office, keeper, patrol):
    first, second = (office.get(person_url(keeper, ending="sheet.pdf")).content for _n in range(2))
    assert first == second


def test_the_workbook_counts_with_numbers_and_prints_on_one_page_across(office, keeper, patrol, reach):
    page = load_workbook(BytesIO(office.get(person_url(keeper, ending="sheet.xlsx")).content)).active
    cells = {cell.value for row in page for cell in row}
    assert {reach.name, keeper.person.name, round(patrol.verdict.distance_m / 1000, 2)} <= cells
    assert any(isinstance(cell, datetime | date) for cell in cells)
    assert (page.page_setup.orientation, page.page_setup.fitToWidth) == ("landscape", 1)


def test_what_a_walker_noted_is_no_formula(make, office, reach, keeper):
    make.patrol(reach, by=keeper, note='=HYPERLINK("http://x")')
    page = load_workbook(BytesIO(office.get(person_url(keeper, ending="sheet.xlsx")).content)).active
    noted = [cell for row in page for cell in row if "HYPERLINK" in str(cell.value)]
    assert noted
    assert all(cell.data_type == "s" for cell in noted)


def test_a_summary_lists_people_in_a_town_and_divisions_in_a_county(office, keeper, patrol):
    town = text(office.get(f"/office/sheets/division/341721102000/{MARCH}/river/"))
    county = text(office.get(f"/office/sheets/division/341721000000/{MARCH}/river/"))
    assert keeper.person.name in town
    assert "大渡口镇" in county
    assert keeper.person.name not in county


def test_the_stranger_finds_none_of_it(make, client, keeper, patrol, reach):
    client.force_login(make.stranger)
    assert keeper.person.name not in text(client.get(f"/office/sheets/?month={MARCH}"))
    for url in (
        person_url(keeper),
        f"/office/sheets/area/{reach.code}/{MARCH}/",
        f"/office/sheets/division/341721102000/{MARCH}/river/",
    ):
        for ending in ("", "sheet.pdf", "sheet.xlsx"):
            assert client.get(url + ending).status_code == 404
    assert client.get("/office/sheets/?division=341721102000").status_code == 404


def test_the_keeper_signs_their_own(client, keeper, patrol):
    client.force_login(keeper)
    assert client.get(person_url(keeper, ending="sheet.pdf")).status_code == 200
    assert client.get(f"/office/sheets/division/341721102201/{MARCH}/river/").status_code == 404


def asked_for(make, office, **fields):
    """The job that making all sheets has become, done."""
    answer = office.post(
        "/office/sheets/make/", {"month": MARCH, "system": "river", "by": "person", **fields}
    )
    assert answer.status_code == 302
    job = Job.objects.get()
    assert job_run(job_id=job.pk, now=lambda: make.now).state == "done", job.message
    job.refresh_from_db()
    return job


def test_all_sheets_come_as_one_pdf_from_a_job_with_its_bar(make, office, reach, keeper, patrol):
    make.keeper(reach, kind="patroller")
    job = asked_for(make, office)
    assert (job.result["sheets"], job.done, job.total) == (2, 2, 2)
    assert f"/office/jobs/{job.uuid}/file" in text(office.get(f"/office/jobs/{job.uuid}/"))
    file = office.get(f"/office/jobs/{job.uuid}/file")
    assert b"".join(file.streaming_content).startswith(b"%PDF-")


@pytest.mark.parametrize("by", ["person", "area"])
def test_or_one_by_one_in_a_zip(make, office, reach, keeper, patrol, by):
    job = asked_for(make, office, form="zip", by=by)
    file = office.get(f"/office/jobs/{job.uuid}/file")
    archive = zipfile.ZipFile(BytesIO(b"".join(file.streaming_content)))
    assert len(archive.namelist()) == 1
    assert archive.read(archive.namelist()[0]).startswith(b"%PDF-")
    assert (keeper.person.name if by == "person" else reach.name) in archive.namelist()[0]


def test_the_job_s_file_is_for_whoever_asked(make, office, client, keeper, patrol):
    job = asked_for(make, office)
    client.force_login(make.stranger)
    assert client.get(f"/office/jobs/{job.uuid}/file").status_code == 404


def test_a_job_that_finds_no_sheet_says_so(make, client):
    client.force_login(make.stranger)
    client.post("/office/sheets/make/", {"month": MARCH})
    job = job_run(job_id=Job.objects.get().pk, now=lambda: make.now)
    assert job.state == "failed"
    assert job.result["error"]["code"] == "sheets.none"


def test_who_supervises_nobody_asks_for_no_file(make, client, reach):
    client.force_login(make.keeper(reach, kind="patroller"))
    assert client.post("/office/sheets/make/", {"month": MARCH}).status_code == 404
    assert not Job.objects.exists()


def test_lists_ask_as_much_for_many_as_for_one(make, office, keeper, query_count):
    def asked():
        assert office.get(f"/office/sheets/?month={MARCH}").status_code == 200

    asked()
    one = query_count(asked)
    for _number in range(8):
        make.keeper(make.reach())
    assert query_count(asked) == one


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (Asked(1, "week"), "1 time a week"),
        (Asked(2, "xun"), "2 times in ten days"),
        (Asked(22, "month", counts_days=True), "on 22 days a month"),
        (
            Asked(1, "month", days=(1, 10), per_area=True),
            "1 time a month, for each area, from day 1 to day 10",
        ),
        (Asked(1, "week", min_interval_h=96), "1 time a week, at least 96 hours apart"),
        (Asked(1, "working_day"), "1 time each working day"),
    ],
)
def test_a_rule_is_said_in_words(asked, words):
    with translation.override("en"):
        assert rule_words(asked) == words


def test_every_unit_of_the_policies_has_words():
    for per in ("day", "working_day", "week", "xun", "half_month", "month", "quarter", "half_year", "year"):
        assert not FREQUENCY({"times": 1, "per": per})
        assert rule_words(Asked(1, per))
        assert rule_words(Asked(1, per, counts_days=True))


@pytest.mark.parametrize(
    ("per", "words"),
    [
        ("quarter", "the first quarter of 2026"),
        ("half_year", "the first half of 2026"),
        ("year", "the year 2026"),
    ],
)
def test_a_long_period_is_named_with_its_year(make, reach, per, words):
    make.policy("patrol.frequency", {"times": 1, "per": per}, "341721000000")
    person, scope = make.keeper(reach).person, make.scope(make.county_office)
    month = next(person_months(scope, [person], period_of("month", make.today), "river", make.today))
    with translation.override("en"):
        assert words in duty_words(month.duties[0])


def test_the_small_print_names_the_newest_root(make, office, keeper, patrol):
    assert DayRoot.objects.count() == 0
    before = provenance(1, make.now)
    DayRoot.objects.create(
        day=date(2026, 3, 1), first_seq=1, size=0, root=b"\xab" * 32, head_hash=b"\0" * 32,
        published_at=datetime(2026, 3, 2, tzinfo=UTC),
    )  # fmt: skip
    assert "abababababababab" in provenance(1, make.now)
    assert "abababababababab" not in before
