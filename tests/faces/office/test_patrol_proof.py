"""A patrol's page hands out the proof of its verdict, and says when its track was deleted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils.timezone import localtime

from shanhe.evidence.patrols.services.retention import tracks_delete_due
from shanhe.ground.audit.models import DayRoot, Event
from shanhe.ground.audit.queries import published
from shanhe.ground.audit.services import day_root_publish
from shanhe.ground.people.scope import system_actor
from shanhe.kernel.chain.proof import proof_check, proof_read

pytestmark = pytest.mark.django_db


@pytest.fixture
def patrol(make):
    return make.patrol(make.reach())


def proof_link(patrol) -> str:
    event = Event.objects.get(action="patrol.submit", object_id=str(patrol.pk))
    return reverse("ledger-proof", args=[event.seq])


def publish(make):
    day_root_publish(day=make.today, by=None, at=make.now + timedelta(days=1))
    return published(DayRoot.objects.get()).root


def test_one_click_from_the_page_the_proof_leads_to_the_published_root(make, patrol):
    root = publish(make)
    client = make.client(patrol.sent_by)
    page = client.get(reverse("patrol", args=[patrol.pk])).content.decode()
    assert f'href="{proof_link(patrol)}"' in page
    proof_check(proof_read(client.get(proof_link(patrol)).json()), root)


def test_before_the_root_is_published_the_page_says_when_to_come_back(make, patrol):
    page = make.client(patrol.sent_by).get(reverse("patrol", args=[patrol.pk])).content.decode()
    assert f'href="{proof_link(patrol)}" download' not in page


def test_the_api_hands_it_out_to_who_sees_the_patrol_and_to_nobody_else(make, patrol):
    address = f"/api/v1/patrols/{patrol.pk}/proof"
    early = make.client(patrol.sent_by).get(address)
    assert (early.status_code, early.json()["error"]["code"]) == (409, "proof.not_yet")
    root = publish(make)
    proof_check(proof_read(make.client(patrol.sent_by).get(address).json()), root)
    assert make.client(make.stranger).get(address).status_code == 404
    assert make.client().get(address).status_code == 401


def test_a_deleted_track_is_told_with_its_day_and_its_digest(make, patrol):
    digest = patrol.track.sent_sha256
    at = make.now + timedelta(days=1_100)
    list(tracks_delete_due(by=system_actor("cli"), at=at))
    client = make.client(patrol.sent_by)
    answer = client.get(reverse("patrol", args=[patrol.pk]))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert str(localtime(at).year) in page
    assert digest in page
    assert reverse("patrol-drawing", args=[patrol.pk]) not in page
    for name in ("patrol-drawing", "patrol-series", "patrol-track"):
        assert client.get(reverse(name, args=[patrol.pk])).status_code == 404
