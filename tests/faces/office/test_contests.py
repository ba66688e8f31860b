"""Contests in the office: filed by the holder, decided by the superior, unseen by the stranger."""

from __future__ import annotations

import uuid
from datetime import timedelta
from io import BytesIO

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import load_workbook
from PIL import Image

from shanhe.evidence.patrols.models import Contest, Reverification, Verdict
from shanhe.evidence.patrols.services import Stated, contest_file
from shanhe.evidence.patrols.services.reverifying import applied, computed

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def reach(make):
    return make.reach("大渡口段", length_m=2_000)


@pytest.fixture
def holder(make, reach):
    return make.keeper(reach)


@pytest.fixture
def half(make, reach, holder):
    return make.patrol(reach, (0, 900), by=holder)


@pytest.fixture
def doubtful(make, reach, holder):
    from dataclasses import replace

    track = make.track(reach, starts=make.now - timedelta(days=2))
    return make.patrol(reach, track=replace(track, mock=np.ones(len(track), bool)), by=holder)


@pytest.fixture
def contest(make, reach, holder, half):
    return contest_file(
        uuid=uuid.uuid4(),
        patrol=half,
        area_code=reach.code,
        stated=Stated("手机在半路没电了"),
        stretches=[(1_000, 1_900)],
        by=make.actor(holder),
        at=make.now,
    )[0]


def text(answer):
    return answer.content.decode()


def photo():
    out = BytesIO()
    Image.new("RGB", (8, 8), "green").save(out, "PNG")
    return SimpleUploadedFile("现场.png", out.getvalue(), "image/png")


def test_a_holder_contests_a_stretch_with_a_photo_and_the_superior_decides(make, reach, holder, half):
    chief, office = make.client(holder, headers=ENGLISH), make.client(make.county_office, headers=ENGLISH)
    page = chief.get(f"/office/patrols/{half.pk}/")
    assert f"/office/patrols/{half.pk}/contest/" in text(page)
    form = chief.get(f"/office/patrols/{half.pk}/contest/")
    [skipped] = form.context["skipped"]
    answer = chief.post(
        f"/office/patrols/{half.pk}/contest/",
        {
            "uuid": str(uuid.uuid4()),
            "about": "stretch",
            "stretches": [skipped["key"]],
            "words": "手机没电了",
            "photos": [photo()],
        },
    )
    contest = Contest.objects.get()
    assert answer.url == f"/office/contests/{contest.uuid}/"
    assert contest.events.get().files
    assert "Contests to decide" in text(office.get("/office/"))
    shown = office.get(answer.url)
    assert "the verdict becomes: Valid" in text(shown)
    office.post(answer.url, {"action": "decide", "result": "stretch", "words": "走访住户，属实"})
    verdict = Verdict.objects.get(patrol=half, is_current=True)
    assert (verdict.outcome, verdict.counts) == ("valid", True)
    history = text(chief.get(f"/office/patrols/{half.pk}/"))
    assert "走访住户，属实" in history
    assert "by rule, when it came in" in history


def test_a_refused_contest_keeps_what_was_typed(make, holder, half):
    answer = make.client(holder, headers=ENGLISH).post(
        f"/office/patrols/{half.pk}/contest/",
        {"uuid": str(uuid.uuid4()), "about": "stretch", "words": "写了很久"},
    )
    assert answer.status_code == 422
    assert "Choose at least one stretch." in text(answer)
    assert "写了很久" in text(answer)
    assert not Contest.objects.exists()


def test_who_is_no_party_finds_no_form_and_a_stranger_nothing(make, half, contest):
    office, stranger = make.client(make.county_office), make.client(make.stranger)
    assert office.get(f"/office/patrols/{half.pk}/contest/").status_code == 404
    assert stranger.get(f"/office/contests/{contest.uuid}/").status_code == 404
    assert stranger.post(f"/office/contests/{contest.uuid}/", {"action": "take_up"}).status_code == 404
    assert "大渡口段" not in text(stranger.get("/office/contests/"))


def test_the_holder_sees_no_form_to_decide_and_may_not(make, holder, contest):
    client = make.client(holder, headers=ENGLISH)
    assert 'value="decide"' not in text(client.get(f"/office/contests/{contest.uuid}/"))
    answer = client.post(
        f"/office/contests/{contest.uuid}/", {"action": "decide", "result": "whole", "words": "我说了算"}
    )
    assert answer.status_code == 403
    contest.refresh_from_db()
    assert contest.state == "filed"


