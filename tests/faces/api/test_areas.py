"""``/api/v1/areas`` and ``/api/v1/gaps``: who sees which areas, how they are found, who answers for them."""

from __future__ import annotations

from datetime import date

import pytest

from shanhe.ground.registry.services import area_retire

URL = "/api/v1/areas"
HERE = (117.0, 30.4)


@pytest.fixture
def get(make):
    def asked(user, path: str = "", **params):
        answer = make.client(user).get(f"{URL}{path}", params)
        return answer.status_code, answer.json()

    return asked


def codes(answer) -> list[str]:
    status, body = answer
    assert status == 200, body
    return [item["code"] for item in body["items"]]


def test_an_area_says_what_it_is_and_where(make, get):
    reach = make.reach("龙泉河段", at=HERE, length_m=2_000)
    (item,) = get(make.county_office)[1]["items"]
    assert item["code"] == reach.code
    assert (item["name"], item["kind"], item["level"]) == ("龙泉河段", "reach", "village")
    assert item["geometry"]["type"] == "LineString"
    assert item["length_m"] == pytest.approx(2_000, abs=0.01)
    assert item["division"] == {"code": "341721102201", "name": "杨墩村委会"}


def test_a_forest_unit_has_an_area(make, get):
    make.forest_unit(side_m=500)
    assert get(make.county_office)[1]["items"][0]["area_m2"] == pytest.approx(250_000, rel=0.003)


def test_a_stranger_sees_no_areas_and_no_hint_of_them(make, get):
    reach = make.reach()
    assert codes(get(make.stranger)) == []
    assert get(make.county_office, "/a%00b")[0] == 404
    for path in (f"/{reach.code}", f"/{reach.code}/chain"):
        status, body = get(make.stranger, path)
        assert (status, body["error"]["code"]) == (404, "not_found")
        assert get(make.stranger, path) == get(make.stranger, path.replace(reach.code, "000000000000"))


def test_nobody_is_let_in_without_an_account(make):
    make.reach()
    for path in (URL, f"{URL}/x", f"{URL}/x/chain", "/api/v1/gaps"):
        assert make.client().get(path).status_code == 401


def test_mine_are_the_areas_of_ones_own_appointments(make, get):
    mine = make.reach()
    make.reach(division="341721102202")
    make.forest_unit()  # of the other system
    assert codes(get(make.village_chief, mine="1")) == [mine.code]


def test_mine_of_a_clerk_is_empty_for_the_office_answers_for_no_area(make, get):
    make.reach()
    assert codes(get(make.county_office, mine="1")) == []


def test_near_finds_areas_within_metres_and_says_how_far(make, get):
    near = make.reach(at=(117.001, 30.4), length_m=500)
    make.reach(at=(117.2, 30.4))
    _status, body = get(make.county_office, near="117.0,30.4", within="500")
    assert [item["code"] for item in body["items"]] == [near.code]
    assert body["items"][0]["distance_m"] == pytest.approx(96, abs=1)


def test_a_division_is_a_subtree(make, get):
    here = make.reach()
    make.reach(division="341721100200")
    assert codes(get(make.county_office, division="341721102000")) == [here.code]
    assert codes(get(make.county_office, division="341721102")) == [here.code]
    assert len(codes(get(make.county_office, division="341721000000"))) == 2


@pytest.mark.parametrize("words", ["龙泉", "lqhyd", "longquan", "Long Quan", "R-7"])
def test_an_area_is_found_by_name_initials_pinyin_or_code(make, get, words):
    make.reach("龙泉河杨墩段", code="R-77")
    make.reach("白马河段", code="X-1")
    assert codes(get(make.county_office, q=words)) == ["R-77"]


def test_areas_without_a_keeper_can_be_asked_for(make, get):
    make.village_chief  # noqa: B018  appointed to the village
    make.reach()
    vacant = make.reach(division="341721102202")
    assert codes(get(make.county_office, vacant="1")) == [vacant.code]
    assert len(codes(get(make.county_office, vacant="0"))) == 1


