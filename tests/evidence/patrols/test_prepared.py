"""A query whose SQL was made once answers as the queryset it was made from, whatever it is asked next."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.db.models import F

from shanhe.evidence.patrols.models import LogItem, Patrol, TrackPrint, Verdict
from shanhe.evidence.patrols.prepared import MOST_VALUES, Prepared, insert
from shanhe.ground.people.models import Appointment


@pytest.fixture
def patrols(make):
    reach = make.reach(length_m=2_000)
    days = [make.now - timedelta(days=n) for n in (3, 2, 1)]
    return [make.patrol(reach, starts=day) for day in days]


def test_each_call_has_its_own_values(patrols, django_assert_num_queries):
    def build(ids, since):
        return Patrol.objects.filter(pk__in=ids, started_at__gte=since).order_by("-pk")

    prepared = Prepared(build)
    first, second, third = patrols
    for ids, since in (
        ([first.pk, second.pk], first.started_at),
        ([second.pk, third.pk], third.started_at),
        ([third.pk], first.started_at),
        ([third.pk, first.pk], third.started_at + timedelta(days=9)),
    ):
        with django_assert_num_queries(1):
            found = prepared(ids=ids, since=since)
        assert found == list(build(ids, since))


def test_rows_come_with_all_their_types_and_what_was_joined(patrols, django_assert_num_queries):
    prepared = Prepared(lambda pk: Verdict.objects.filter(patrol_id=pk).select_related("patrol", "area"))
    for patrol in patrols:
        with django_assert_num_queries(1):
            (row,) = prepared(pk=patrol.pk)
            seen = (row.patrol.uuid, row.patrol.started_at, row.area.code, row.details, row.is_current)
        plain = patrol.verdict
        assert seen == (patrol.uuid, patrol.started_at, plain.area.code, plain.details, True)


def test_tuples_single_values_and_sums_come_as_querysets_give_them(patrols):
    ids = [patrol.pk for patrol in patrols]
    pairs = Prepared(lambda ids: Patrol.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "uuid"))
    assert pairs(ids=ids) == [(patrol.pk, patrol.uuid) for patrol in patrols]
    flat = Prepared(
        lambda more, ids: (
            Patrol.objects.filter(pk__in=ids)
            .annotate(n=F("pk") + more)
            .order_by("pk")
            .values_list("n", flat=True)
        )
    )
    assert flat(more=10, ids=ids) == [pk + 10 for pk in ids]


def test_none_and_an_empty_list_are_shapes_of_their_own(patrols, django_assert_num_queries):
    prepared = Prepared(lambda first: Patrol.objects.filter(joined_to_id=first).order_by("pk"))
    assert prepared(first=None) == patrols
    assert prepared(first=patrols[0].pk) == []
    by_ids = Prepared(lambda ids: Patrol.objects.filter(pk__in=ids))
    with django_assert_num_queries(0):
        assert by_ids(ids=[]) == []


def test_a_uuid_and_a_day_find_their_rows(make, patrols):
    by_uuid = Prepared(lambda key: Patrol.objects.filter(uuid=key))
    assert by_uuid(key=patrols[1].uuid) == [patrols[1]]
    assert by_uuid(key=uuid.uuid4()) == []
    begun = Prepared(lambda day: Appointment.objects.filter(since__lte=day).order_by("pk"))
    assert begun(day=make.today) == list(Appointment.objects.filter(since__lte=make.today).order_by("pk"))


def test_a_list_too_long_to_come_again_is_asked_as_ever(patrols):
    prepared = Prepared(lambda ids: Patrol.objects.filter(pk__in=ids).order_by("pk"))
    assert prepared(ids=[*range(10**6, 10**6 + MOST_VALUES), patrols[0].pk]) == [patrols[0]]


def test_a_value_that_the_query_has_no_place_for_is_a_mistake(patrols):
    with pytest.raises(TypeError, match="lost"):
        Prepared(lambda pk, lost: Patrol.objects.filter(pk=pk))(pk=1, lost=2)


def test_rows_go_in_as_the_models_own_insert_writes_them(make, patrols):
    copy = Patrol.objects.get(pk=patrols[0].pk)
    copy.pk, copy.uuid = None, uuid.uuid4()
    insert([copy])
    assert copy.pk == Patrol.objects.latest("pk").pk
    insert([LogItem(patrol=copy, position=n, item=f"i{n}", ok=True, files=[str(n)]) for n in range(3)])
    insert([TrackPrint(patrol=copy, value=2**62)])
    kept = Patrol.objects.get(pk=copy.pk)
    for field in Patrol._meta.concrete_fields:
        assert getattr(kept, field.attname) == getattr(copy, field.attname), field.name
    assert list(kept.log.values_list("position", "item", "files")) == [
        (n, f"i{n}", [str(n)]) for n in range(3)
    ]
    assert list(kept.prints.values_list("value", flat=True)) == [2**62]
    with pytest.raises(IntegrityError):
        insert([LogItem(patrol=copy, position=1, item="again", ok=True)])
