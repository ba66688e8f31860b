"""Stickers are given to an area's facilities, and exchanged; checkpoints are set up to bear them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime

import shapely
from django.db.models import Exists, OuterRef

from shanhe.ground.audit import ledger
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.models import Area, Facility, Shape, Sticker
from shanhe.ground.registry.services.rights import check_manages
from shanhe.ground.registry.services.things import facility_register
from shanhe.ground.registry.stickers import facilities_to_stick
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.stickers import ALPHABET, LENGTH, sticker_code

__all__ = ["MOST_POINTS", "checkpoints_add", "sticker_replace", "stickers_issue"]

MOST_POINTS = 60  # of one press
BESIDE_DEG = 0.02  # some two kilometres: further from the area's box a point was set by mistake
LONGEST_NAME = 100


@ledger.atomic
def checkpoints_add(
    *, area: Area, places: Sequence[tuple[float, float]], name: str, by: Actor, at: datetime
) -> list[Sticker]:
    """Set up checkpoints of an area at some ``places`` (lon, lat degrees), named ``name`` and a number, each
    with a sticker.

    Refusals: ``registry.not_yours`` (403); ``checkpoints.none``, ``checkpoints.many``, ``checkpoints.far``
    and ``checkpoints.unnamed`` (422).
    """
    check_manages(by, area)
    prefix = name.strip()
    _check_new(area, places, prefix)
    taken = _numbers_taken(area, prefix)
    free = (number for number in range(1, len(taken) + len(places) + 1) if number not in taken)
    made = [
        facility_register(
            kind=Facility.Kind.CHECKPOINT,
            name=f"{prefix} {next(free)}",
            division=area.division,
            area=area,
            geometry=shapely.Point(place),
            is_simulated=area.is_simulated,
            by=by,
            at=at,
        )
        for place in places
    ]
    return _issued(made, by, at)


@ledger.atomic
def stickers_issue(*, area: Area, by: Actor, at: datetime, facilities: Sequence[int] = ()) -> list[Sticker]:
    """Give a sticker to the area's facilities that bear none: to ``facilities`` (ids) of them, to every
    checkpoint when none are named. Refusal ``registry.not_yours`` (403).
    """
    check_manages(by, area)
    present = Sticker.objects.filter(facility=OuterRef("pk"), revoked_at__isnull=True)
    bare = facilities_to_stick(area).filter(~Exists(present))
    chosen = bare.filter(pk__in=facilities) if facilities else bare.filter(kind=Facility.Kind.CHECKPOINT)
    return _issued(list(chosen), by, at)


@ledger.atomic
def sticker_replace(*, area: Area, code: str, by: Actor, at: datetime) -> Sticker:
    """Take a sticker back, because it was lost or its picture goes round, and give the facility a new one.

    Refusals: ``registry.not_yours`` (403), ``sticker.gone`` (409) when it is none of the area or was taken
    back before.
    """
    check_manages(by, area)
    stuck = facilities_to_stick(area).values("pk")
    row = Sticker.objects.select_related("facility").filter(code=code, facility_id__in=stuck).first()
    found = Sticker.objects.filter(pk=row.pk, revoked_at__isnull=True) if row is not None else None
    if row is None or found is None or not found.update(revoked_at=at):
        raise Refusal("sticker.gone", _("This sticker is not in use any more."), status=409)
    ledger.record("sticker.revoke", row.facility, by=by, at=at, sticker=row.pk)
    return _issued([row.facility], by, at)[0]


def _issued(facilities: Sequence[Facility], by: Actor, at: datetime) -> list[Sticker]:
    """New stickers; their codes do not stand on the ledger, which more people read than may know them."""
    rows = [Sticker(code=_drawn(), facility=facility, issued_at=at) for facility in facilities]
    rows = Sticker.objects.bulk_create(rows)
    for row in rows:
        ledger.record("sticker.issue", row.facility, by=by, at=at, sticker=row.pk)
    return rows


def _drawn() -> str:
    """By chance out of 887 million; a code that is there already ends on the unique index."""
    return sticker_code([secrets.randbelow(len(ALPHABET)) for _place in range(LENGTH - 1)])


def _check_new(area: Area, places: Sequence[tuple[float, float]], prefix: str) -> None:
    if not places:
        message = _("Set at least one point on the map.")
        raise Refusal("checkpoints.none", message, {"points": message})
    if len(places) > MOST_POINTS:
        many = Text(_("At most %(most)s points at a time."), {"most": MOST_POINTS})
        raise Refusal("checkpoints.many", many, {"points": many})
    if not prefix or len(prefix) > LONGEST_NAME:
        message = _("Give the checkpoints a name of at most 100 characters.")
        raise Refusal("checkpoints.unnamed", message, {"name": message})
    shape = Shape.objects.filter(area=area, until__isnull=True).first()
    if shape is not None and not all(_is_beside(shape, *place) for place in places):
        message = _("A point lies more than two kilometres from the area.")
        raise Refusal("checkpoints.far", message, {"points": message})


def _is_beside(shape: Shape, lon: float, lat: float) -> bool:
    return (
        shape.min_lon - BESIDE_DEG <= lon <= shape.max_lon + BESIDE_DEG
        and shape.min_lat - BESIDE_DEG <= lat <= shape.max_lat + BESIDE_DEG
    )


def _numbers_taken(area: Area, prefix: str) -> set[int]:
    rows = Facility.objects.filter(
        division=area.division, kind=Facility.Kind.CHECKPOINT, name__startswith=f"{prefix} "
    )
    tails = (name[len(prefix) + 1 :] for name in rows.values_list("name", flat=True))
    return {int(tail) for tail in tails if tail.isascii() and tail.isdigit()}
