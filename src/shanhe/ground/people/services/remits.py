"""What appointments are for: divisions, zones 划片分区 and linked villages, single areas."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from django.db import IntegrityError, transaction

from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division
from shanhe.ground.people.models import Remit, RemitPart
from shanhe.ground.people.scope import Actor
from shanhe.ground.people.services.permission import check_manages
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "AreaLike",
    "areas_key",
    "division_key",
    "remit_of_areas",
    "remit_of_division",
    "remit_zone",
    "zone_key",
]


class AreaLike(Protocol):
    """What people need to know of an area; the registry, a floor above, owns the rest."""

    pk: int
    code: str
    name: str

    @property
    def division(self) -> Division: ...
    @property
    def division_id(self) -> str: ...


def division_key(code: str) -> str:
    """``Remit.key`` of a division with all below it."""
    return f"d:{code}"


def areas_key(codes: Iterable[str]) -> str:
    """``Remit.key`` of areas, in whatever order they are named."""
    key = "a:" + "+".join(sorted(codes))
    return key if len(key) <= 120 else "a:" + hashlib.sha256(key.encode()).hexdigest()


def zone_key(code: str, name: str) -> str:
    """``Remit.key`` of the zone of that name in a division."""
    return f"z:{code}:{name.strip()}"[:120]


@ledger.atomic
def remit_of_division(*, division: Division, by: Actor, at: datetime, is_simulated: bool = False) -> Remit:
    """The remit over a division and all below it. Refusal ``people.not_managed``."""
    check_manages(by, division.code)
    return _remit(
        Remit(
            kind=Remit.Kind.SUBTREE,
            key=division_key(division.code),
            name=division.name,
            division=division,
            is_simulated=is_simulated,
        ),
        [division],
        [],
        by,
        at,
    )


@ledger.atomic
def remit_of_areas(
    *, areas: Sequence[AreaLike], by: Actor, at: datetime, is_simulated: bool = False
) -> Remit:
    """The remit over one or more areas with all nested in them.

    Refusals: ``remit.empty``, ``people.not_managed``.
    """
    if not areas:
        raise Refusal("remit.empty", _("Name at least one area."), {"areas": _("Name at least one area.")})
    for area in areas:
        if area.pk not in by.scope.managed.area_ids:
            check_manages(by, area.division_id, "areas")
    ordered = sorted(areas, key=lambda area: area.code)
    name = "、".join(area.name for area in ordered)
    return _remit(
        Remit(
            kind=Remit.Kind.AREAS,
            key=areas_key(area.code for area in ordered),
            name=name if len(name) <= 120 else f"{name[:110]}… ({len(ordered)})",
            division=ordered[0].division,
            is_simulated=is_simulated,
        ),
        [],
        ordered,
        by,
        at,
    )


@ledger.atomic
def remit_zone(
    *,
    name: str,
    division: Division,
    by: Actor,
    at: datetime,
    divisions: Sequence[Division] = (),
    areas: Sequence[AreaLike] = (),
    is_simulated: bool = False,
) -> Remit:
    """A zone of a division: several divisions (linked villages 镇干联系村) or areas under one name.

    The same name with the same parts is found again. Refusals: ``remit.empty``, ``people.not_managed``,
    ``remit.other_parts`` (409) when the name stands for something else: a zone that changes gets a new name,
    for appointments of the past stand on the old one.
    """
    if not (divisions or areas) or not name.strip():
        raise Refusal(
            "remit.empty",
            _("A zone has a name and at least one part."),
            {"name": _("A zone has a name and at least one part.")},
        )
    for part in divisions:
        check_manages(by, part.code, "divisions")
    for area in areas:
        check_manages(by, area.division_id, "areas")
    zone = Remit(
        kind=Remit.Kind.ZONE,
        key=zone_key(division.code, name),
        name=name.strip(),
        division=division,
        is_simulated=is_simulated,
    )
    return _remit(zone, divisions, areas, by, at)


def _remit(
    remit: Remit, divisions: Sequence[Division], areas: Sequence[AreaLike], by: Actor, at: datetime
) -> Remit:
    there = Remit.objects.filter(key=remit.key).first()
    if there is None:
        try:
            with transaction.atomic():
                remit.save(force_insert=True)
                RemitPart.objects.bulk_create(
                    [RemitPart(remit=remit, division=division) for division in divisions]
                    + [RemitPart(remit=remit, area_id=area.pk) for area in areas]
                )
        except IntegrityError:  # somebody made it meanwhile
            there = Remit.objects.get(key=remit.key)
        else:
            ledger.record("remit.make", remit, by=by, at=at, key=remit.key)
            return remit
    _check_same(there, divisions, areas)
    return there


def _check_same(remit: Remit, divisions: Sequence[Division], areas: Sequence[AreaLike]) -> None:
    parts = RemitPart.objects.filter(remit=remit)
    codes = set(parts.filter(area=None).values_list("division_id", flat=True))
    area_ids = set(parts.filter(division=None).values_list("area_id", flat=True))
    if codes != {division.code for division in divisions} or area_ids != {area.pk for area in areas}:
        raise Refusal(
            "remit.other_parts",
            _("%(name)s stands for other areas already; choose another name."),
            {"name": _("This name stands for other areas already.")},
            status=409,
            name=remit.name,
        )
