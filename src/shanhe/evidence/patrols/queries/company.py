"""Who went together 同行: declared by the sender, or found, because two people walked near each other.

Found is a pair of outings of different people in one area at one time whose tracks ran within some metres of
each other for most of the time they have in common, each with a recorder's errors of its own. Two tracks with
the same errors are no company but one phone: the verdict's flag ``shared`` says so, and they are left out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db.models import Exists, OuterRef, Q

from shanhe.evidence.patrols.earlier import course_kept
from shanhe.evidence.patrols.models import Patrol, Verdict
from shanhe.evidence.patrols.models import Track as KeptTrack
from shanhe.ground.people.models import Person
from shanhe.kernel.tracks.together import together
from shanhe.kernel.tracks.types import Track

__all__ = ["Companion", "company_of"]

MOST = 12  # outings beside one that are compared


@dataclass(frozen=True, slots=True)
class Companion:
    """Somebody who went along. ``patrol_id`` is their own outing at the same time, None when they sent none.

    ``share`` 0..1 of the common time within 60 metres; None when it was not compared.
    """

    person: Person
    is_declared: bool
    patrol_id: int | None
    share: float | None
    counts: bool  # their own outing counts for a duty

    @property
    def is_confirmed(self) -> bool:
        """Whether their own track shows that they were there."""
        return self.share is not None


def company_of(patrol: Patrol) -> list[Companion]:
    """Who walked with a patrol, the declared first. Five queries at most, whatever their number.

    What is named follows from the patrol's own scope: whoever sees the patrol learns who was beside it, as
    anybody at the water would have seen; links to the others' outings are a matter of the reader's scope.
    """
    declared = {person.pk: person for person in patrol.company.all()}
    verdicts = dict(patrol.verdicts.filter(is_current=True).values_list("area_id", "flag_codes"))
    beside = _beside(patrol, list(verdicts))
    is_copy = any(",shared," in codes for codes in verdicts.values())
    shares = {} if is_copy else _shares(patrol, beside)
    found: dict[int, Companion] = {}
    for other in beside:
        share = shares.get(other.pk)
        is_declared = other.person_id in declared or patrol.person_id in other.declared
        if share is None and other.person_id not in declared:
            continue
        one = Companion(other.person, is_declared, other.pk, share, other.does_count)
        known = found.get(other.person_id)
        if known is None or (known.share or 0) < (share or 0):
            found[other.person_id] = one
    for pk, person in declared.items():
        found.setdefault(pk, Companion(person, True, None, None, False))
    return sorted(found.values(), key=lambda each: (not each.is_declared, each.person.name, each.person.pk))


@dataclass(frozen=True, slots=True)
class _Beside:
    """An outing of somebody else at the same time in one of the same areas."""

    pk: int
    person_id: int
    person: Person
    declared: frozenset[int]
    does_count: bool


def _beside(patrol: Patrol, areas: list[int]) -> list[_Beside]:
    """Two queries: the outings, and whom they declared."""
    own = Verdict.objects.filter(patrol=OuterRef("pk"), is_current=True)
    rows = (
        Patrol.objects.filter(
            Exists(own.filter(_near(areas, patrol.started_at, patrol.ended_at))),
            started_at__lt=patrol.ended_at,
            ended_at__gt=patrol.started_at,
        )
        .exclude(person_id=patrol.person_id)
        .annotate(does_count=Exists(own.filter(counts=True)), is_shared=Exists(own.filter(_SHARED)))
        .filter(is_shared=False)
        .select_related("person")
        .prefetch_related("company")
        .order_by("started_at", "pk")[:MOST]
    )
    return [
        _Beside(
            row.pk,
            row.person_id,
            row.person,
            frozenset(person.pk for person in row.company.all()),
            row.does_count,
        )
        for row in rows
    ]


_SHARED = Q(flag_codes__contains=",shared,")


def _near(areas: list[int], since: datetime, until: datetime) -> Q:
    """Verdicts there that began while the patrol lasted or a day before at most: one range of an index."""
    return Q(area_id__in=areas, started_at__lt=until, started_at__gt=since - _LONGEST)


_LONGEST = timedelta(days=1)  # nobody walks longer in one go


def _shares(patrol: Patrol, beside: list[_Beside]) -> dict[int, float]:
    """Of each outing that went along, the share of the common time it was near. One query."""
    tracks = _courses([patrol.pk, *(other.pk for other in beside)]) if beside else {}
    mine = tracks.get(patrol.pk)
    if mine is None:
        return {}
    found = {}
    for other in beside:
        theirs = tracks.get(other.pk)
        share = together(mine, theirs) if theirs is not None else None
        if share is not None:
            found[other.pk] = share
    return found


def _courses(ids: Iterable[int]) -> dict[int, Track]:
    rows = KeptTrack.objects.filter(patrol_id__in=list(ids), points__gt=0)
    return {
        pk: _in_order(course_kept(codec, raw, course))
        for pk, codec, raw, course in rows.values_list("patrol_id", "codec", "raw", "course")
    }


def _in_order(track: Track) -> Track:
    order = np.argsort(track.t_ms, kind="stable")
    return Track(track.t_ms[order], track.lon[order], track.lat[order])
