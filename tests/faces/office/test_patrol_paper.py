"""A paper log is entered by the office: marked as such, the sheet beside it, not counted by itself."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from shanhe.evidence.patrols.models import Patrol


@pytest.fixture
def reach(make):
    reach = make.reach("龙泉河杨墩段", length_m=2_000)
    make.keeper(reach)
    return reach


def sheet():
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(drawn, "PNG")
    return SimpleUploadedFile("登记表.png", drawn.getvalue(), "image/png")


def enter(make, reach, user=None, **fields):
    person = make.keeper_of(reach).person
    body = {
        "uuid": str(uuid.uuid4()),
        "person": str(person.uuid),
        "started_at": f"{make.now - timedelta(days=6):%Y-%m-%dT08:00}",
        "ended_at": f"{make.now - timedelta(days=6):%Y-%m-%dT09:10}",
        "words": "水面清洁",
        "sheets": sheet(),
        **fields,
    }
    client = make.client(user or make.county_office)
    return client.post(f"/office/patrols/paper/new/?area={reach.code}", body)


def test_a_paper_log_is_kept_marked_late_and_does_not_count(make, reach):
    assert enter(make, reach).status_code == 302
    patrol = Patrol.objects.get()
    assert (patrol.source, patrol.is_late, patrol.verdict.counts) == ("paper", True, False)
    page = make.client(make.county_office, HTTP_ACCEPT_LANGUAGE="en").get(f"/office/patrols/{patrol.pk}/")
    text = page.content.decode()
    assert "Entered from a paper log" in text
    assert "from paper" in text
    assert "登记表.png" in text
    rows = make.client(make.county_office, HTTP_ACCEPT_LANGUAGE="en").get("/office/patrols/")
    assert "from paper" in rows.content.decode()


def test_it_counts_where_the_policy_lets_records_without_a_track_count(make, reach):
    make.policy("patrol.untracked_counts", True)
    enter(make, reach)
    assert Patrol.objects.get().verdict.counts


def test_pressed_twice_it_is_one(make, reach):
    number = str(uuid.uuid4())
    for _press in range(2):
        assert enter(make, reach, uuid=number).status_code == 302
    assert Patrol.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"sheets": ""},
        {"words": " "},
        {"ended_at": "2020-01-01T08:00"},
        {"started_at": "gestern"},
        {"person": str(uuid.uuid4())},
        {"sheets": SimpleUploadedFile("a.png", b"no picture at all")},
    ],
)
def test_what_is_missing_is_said_and_nothing_is_kept(make, reach, wrong):
    answer = enter(make, reach, **wrong)
    assert 400 <= answer.status_code < 500
    assert not Patrol.objects.exists()


def test_only_the_office_of_the_place_enters_paper(make, reach):
    for user in (make.stranger, make.keeper_of(reach)):
        assert enter(make, reach, user=user).status_code == 404
        page = make.client(user).get(f"/office/patrols/paper/new/?area={reach.code}")
        assert page.status_code == 404
    assert not Patrol.objects.exists()


def test_the_area_leads_there(make, reach):
    page = make.client(make.county_office).get(f"/office/areas/{reach.code}/").content.decode()
    assert f"/office/patrols/paper/new/?area={reach.code}" in page
