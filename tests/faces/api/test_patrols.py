"""Patrols by the API: the contract of interfaces.md, what is refused, and who sees what."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from shanhe.evidence.patrols import sent as sending
from shanhe.evidence.patrols.models import Patrol
from shanhe.ground.audit.models import Event

URL = "/api/v1/patrols"
IN_ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def reach(make):
    return make.reach(length_m=2_000)


@pytest.fixture
def post(make, reach):
    """Posts a body as ``by`` (the village chief)."""

    def send(body, by=None, **headers):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        return make.client(by or make.village_chief).post(
            URL, raw, content_type="application/json", headers={**IN_ENGLISH, **headers}
        )

    return send


def body_of(make, reach, walked_m=(0, 1_900), **changes):
    return {**json.loads(make.sent(reach, walked_m).raw), **changes}


def get(make, address, by=None):
    return make.client(by or make.county_office).get(address, headers=IN_ENGLISH)


# -- sending ------------------------------------------------------------------------------------------------


def test_a_patrol_is_answered_with_its_verdict_and_numbers(make, reach, post):
    response = post(body_of(make, reach))
    assert response.status_code == 201
    answer = response.json()
    assert answer["verdict"] == "valid"
    assert answer["id"] == Patrol.objects.get().pk
    assert 0.9 < answer["coverage"] <= 1
    assert answer["length_m"] == pytest.approx(2_000, abs=1)
    assert answer["distance_m"] > 1_500
    assert answer["flags"] == answer["reasons"] == []
    assert [area["code"] for area in answer["areas"]] == [reach.code]
    assert answer["areas"][0]["verdict"] == "valid"
    assert answer["areas"][0]["coverage"] == answer["coverage"]


def test_what_is_missing_is_said_in_words_and_codes(make, reach, post):
    answer = post(body_of(make, reach, walked_m=(0, 900))).json()
    assert answer["verdict"] == "partial"
    (reason,) = answer["reasons"]
    assert reason["code"] == "coverage.low"
    assert "% of the area was walked; at least 60 % are asked for." in reason["text"]
    assert reason["figures"]["least_share"] == 0.6


def test_a_sign_comes_with_its_evidence(make, reach, post):
    body = body_of(make, reach)
    body["track"]["mock"] = [True] * len(body["track"]["t"])
    answer = post(body).json()
    assert answer["verdict"] == "doubtful"
    assert answer["flags"] == ["mock"]
    assert "mock-location" in answer["evidence"][0]["text"]
    assert answer["evidence"][0]["figures"]["share"] == 1


def test_sent_again_it_is_200_and_the_same_body(make, reach, post):
    body = body_of(make, reach)
    first = post(body)
    events = Event.objects.count()
    again = post(body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert Event.objects.count() == events


def test_the_same_uuid_with_other_content_is_409(make, reach, post):
    body = body_of(make, reach)
    post(body)
    refused = post({**body, "note": "another"})
    assert refused.status_code == 409
    assert refused.json()["error"]["code"] == "patrol.uuid_taken"
    assert "uuid" in refused.json()["error"]["fields"]
    assert Patrol.objects.count() == 1


def test_sending_time_and_signature_make_no_difference(make, reach, post):
    body = body_of(make, reach)
    first = post({**body, "device": {"id": "p", "sent_at": "2026-03-02T01:00:00Z"}, "signature": "a"})
    again = post({**body, "device": {"id": "p", "sent_at": "2026-03-02T05:00:00Z"}, "signature": "b"})
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])


def test_several_areas_have_a_verdict_each_and_the_first_one_stands_above(make, reach, post):
    second = make.reach(length_m=2_000, at=(117.3, 30.3))
    answer = post(body_of(make, reach, area=[second.code, reach.code])).json()
    assert [(area["code"], area["verdict"]) for area in answer["areas"]] == [
        (second.code, "invalid"),
        (reach.code, "valid"),
    ]
    assert answer["verdict"] == "invalid"


def test_without_an_area_the_walked_ones_are_found(make, reach, post):
    body = body_of(make, reach)
    del body["area"]
    assert [area["code"] for area in post(body).json()["areas"]] == [reach.code]


def test_unfit_fields_are_named_in_the_users_language(make, reach, post):
    body = body_of(make, reach, uuid="x")
    body["track"]["lat"][3] = 95
    refused = post(body)
    assert refused.status_code == 422
    error = refused.json()["error"]
    assert set(error["fields"]) == {"uuid", "track.lat"}
    assert "Entry 4 is 95" in error["fields"]["track.lat"]


@pytest.mark.parametrize("raw", [b"", b"nothing", b"[1]", b'{"uuid": NaN}'])
def test_what_is_no_patrol_is_422(post, raw):
    assert post(raw).status_code == 422
    assert not Patrol.objects.exists()


def test_an_area_one_does_not_hold_is_refused_by_name(make, reach, post):
    refused = post(body_of(make, reach), by=make.stranger)
    assert refused.status_code == 403
    assert reach.code in refused.json()["error"]["fields"]["area"]


def test_a_body_that_says_it_is_too_long_is_413_before_it_is_read(make, reach, post, monkeypatch):
    raw = json.dumps(body_of(make, reach)).encode()
    monkeypatch.setattr("shanhe.faces.api.patrols.MOST_BYTES", 1_000)
    refused = post(raw)
    assert refused.status_code == 413
    assert refused.json()["error"]["code"] == "patrol.too_large"


def test_a_body_beyond_the_servers_limit_is_413_too(make, reach, post, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    assert post(body_of(make, reach)).status_code == 413


def test_the_limits_of_server_and_service_agree(settings):
    assert settings.DATA_UPLOAD_MAX_MEMORY_SIZE == sending.MOST_BYTES


def test_nobody_signed_in_is_401(client, make, reach):
    raw = json.dumps(body_of(make, reach))
    assert client.post(URL, raw, content_type="application/json").status_code == 401
    assert client.get(URL).status_code == 401
    assert client.get(f"{URL}/1").status_code == 401


def test_a_bearer_token_will_do(client, make, reach):
    make.village_chief  # noqa: B018 (appears when asked for)
    signed_in = client.post(
        "/api/v1/auth/token",
        json.dumps({"username": "village-chief", "password": make.password}),
        content_type="application/json",
    )
    token = signed_in.json()["token"]
    raw = json.dumps(body_of(make, reach))
    head = {"Authorization": f"Bearer {token}"}
    assert client.post(URL, raw, content_type="application/json", headers=head).status_code == 201


# -- files --------------------------------------------------------------------------------------------------


def gpx(make, reach) -> bytes:
    from datetime import UTC, datetime

    track = make.track(reach)
    points = "".join(
        f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><time>'
        f"{datetime.fromtimestamp(t / 1000, UTC).isoformat()}</time></trkpt>"
        for t, lon, lat in zip(track.t_ms, track.lon, track.lat, strict=True)
    )
    head = '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>'
    return f"{head}{points}</trkseg></trk></gpx>".encode()


def upload(make, reach, content, **fields):
    data = {"uuid": str(uuid.uuid4()), "area": reach.code, **fields}
    data["file"] = SimpleUploadedFile("walk.gpx", content)
    return make.client(make.village_chief).post(f"{URL}/file", data, headers=IN_ENGLISH)


def test_a_gpx_file_is_taken_as_a_patrol(make, reach):
    key, content = str(uuid.uuid4()), gpx(make, reach)
    first = upload(make, reach, content, uuid=key)
    assert (first.status_code, first.json()["verdict"]) == (201, "valid")
    again = upload(make, reach, content, uuid=key)
    assert (again.status_code, again.json()) == (200, first.json())


def test_a_file_that_is_no_track_is_refused(make, reach):
    assert upload(make, reach, b"<gpx>").status_code == 422
    assert not Patrol.objects.exists()


# -- reading ------------------------------------------------------------------------------------------------


def test_one_patrol_with_its_log(make, reach, post):
    log = [{"item": "water", "ok": False, "note": "foam", "files": [str(uuid.uuid4())]}]
    made = post(body_of(make, reach, log=log, mode="walk")).json()
    shown = get(make, f"{URL}/{made['id']}").json()
    assert shown["log"] == log
    assert shown["mode"] == "walk"
    assert {name: shown[name] for name in made} == made


@pytest.mark.parametrize("number", ["999999", "9" * 30])
def test_what_is_not_there_is_404(make, number):
    response = get(make, f"{URL}/{number}")
    assert response.status_code == 404
    assert "error" in response.json()


def test_outside_ones_scope_is_the_same_404(make, reach):
    patrol = make.patrol(reach, by=make.village_chief)
    hidden = get(make, f"{URL}/{patrol.pk}", by=make.stranger)
    absent = get(make, f"{URL}/999999", by=make.stranger)
    assert hidden.status_code == absent.status_code == 404
    assert hidden.json() == absent.json()
    assert get(make, URL, by=make.stranger).json() == {"items": [], "next": None}


def test_the_list_is_paged_newest_first(make, reach):
    patrols = [make.patrol(reach, starts=make.now - timedelta(days=day)) for day in (1, 2, 3)]
    first = get(make, f"{URL}?limit=2").json()
    assert [item["id"] for item in first["items"]] == [patrols[0].pk, patrols[1].pk]
    second = get(make, first["next"]).json()
    assert [item["id"] for item in second["items"]] == [patrols[2].pk]
    assert second["next"] is None


@pytest.fixture
def several(make, reach):
    """Patrols a filter can tell apart, by name."""
    town = make.reach("大渡口上段", division="341721100200")
    return {
        "valid": make.patrol(reach, starts=make.now - timedelta(days=1)),
        "partial": make.patrol(reach, walked_m=(0, 900), starts=make.now - timedelta(days=5)),
        "town": make.patrol(town, starts=make.now - timedelta(days=9)),
        "mock": make.patrol(reach, track=mocked(make.track(reach, starts=make.now - timedelta(days=3)))),
    }


def mocked(track):
    from dataclasses import replace

    import numpy as np

    return replace(track, mock=np.ones(len(track), np.bool_))


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", {"valid", "partial", "town", "mock"}),
        ("verdict=partial", {"partial"}),
        ("verdict=partial,doubtful", {"partial", "mock"}),
        ("flag=mock", {"mock"}),
        ("flag=mock,teleport", {"mock"}),
        ("counts=1", {"valid", "town"}),
        ("division=341721100", {"town"}),
        ("division=341721102000", {"valid", "partial", "mock"}),
        ("division=341721000000", {"valid", "partial", "town", "mock"}),
        ("division=341722000000", set()),
        ("area=大渡口上", {"town"}),
        ("since=2026-02-25&until=2026-02-27", {"partial", "mock"}),
        ("until=2026-02-22&verdict=valid", {"town"}),
        ("since=2026-02-25&verdict=valid&division=341721102201", {"valid"}),
    ],
)
def test_filters_narrow_the_list(make, several, query, names):
    found = {item["id"] for item in get(make, f"{URL}?{query}").json()["items"]}
    assert found == {several[name].pk for name in names}


def test_the_holder_is_found_by_name_or_uuid(make, several):
    holder = several["town"].person
    for value in (holder.name, str(holder.uuid)):
        found = [item["id"] for item in get(make, f"{URL}?holder={value}").json()["items"]]
        assert found == [several["town"].pk]


def test_filters_stay_in_the_next_address(make, several):
    page = get(make, f"{URL}?division=341721102000&limit=2").json()
    rest = get(make, page["next"]).json()
    assert len(page["items"] + rest["items"]) == 3


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("verdict=good", "verdict"),
        ("flag=moon", "flag"),
        ("since=1.3.2026", "since"),
        ("division=Dongzhi", "division"),
        ("counts=yes", "counts"),
        ("limit=0", "limit"),
        ("after=x", "after"),
        ("divison=34", "divison"),
    ],
)
def test_filters_that_cannot_be_used_are_named(make, query, field):
    refused = get(make, f"{URL}?{query}")
    assert refused.status_code == 422
    assert set(refused.json()["error"]["fields"]) == {field}


def test_a_list_of_many_costs_what_a_list_of_one_costs(make, reach):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client, counts = make.client(make.county_office), []
    client.get(URL)  # signing in has its own queries
    for days in (range(1, 2), range(2, 7)):
        for day in days:
            make.patrol(reach, starts=make.now - timedelta(days=day))
        with CaptureQueriesContext(connection) as captured:
            assert client.get(URL).status_code == 200
        counts.append(len(captured))
    assert counts[0] == counts[1]
    assert counts[1] <= 8


def test_the_contract_is_described_for_machines(make):
    described = get(make, "/api/v1/openapi.json").json()
    paths = described["paths"][URL]
    assert "requestBody" in paths["post"]
    names = {parameter["name"] for parameter in paths["get"]["parameters"]}
    assert {"division", "holder", "area", "since", "until", "verdict", "flag", "after", "limit"} <= names