def test_a_superior_settles_a_doubtful_verdict(make, reach, doubtful):
    office = make.client(make.county_office, headers=ENGLISH)
    address = f"/office/patrols/{doubtful.pk}/decide/"
    assert address in text(office.get(f"/office/patrols/{doubtful.pk}/"))
    assert office.get(address).status_code == 200
    refused = office.post(address, {"uuid": str(uuid.uuid4()), "result": "whole", "words": ""})
    assert refused.status_code == 422
    office.post(address, {"uuid": str(uuid.uuid4()), "result": "refuted", "words": "没有去过"})
    assert Verdict.objects.get(patrol=doubtful, is_current=True).outcome == "invalid"


def test_the_list_filters_and_goes_to_a_workbook(make, holder, contest):
    office = make.client(make.county_office, headers=ENGLISH)
    assert "大渡口段" in text(office.get("/office/contests/?show=todo"))
    assert "大渡口段" not in text(office.get("/office/contests/?state=upheld"))
    assert "大渡口段" in text(make.client(holder).get("/office/contests/?show=mine"))
    book = load_workbook(BytesIO(office.get("/office/contests/export.xlsx").getvalue()))
    assert book.worksheets[0].cell(2, 6).value == "大渡口段"


def test_the_list_costs_the_same_with_more_rows(make, reach, holder, contest, query_count):
    office = make.client(make.county_office)
    office.get("/office/contests/")
    one = query_count(lambda: office.get("/office/contests/"))
    for days in (3, 4):
        patrol = make.patrol(reach, (0, 900), by=holder, starts=make.now - timedelta(days=days))
        contest_file(
            uuid=uuid.uuid4(),
            patrol=patrol,
            area_code=reach.code,
            stated=Stated("漏计"),
            by=make.actor(holder),
            at=make.now,
        )
    assert query_count(lambda: office.get("/office/contests/")) <= one


def test_a_patrol_can_be_walked_through_again(make, half):
    found = make.client(make.county_office).get(f"/office/patrols/{half.pk}/walk.json").json()
    times = [fix[0] for fix in found["fixes"]]
    assert times == sorted(times)
    walked, skipped = found["stretches"]
    assert (walked["part"], skipped["part"]) == ("walked", "skipped")
    assert skipped["to_m"] - skipped["from_m"] == pytest.approx(1_050, abs=80)
    assert walked["from_s"] == 0


def test_an_office_judges_a_period_again_looks_and_applies(make, reach, half):
    office = make.client(make.county_office, headers=ENGLISH)
    make.policy("patrol.rules", {"min_coverage": 0.3})
    assert office.get("/office/reverify/").status_code == 200
    answer = office.post(
        "/office/reverify/",
        {
            "uuid": str(uuid.uuid4()),
            "division": "341721000000",
            "since": "2026-03-01",
            "until": "2026-03-02",
            "basis": "day",
        },
    )
    run = Reverification.objects.get()
    assert answer.url == f"/office/reverify/{run.uuid}/"
    assert "Waits for its turn" in text(office.get(answer.url))
    list(computed(run_id=run.pk, now=lambda: make.now))
    page = text(office.get(answer.url))
    assert "1 verdict looked at: 1 differ" in page
    assert "大渡口段" in page
    assert office.get(f"{answer.url}export.xlsx").status_code == 200
    office.post(f"{answer.url}act/", {"action": "apply"})
    list(applied(run_id=run.pk, now=lambda: make.now))
    assert Verdict.objects.get(patrol=half, is_current=True).outcome == "valid"
    assert "What has changed" in text(office.get(answer.url))


def test_who_manages_nothing_judges_nothing_again(make, holder):
    assert make.client(holder).get("/office/reverify/").status_code == 404


def test_the_phone_contests_and_follows(make, reach, holder, half):
    phone = make.client(holder)
    sent = {"uuid": str(uuid.uuid4()), "words": "手机没电", "stretches": [[1_000, 1_900]], "files": []}
    address = f"/api/v1/patrols/{half.pk}/contests"
    first = phone.post(address, sent, content_type="application/json")
    assert (first.status_code, first.json()["state"]) == (201, "filed")
    assert phone.post(address, sent, content_type="application/json").status_code == 200
    assert [each["uuid"] for each in phone.get(address).json()["items"]] == [sent["uuid"]]
    stranger = make.client(make.stranger)
    assert stranger.post(address, sent, content_type="application/json").status_code == 404
    assert stranger.get(address).status_code == 404
