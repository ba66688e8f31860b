"""Bringing a file in the office: kinds, upload, columns, preview, taking in, and what strangers get."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings
from django.urls import reverse
from openpyxl import load_workbook
from shapely.geometry import box

from make.files import shapefile, sheet
from shanhe.faces.office import incoming as pages
from shanhe.ground.incoming.models import Incoming
from shanhe.ground.jobs.models import Job
from shanhe.ground.jobs.services import job_run
from shanhe.ground.registry.models import Area, Facility

HEAD = ["名称", "行政区划", "经度", "纬度"]
GOOD = ["一号口", "341721102201", 117.02, 30.4]
BAD = ["二号口", "341721999999", 117.03, 30.4]


@pytest.fixture(autouse=True)
def own_room(tmp_path):
    with override_settings(DATA_DIR=tmp_path):
        yield tmp_path


@pytest.fixture
def office(make):
    make.village  # noqa: B018
    return make.client(make.county_office)


def upload(client, *rows, kind: str = "outfall", name: str = "口.xlsx", content: bytes = b""):
    file = SimpleUploadedFile(name, content or sheet([HEAD, *rows]))
    return client.post(f"{reverse('import-new')}?kind={kind}", {"file": file})


def latest() -> Incoming:
    return Incoming.objects.latest("pk")


def match(client, **fields):
    incoming = latest()
    said = {f"field-{name}": column for name, column in (incoming.mapping | fields).items()}
    return client.post(reverse("import-match", args=[incoming.uuid]), said, follow=True)


def work(make) -> None:
    for job in Job.objects.filter(state="waiting"):
        job_run(job_id=job.pk, now=lambda: make.now)


def text(answer) -> str:
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


# -- what can be brought -------------------------------------------------------------------------------------


def test_every_kind_has_a_template_and_a_door(office):
    page = text(office.get(reverse("imports")))
    for kind in ("reach", "forest-unit", "water", "outfall", "sand-site", "source-zone"):
        assert f"?kind={kind}" in page
        assert reverse("import-template", args=[kind]) in page


def test_a_template_has_the_fields_as_its_head_and_explains_each(office):
    answer = office.get(reverse("import-template", args=["reach"]))
    book = load_workbook(BytesIO(answer.content))
    head, explained = book.worksheets
    names = [cell.value for cell in head[1]]
    assert names[1].endswith("*")
    assert len(names) == explained.max_row - 1
    assert head.max_row > 100
    assert head.cell(2, 1).number_format == "@"


def test_a_template_filled_in_is_matched_by_itself(make, office):
    book = load_workbook(BytesIO(office.get(reverse("import-template", args=["outfall"])).content))
    page = book.worksheets[0]
    columns = {str(cell.value).rstrip("*"): n for n, cell in enumerate(page[1], 1)}
    page.cell(2, list(columns.values())[1], "一号口")
    page.cell(2, list(columns.values())[2], "341721102201")
    out = BytesIO()
    book.save(out)
    upload(office, content=out.getvalue())
    assert {"code", "name", "division", "lon", "lat"} <= set(latest().mapping)
    match(office)
    assert latest().report["counts"]["created"] == 1


def test_only_offices_that_keep_records_bring_files(make, office):
    upload(office, GOOD)
    address = reverse("import", args=[latest().uuid])
    for user in (make.village_chief, make.stranger):
        client = make.client(user)
        assert client.get(address).status_code == 404
        assert client.post(reverse("import-take", args=[latest().uuid])).status_code == 404
    assert make.client(make.village_chief).get(reverse("imports")).status_code == 404
    assert make.client(make.village_chief).get(f"{reverse('import-new')}?kind=reach").status_code == 404
    assert make.client().get(reverse("imports")).status_code == 302


def test_the_list_costs_the_same_for_many_files(office, query_count):
    upload(office, GOOD)
    one = query_count(lambda: office.get(reverse("imports")))
    for _each in range(3):
        upload(office, GOOD)
    assert query_count(lambda: office.get(reverse("imports"))) == one


# -- upload --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [("口.xlsx", b"no workbook", 422), ("口.docx", b"PK", 422), ("口.shp", b"x", 422)],
)
def test_a_file_that_cannot_be_read_is_told_at_the_form(office, name, content, status):
    answer = upload(office, name=name, content=content)
    assert answer.status_code == status
    assert "data-refusal" in answer.content.decode()
    assert name in answer.content.decode()


def test_a_form_without_a_file_is_told_so(office):
    answer = office.post(f"{reverse('import-new')}?kind=outfall", {})
    assert answer.status_code == 422
    assert not Incoming.objects.exists()


def test_a_file_that_is_too_large_is_not_kept(office, monkeypatch):
    monkeypatch.setattr(pages, "MOST_BYTES", 1_000)
    assert upload(office, content=b"x" * 2_000).status_code == 413
    assert not Incoming.objects.exists()


def test_a_large_file_is_read_and_matched_by_the_worker(make, office, monkeypatch):
    monkeypatch.setattr(pages, "READ_AT_ONCE", 100)
    monkeypatch.setattr(pages, "ROWS_AT_ONCE", 0)
    address = upload(office, GOOD).url
    assert 'id="working"' in text(office.get(address))
    part = office.get(address, headers={"HX-Request": "true", "HX-Target": "working"})
    assert text(part).startswith('<section class="card sh-form" id="working"')
    work(make)
    done = office.get(address, headers={"HX-Request": "true", "HX-Target": "working"})
    assert (done.status_code, done["HX-Redirect"]) == (204, address)
    match(office)
    assert 'id="working"' in text(office.get(address))
    work(make)
    done = office.get(address, headers={"HX-Request": "true", "HX-Target": "working"})
    assert done["HX-Redirect"] == reverse("import-preview", args=[latest().uuid])
    assert latest().report["counts"]["created"] == 1


def test_why_a_worker_could_not_read_a_file_stands_on_its_page(make, office, monkeypatch):
    monkeypatch.setattr(pages, "READ_AT_ONCE", 1)
    address = upload(office, content=b"PK\x03\x04 nothing").url
    work(make)
    assert latest().state == "refused"
    assert "?kind=outfall" in text(office.get(address))


# -- columns -------------------------------------------------------------------------------------------------


def test_columns_are_guessed_shown_with_what_they_hold_and_mended_by_hand(office):
    page = text(office.get(upload(office, GOOD).url))
    assert '<option value="名称" selected>名称 （一号口）</option>' in page
    answer = match(office, name="行政区划", division="行政区划")
    assert answer.status_code == 422
    assert "is-invalid" in answer.content.decode()
    assert latest().state == "read"


def test_coordinates_that_the_file_does_not_tell_are_asked_for_with_the_likely_answer(make, office, own_room):
    grid = box(108.02, 30.4, 108.024, 30.404)
    columns = {"名称": ["一"], "行政区划": ["341721102201"]}
    content = shapefile(own_room, [grid], columns, parts=(".shp", ".dbf", ".shx")).read_bytes()
    address = upload(office, kind="forest-unit", name="网格.zip", content=content).url
    page = text(office.get(address))
    assert 'value="EPSG:4524"' in page
    refused = office.post(reverse("import-read", args=[latest().uuid]), {"crs": "moon"})
    assert refused.status_code == 422
    assert 'value="moon"' in refused.content.decode()
    office.post(reverse("import-read", args=[latest().uuid]), {"crs": "4524"})
    match(office)
    assert latest().report["counts"]["created"] == 1


def test_a_division_that_the_file_lacks_is_said_once_for_all_rows(office):
    upload(office, content=sheet([["名称"], ["一号口"]]))
    incoming = latest()
    said = {"field-name": "名称", "same-division": "341721102201"}
    office.post(reverse("import-match", args=[incoming.uuid]), said)
    assert latest().report["counts"]["created"] == 1
    page = text(office.get(reverse("import", args=[incoming.uuid])))
    assert 'name="same-division" value="341721102201"' in page


# -- preview and taking in -----------------------------------------------------------------------------------


def test_faults_come_first_with_row_field_and_what_stands_there(office):
    upload(office, GOOD, BAD)
    page = text(match(office))
    faults = page.index('id="faults"')
    assert page.index("341721999999", faults) < page.index('id="rows"')
    assert 'value="good"' in page
    assert 'value="all"' not in page
    assert not Facility.objects.exists()


def test_the_map_draws_every_row_in_the_colour_of_what_becomes_of_it(office):
    upload(office, GOOD, BAD)
    page = text(match(office))
    source = reverse("import-map", args=[latest().uuid])
    assert f'data-source="{source}"' in page
    drawn = office.get(source).json()["features"]
    told = {each["properties"]["name"]: each["properties"]["state"] for each in drawn}
    assert told == {"一号口": "create", "二号口": "faulty"}
    assert drawn[0]["geometry"]["type"] == "Point"


def test_faults_are_a_workbook_for_whoever_mends_the_file(office):
    upload(office, GOOD, BAD)
    match(office)
    answer = office.get(reverse("import-faults", args=[latest().uuid]))
    page = load_workbook(BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    assert [cell.value for cell in page[2]][0::2] == [3, "341721999999"]


def test_good_rows_go_in_when_asked_and_the_report_links_to_them(make, office, own_room):
    grids = [box(117.02 + n / 100, 30.4, 117.024 + n / 100, 30.404) for n in range(2)]
    columns = {"名称": ["一号网格", "二号网格"], "行政区划": ["341721102201", "341721999999"]}
    content = shapefile(own_room, grids, columns).read_bytes()
    upload(office, kind="forest-unit", name="网格.zip", content=content)
    match(office)
    take = reverse("import-take", args=[latest().uuid])
    office.post(take, {"rows": "all"})
    assert latest().state == "matched"
    answer = office.post(take, {"rows": "good"}, follow=True)
    assert 'id="working"' in text(answer)
    work(make)
    page = text(office.get(reverse("import", args=[latest().uuid])))
    area = Area.objects.get()
    assert (area.name, latest().state) == ("一号网格", "taken")
    assert reverse("area", args=[area.code]) in page


def test_a_file_that_changes_nothing_says_so(make, office):
    for _time in range(2):
        upload(office, GOOD)
        page = text(match(office))
        office.post(reverse("import-take", args=[latest().uuid]), {"rows": "all"})
        work(make)
    assert "import-take" not in page.replace("sh-import-take", "")
    assert Facility.objects.count() == 1
    assert latest().state == "matched"


def test_a_file_is_withdrawn(office):
    upload(office, GOOD)
    office.post(reverse("import-withdraw", args=[latest().uuid]))
    assert latest().state == "withdrawn"
    assert "?kind=outfall" in text(office.get(reverse("import", args=[latest().uuid])))


# -- areas as files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["gpkg", "geojson", "kml"])
def test_the_list_of_areas_is_a_file_with_the_same_filters(make, office, form):
    make.reach("龙泉河段")
    make.forest_unit("一号网格")
    answer = office.get(f"/office/areas/export.{form}?kind=reach")
    assert answer.status_code == 200
    assert "龙泉河段".encode() in answer.content
    assert "一号网格".encode() not in answer.content
    assert make.client(make.stranger).get(f"/office/areas/export.{form}").status_code == 404
