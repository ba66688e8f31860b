"""Waters: who sees which, how reaches fill them, and how an office cuts one into reaches."""

from __future__ import annotations

import pytest
import shapely

from shanhe.ground.registry.models import Area
from shanhe.ground.registry.waterways import line_of

LINE = shapely.LineString([(117.0 + n / 1_000, 30.4) for n in range(105)])  # 9,984 m


@pytest.fixture
def river(make):
    return make.water("黄湓河", geometry=LINE)


@pytest.fixture
def office(make):
    return make.client(make.county_office)


def row(n, name, division, from_m, to_m, bank="both"):
    return {
        f"name-{n}": name,
        f"division-{n}": division,
        f"from_m-{n}": from_m,
        f"to_m-{n}": to_m,
        f"bank-{n}": bank,
    }


def test_the_list_names_the_waters_seen_with_the_number_of_their_reaches(make, river, office):
    make.reach(water=river)
    page = office.get("/office/waters/").content.decode()
    assert "黄湓河" in page
    assert "黄湓河" not in make.client(make.stranger).get("/office/waters/").content.decode()


def test_a_stranger_gets_404_for_page_map_and_cutting(make, river):
    make.reach(water=river)
    stranger = make.client(make.stranger)
    for address in ("", "shape.json", "cut/"):
        assert stranger.get(f"/office/waters/{river.code}/{address}").status_code == 404


def test_the_page_names_gaps_and_overlaps_by_chainage(make, river, office):
    make.reach("上段", water=river, from_m=0, to_m=4_000)
    make.reach("下段", water=river, from_m=3_500, to_m=6_000)
    page = office.get(f"/office/waters/{river.code}/").content.decode()
    assert "K6+000" in page
    assert "K3+500" in page
    assert "K4+000" in page


def test_the_map_draws_the_line_the_reaches_a_gap_and_a_mark_each_kilometre(make, river, office):
    make.reach("上段", water=river, from_m=0, to_m=4_000)
    features = office.get(f"/office/waters/{river.code}/shape.json").json()["features"]
    layers = [each["properties"]["layer"] for each in features]
    assert (layers.count("water"), layers.count("area"), layers.count("facility")) == (1, 2, 10)
    assert [
        each["properties"].get("state") for each in features if each["properties"]["layer"] == "area"
    ] == [
        None,
        "vacant",
    ]


def test_a_proposal_writes_nothing(make, river, office):
    page = office.get(
        f"/office/waters/{river.code}/cut/", {"level": "village", "way": "equal", "parts": 3, "bank": "both"}
    ).content.decode()
    assert page.count('name="name-') == 3
    assert f'value="{line_of(river).length_m / 3:.0f}"' in page  # the end of the first third
    assert not Area.objects.exists()


def test_who_has_more_hours_is_offered_more(make, river, office):
    page = office.get(
        f"/office/waters/{river.code}/cut/", {"level": "village", "way": "hours", "hours": "1、3"}
    ).content.decode()
    assert f'value="{line_of(river).length_m / 4:.0f}"' in page


def test_boundaries_of_villages_are_not_known_and_that_is_said(make, river, office):
    page = office.get(
        f"/office/waters/{river.code}/cut/", {"level": "village", "way": "divisions"}
    ).content.decode()
    assert 'name="name-0"' not in page
    assert "invalid-feedback" in page


def test_rows_that_were_mended_are_registered_together(make, river, office):
    sent = {
        "level": "village",
        **row(0, "杨墩段", make.village.code, 0, 4_000),
        **row(1, "", "", 4_000, 5_000),
        **row(2, "下段", make.village.code, 5_000, 9_000, "left"),
    }
    answer = office.post(f"/office/waters/{river.code}/cut/", sent)
    assert answer.status_code == 302
    made = Area.objects.order_by("reach__from_m")
    assert [(area.name, area.reach.to_m, area.reach.bank) for area in made] == [
        ("杨墩段", 4_000, "both"),
        ("下段", 9_000, "left"),
    ]


def test_a_row_that_cannot_be_keeps_all_back_and_what_was_typed_stays(make, river, office):
    sent = {
        "level": "village",
        **row(0, "杨墩段", make.village.code, 0, 4_000),
        **row(1, "下段", "", "far", 90_000),
    }
    answer = office.post(f"/office/waters/{river.code}/cut/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert (page.count("invalid-feedback") >= 2, 'value="far"' in page) == (True, True)
    assert not Area.objects.exists()


def test_an_office_cuts_for_its_own_divisions_only(make, river, office):
    elsewhere = make.division("341722102201")
    sent = {"level": "village", **row(0, "杨墩段", elsewhere.code, 0, 4_000)}
    assert office.post(f"/office/waters/{river.code}/cut/", sent).status_code == 422
    assert not Area.objects.exists()


def test_a_village_chief_is_not_offered_to_cut(make, river):
    make.reach(water=river)
    assert make.client(make.village_chief).get(f"/office/waters/{river.code}/cut/").status_code == 404


def test_the_ends_of_a_reach_are_moved_and_its_line_with_them(make, river, office):
    reach = make.reach("上段", water=river, from_m=0, to_m=4_000)
    answer = office.post(f"/office/areas/{reach.code}/ends/", {"from_m": 0, "to_m": 3_500})
    assert answer.status_code == 302
    reach.reach.refresh_from_db()
    assert reach.reach.to_m == 3_500


def test_ends_beyond_the_water_are_refused_in_the_form(make, river, office):
    reach = make.reach("上段", water=river, from_m=0, to_m=4_000)
    answer = office.post(f"/office/areas/{reach.code}/ends/", {"from_m": 0, "to_m": 35_000})
    assert answer.status_code == 422
    assert "invalid-feedback" in answer.content.decode()


@pytest.mark.parametrize("address", ["/office/waters/", "/office/waters/{code}/"])
def test_questions_do_not_grow_with_the_rows(make, river, office, address, django_assert_max_num_queries):
    for n in range(8):
        make.reach(water=river, from_m=n * 1_000, to_m=n * 1_000 + 900)
        make.water()
    with django_assert_max_num_queries(24):
        office.get(address.format(code=river.code))
