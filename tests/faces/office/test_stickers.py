"""The page of an area's checkpoints: codes for the office that manages it, a sheet to print, nothing else."""

from __future__ import annotations

import json

import pytest

from make.registry import DADUKOU
from shanhe.ground.registry.models import Facility, Sticker
from shanhe.kernel.stickers import sticker_told

PLACES = {"type": "MultiPoint", "coordinates": [[117.021, 30.4201], [117.025, 30.4201]]}


@pytest.fixture
def reach(make):
    return make.reach("龙泉河杨墩段", length_m=2_000, at=DADUKOU)


@pytest.fixture
def office(make):
    return make.client(make.county_office)


def address(reach):
    return f"/office/areas/{reach.code}/stickers/"


def set_up(office, reach, **fields):
    body = {"do": "add", "points": json.dumps(PLACES), "name": "打卡点", **fields}
    return office.post(address(reach), body)


def test_an_area_without_checkpoints_says_how_to_begin(office, reach):
    page = office.get(address(reach)).content.decode()
    assert "No checkpoints yet" in page or "还没有打卡点" in page


def test_points_set_on_the_map_become_checkpoints_with_codes_to_print(office, reach):
    assert set_up(office, reach).status_code == 302
    page = office.get(address(reach)).content.decode()
    for sticker in Sticker.objects.all():
        assert sticker_told(sticker.code) in page
        assert f"{address(reach)}{sticker.code}.svg" in page
    assert "打卡点 1" in page
    assert "打卡点 2" in page


def test_the_picture_is_a_qr_code_of_the_address_that_the_code_opens(office, reach, monkeypatch):
    from shanhe.faces.office import stickers

    set_up(office, reach)
    held = []
    make = stickers.segno.make
    monkeypatch.setattr(stickers.segno, "make", lambda text, **how: held.append(text) or make(text, **how))
    code = Sticker.objects.first().code
    answer = office.get(f"{address(reach)}{code}.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert answer.content.startswith(b"<?xml")
    assert held == [f"http://testserver/s/{code}"]


def test_a_refused_point_keeps_what_was_set_and_typed(office, reach):
    far = json.dumps({"type": "MultiPoint", "coordinates": [[118.9, 30.42]]})
    answer = set_up(office, reach, points=far, name="老槐树")
    assert answer.status_code == 422
    assert "老槐树" in answer.content.decode()
    assert "118.9" in answer.content.decode()
    assert not Facility.objects.exists()


@pytest.mark.parametrize("points", ["", "{", '{"type": "Point", "coordinates": ["a", 1]}', "\x00"])
def test_points_that_are_none_are_refused(office, reach, points):
    assert 400 <= set_up(office, reach, points=points).status_code < 500


def test_a_sticker_that_was_copied_is_exchanged(office, reach):
    set_up(office, reach)
    old = Sticker.objects.first()
    answer = office.post(address(reach), {"do": "replace", "sticker": old.code})
    assert answer.status_code == 302
    page = office.get(address(reach)).content.decode()
    assert sticker_told(old.code) not in page
    assert office.get(f"{address(reach)}{old.code}.svg").status_code == 404
    assert office.post(address(reach), {"do": "replace", "sticker": old.code}).status_code == 409


def test_a_marker_of_the_area_is_given_a_sticker(make, office, reach):
    marker = make.facility("界桩 7", kind="marker", area=reach)
    assert "界桩 7" in office.get(address(reach)).content.decode()
    office.post(address(reach), {"do": "issue", "facility": str(marker.pk)})
    assert Sticker.objects.get().facility == marker


def test_codes_are_for_the_office_that_manages_the_area(make, office, reach):
    set_up(office, reach)
    code = Sticker.objects.first().code
    keeper = make.keeper(reach)
    for user in (make.stranger, keeper):
        client = make.client(user)
        assert client.get(address(reach)).status_code == 404
        assert client.get(f"{address(reach)}{code}.svg").status_code == 404
        assert set_up(client, reach).status_code == 404
    assert Sticker.objects.count() == 2


def test_the_area_leads_to_its_checkpoints_for_who_manages_it(make, office, reach):
    assert address(reach) in office.get(f"/office/areas/{reach.code}/").content.decode()
    keeper = make.client(make.keeper(reach))
    assert address(reach) not in keeper.get(f"/office/areas/{reach.code}/").content.decode()


def test_the_page_asks_as_much_for_one_checkpoint_as_for_many(office, reach, query_count):
    set_up(office, reach)
    few = query_count(lambda: office.get(address(reach)))
    for _n in range(3):
        set_up(office, reach)
    assert query_count(lambda: office.get(address(reach))) == few
