"""A county from nothing, through the browser: place, divisions, rules, rivers, people with three faults, a
year of tracks. What is generated here is what offices have: a csv in GBK, GeoJSON, a workbook with a title
row and merged cells, an archive of GPX files.
"""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
import shapely
from openpyxl import Workbook
from playwright.sync_api import Page, expect

from browser.site import program, serving
from make.patrols import walk_along
from make.registry import line_at
from shanhe.kernel.tracks.formats.gpx_writing import gpx_of

pytestmark = pytest.mark.browser

WORK_MS = 60_000
FIRST, OWN = "a-first-secret-of-mine", "mountains-and-rivers"
COUNTY, TOWN, VILLAGE = "341722000000", "341722100000", "341722100200"
LINE = line_at((117.48, 30.21), 2_400, points=30)


@pytest.fixture(scope="module")
def empty_site(tmp_path_factory):
    """A server that ``shanhe init`` has prepared, and nobody has used yet."""
    folder = tmp_path_factory.mktemp("empty")
    program(folder, "init", "--no-ask")
    program(folder, "manage", "shell", "-c", OPEN)
    with serving(folder) as address:
        yield address


#: What ``shanhe init`` printed nobody reads here: the administrator gets a password that is known.
OPEN = (
    "from shanhe.ground.people.models import User; u = User.objects.get(); "
    f"u.set_password('{FIRST}'); u.save()"
)


@pytest.fixture
def files(tmp_path):
    """The office's own files."""
    codes = [f"代码,名称\n{TOWN},仁里镇\n{VILLAGE},同心村委会\n341722100201,贡溪村委会\n"]
    (tmp_path / "区划.csv").write_bytes("".join(codes).encode("gb18030"))
    (tmp_path / "河段.geojson").write_text(json.dumps(_reaches()), "utf-8")
    _people(tmp_path / "人员.xlsx", mended=False)
    _people(tmp_path / "人员改.xlsx", mended=True)
    _tracks(tmp_path / "轨迹.zip")
    return tmp_path


def _reaches():
    properties = {"名称": "秋浦河同心段", "行政区划": VILLAGE, "河流": "秋浦河", "级别": "村级"}
    reach = {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(LINE)}
    return {"type": "FeatureCollection", "features": [reach]}


def _people(path, *, mended: bool):
    book = Workbook()
    sheet = book.active
    sheet.append(["石台县仁里镇河长名录"])
    sheet.merge_cells("A1:G1")
    sheet.append(["序号", "乡镇", "村", "姓名", "河长级别", "责任河段", "任职时间"])
    reach, day, level = (
        ("秋浦河同心段", "2024年3月", "村级河长") if mended else ("秋浦河同兴段", "前年", "村级合长")
    )
    sheet.append([1, "仁里镇", "同心村", "王 伟", "村级河长", reach, date(2024, 3, 5)])
    sheet.append([2, None, "同心村", "李秀英", "村级巡河员", "", day])
    sheet.append([3, None, "贡溪村", "张卫东", level, "", date(2024, 3, 5)])
    sheet.append([4, None, "贡溪村", "陈静", "村级副河长", "", date(2024, 3, 5)])
    sheet.merge_cells("B3:B6")
    book.save(path)


def _tracks(path):
    with zipfile.ZipFile(path, "w") as archive:
        for week in range(4):
            starts = datetime(2025, 6, 2, 1, tzinfo=UTC) + timedelta(weeks=week)
            track = walk_along(LINE, (0, 2_300), starts=starts, seed=week)
            archive.writestr(f"王伟/{starts:%Y%m%d}.gpx", gpx_of(track))


def step(page: Page, key: str):
    """A step of the set-up."""
    return page.locator(f"#step-{key}")


def look_at(page: Page, kind: str, file) -> None:
    """Bring a file as far as its preview."""
    page.goto(f"/office/import/new/?kind={kind}")
    page.locator("[name=file]").set_input_files(file)
    page.locator("form[enctype] button[type=submit]").click()
    page.locator("form[action$='/match/'] button[type=submit]").click()
    expect(page.locator("form[action$='/take/']")).to_be_visible(timeout=WORK_MS)


def bring(page: Page, kind: str, file) -> None:
    """Bring a file to its end: every row is good."""
    look_at(page, kind, file)
    page.locator("form[action$='/take/'] button[value=all]").click()
    expect(page.locator("a[href$='faults.xlsx']")).to_have_count(0)
    expect(page.locator("form[action$='/take/']")).to_have_count(0, timeout=WORK_MS)
    expect(page.locator("#rows")).to_be_visible(timeout=WORK_MS)


def test_a_county_stands(browser, empty_site, files):
    context = browser.new_context(
        base_url=empty_site, locale="zh-CN", viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()
    page.goto("/accounts/login/?next=/office/start/")
    page.locator("[name=username]").fill("admin")
    page.locator("[name=password]").fill(FIRST)
    page.locator("[name=password]").press("Enter")
    page.locator("[name=old]").fill(FIRST)
    page.locator("[name=new]").fill(OWN)
    page.locator("[name=again]").fill(OWN)
    page.locator("[name=again]").press("Enter")
    expect(page.locator("[name=old]")).to_have_count(0)

    page.goto("/office/start/")
    expect(step(page, "region")).to_have_attribute("data-state", "next")
    step(page, "region").locator("a").first.click()
    page.locator("main [name=q]").fill("石台")
    page.locator("main [name=q]").press("Enter")
    page.locator(f"button[value='{COUNTY}']").click()
    expect(step(page, "divisions")).to_have_attribute("data-state", "next")

    bring(page, "divisions", files / "区划.csv")
    page.goto("/office/start/rules/")
    page.locator("summary", has_text="泗县").click()
    page.locator("button[value=sixian-dinghu]").click()
    page.goto("/office/start/")
    expect(step(page, "areas")).to_have_attribute("data-state", "next")

    page.goto("/office/start/")
    _water(files)
    bring(page, "water", files / "河流.csv")
    bring(page, "reach", files / "河段.geojson")

    look_at(page, "people", files / "人员.xlsx")
    expect(page.locator("#faults tbody tr")).to_have_count(3)
    expect(page.locator("#faults")).to_contain_text("秋浦河同心段")
    bring(page, "people", files / "人员改.xlsx")

    page.goto("/office/start/")
    for key in ("region", "divisions", "posts", "rules", "areas", "people"):
        expect(step(page, key)).to_have_attribute("data-state", "done")

    bring(page, "patrols", files / "轨迹.zip")
    page.goto("/office/patrols/?verdict=valid")
    expect(page.locator("#results tbody tr")).to_have_count(4)
    context.close()


def _water(files):
    text = f"名称,行政区划,类型,级别\n秋浦河,{COUNTY},河流,县级\n"
    (files / "河流.csv").write_bytes(text.encode("gb18030"))