def test_a_retired_area_is_shown_for_its_days_only(make, get):
    reach = make.reach()
    area_retire(area=reach, on=date(2026, 2, 1), by=make.actor(make.county_office), at=make.now)
    assert codes(get(make.county_office)) == []
    (item,) = get(make.county_office, day="2026-01-31")[1]["items"]
    assert item["geometry"] is not None


def test_pages_follow_one_another(make, get):
    made = [make.reach(name=f"第{number}段").code for number in range(5)]
    client = make.client(make.county_office)
    url, seen = f"{URL}?limit=2", []
    while url:
        body = client.get(url).json()
        seen += [item["code"] for item in body["items"]]
        url = body["next"]
    assert seen == sorted(made)


@pytest.mark.parametrize(
    "params",
    [
        {"division": "x"},
        {"near": "117"},
        {"near": "a,b"},
        {"near": "117,30", "within": "0"},
        {"near": "117,30", "within": "nan"},
        {"day": "yesterday"},
        {"kind": "river"},
        {"mine": "yes"},
        {"colour": "green"},
        {"limit": "0"},
    ],
)
def test_what_cannot_be_asked_is_refused_with_its_field(make, get, params):
    status, body = get(make.county_office, **params)
    assert status == 422
    assert set(body["error"]["fields"]) <= set(params)


@pytest.mark.parametrize("count", [1, 40])
def test_a_page_costs_the_same_whatever_its_length(make, count, django_assert_max_num_queries):
    for number in range(count):
        make.reach(name=f"第{number}段")
    client = make.client(make.county_office)
    with django_assert_max_num_queries(10):
        assert len(client.get(URL).json()["items"]) == count


def test_one_area_shows_its_water_nesting_and_chain(make, get):
    water = make.water("龙泉河")
    town = make.reach("镇段", level="township", water=water)
    reach = make.reach("村段", parent=town, from_m=0.0, to_m=900.0)
    make.village_chief  # noqa: B018
    status, body = get(make.county_office, f"/{reach.code}")
    assert status == 200
    assert body["water"]["name"] == "龙泉河"
    assert [one["name"] for one in body["above"]] == ["镇段"]
    assert (body["from_m"], body["to_m"]) == (0, 900)
    assert [one["level"] for one in body["chain"]] == ["village"]


def test_the_chain_gives_the_office_phone_and_no_private_one(make, get):
    reach = make.reach()
    office = make.organization(make.dongzhi, office_phone="0566-7011000")
    person = make.person(organization=office, phone="13900000000")
    make.appointment(person, make.post("chief", "village"), make.village)
    status, body = get(make.county_office, f"/{reach.code}/chain")
    assert (status, body["area"], body["day"]) == (200, reach.code, "2026-03-02")
    assert [(one["person"], one["office_phone"]) for one in body["items"]] == [(person.name, "0566-7011000")]
    assert "13900000000" not in str(body)


def test_the_chain_of_another_day_is_that_days(make, get):
    reach = make.reach()
    make.appointment(since=date(2025, 1, 1), until=date(2025, 7, 1))
    path = f"/{reach.code}/chain"
    assert get(make.county_office, path)[1]["items"] == []
    assert len(get(make.county_office, path, day="2025-06-30")[1]["items"]) == 1
    assert get(make.county_office, path, day="never")[0] == 422


def test_gaps_are_listed_with_the_day_the_last_keeper_left(make):
    reach = make.reach()
    make.appointment(since=date(2025, 1, 1), until=date(2026, 2, 1))
    body = make.client(make.county_office).get("/api/v1/gaps").json()
    assert body["day"] == "2026-03-02"
    assert [(item["code"], item["vacant_since"]) for item in body["items"]] == [(reach.code, "2026-02-01")]
    assert make.client(make.county_office).get("/api/v1/gaps?day=2026-01-31").json()["items"] == []
    assert make.client(make.stranger).get("/api/v1/gaps").json()["items"] == []
