"""An office brings a Shapefile of a stranger: GBK, Gauss-Krüger, a faulty row. Upload, match, look, take."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from shapely.geometry import box

from make.files import shapefile

pytestmark = pytest.mark.browser

HERE = (116.99, 30.5)
WORK_MS = 30_000


@pytest.fixture
def office(visitor):
    """The county's forest chief's office at the page of a new file."""

    def arrive(**options) -> Page:
        page = visitor(**options).new_page()
        page.goto("/accounts/login/?next=/office/import/")
        page.locator("[name=username]").fill("dongzhi")
        page.locator("[name=password]").fill("shanhe-demo")
        page.locator("[name=password]").press("Enter")
        expect(page.locator("h1")).to_be_visible()
        page.locator("a[href$='?kind=forest-unit']").click()
        return page

    return arrive


@pytest.fixture
def grids(tmp_path):
    """Three grid cells, the last of which lies in a division that there is not."""

    def drawn(mark: str):
        shapes = [
            box(HERE[0] + n / 100, HERE[1], HERE[0] + n / 100 + 0.006, HERE[1] + 0.005) for n in range(3)
        ]
        columns = {
            "网格名称": [f"{mark}一号网格", f"{mark}二号网格", f"{mark}三号网格"],
            "行政区划": ["341721102201", "341721102201", "341721999999"],
            "类型": ["网格", "林班", "网格"],
        }
        return shapefile(tmp_path, shapes, columns, crs="EPSG:4524", encoding="GBK")

    return drawn


def choose(page: Page, path) -> None:
    page.locator("[name=file]").set_input_files(path)
    page.locator("form[enctype] button[type=submit]").click()


def test_a_shapefile_becomes_areas(office, grids):
    page = office()
    choose(page, grids("甲"))
    expect(page.locator("#field-name")).to_have_value("网格名称")
    expect(page.locator("main")).to_contain_text("CGCS2000")
    page.locator("#field-unit_kind").select_option("类型")
    page.locator("form[action$='/match/'] button[type=submit]").click()

    faults = page.locator("#faults tbody tr")
    expect(faults).to_have_count(1)
    expect(faults.first).to_contain_text("341721999999")
    drawn = page.locator(".sh-map[data-drawn]")
    expect(drawn).to_be_visible(timeout=WORK_MS)
    page.wait_for_function("shanheMap.rendered('area-fill') >= 3", timeout=WORK_MS)

    page.locator("button[name=rows][value=good]").click()
    area = page.locator("#rows a", has_text="甲一号网格")
    expect(area).to_be_visible(timeout=WORK_MS)
    area.click()
    expect(page.get_by_role("heading", name="甲一号网格", exact=True)).to_be_visible()
    expect(page.locator(".sh-map[data-drawn]")).to_be_visible(timeout=WORK_MS)


def test_without_scripts_it_works_the_same_but_for_the_map(office, grids):
    page = office(java_script_enabled=False, width=390)
    choose(page, grids("乙"))
    page.locator("form[action$='/match/'] button[type=submit]").click()
    expect(page.locator("#faults tbody tr")).to_have_count(1)
    page.locator("button[name=rows][value=good]").click()
    for _look in range(40):
        if page.locator("#rows a").count():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator("#rows a", has_text="乙一号网格")).to_be_visible()
