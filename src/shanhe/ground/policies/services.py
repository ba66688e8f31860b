"""Writes about policies: set one, load a pack, load the holidays. A value in force is never overwritten."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q

from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division, Level
from shanhe.ground.policies.keys import faults
from shanhe.ground.policies.models import Holiday, Policy
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "PACKS",
    "PackLoaded",
    "holidays_load",
    "pack_load",
    "pack_names",
    "policy_end",
    "policy_set",
]

PACKS = Path(__file__).parent / "packs"
KINDS = ("", "reach", "forest-unit")


@dataclass(frozen=True, slots=True)
class PackLoaded:
    """What loading a pack did. ``kept`` stand there with another value: the office's own."""

    created: int
    unchanged: int
    kept: int


@ledger.atomic
def policy_set(
    *,
    key: str,
    value: Any,
    since: date,
    source: str,
    by: ledger.Actor | None,
    at: datetime,
    division: Division | None = None,
    kind: str = "",
    level: str = "",
    until: date | None = None,
    pack: str = "",
) -> Policy:
    """Let ``value`` hold from ``since`` on, until the day before ``until`` if there is one.

    Rows are only added: of those that hold on a day the one that began last wins, so an earlier one holds
    again when this one ends. Refusals: ``policy.value`` with the faulty fields, ``policy.begins`` (409) when
    another one begins on the same day: a verdict may stand on it, so it is not overwritten.
    """
    _check(key, value, kind, level, since, until, source)
    row = Policy(
        key=key,
        division=division,
        kind=kind,
        level=level,
        since=since,
        until=until,
        value=value,
        source=source,
        pack=pack,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as twin:
        raise _begins_already(since) from twin
    ledger.record("policy.set", row, by=by, at=at, **_told(row))
    return row


@ledger.atomic
def policy_end(*, policy: Policy, on: date, by: ledger.Actor | None, at: datetime) -> Policy:
    """Let a policy hold no longer from ``on``; what is above or before it holds again.

    Refusals: ``policy.over`` (409) when it has ended by then, ``policy.until`` when ``on`` is not after its
    beginning.
    """
    if on <= policy.since:
        reason = Text(_("It has to be after %(since)s."), {"since": policy.since.isoformat()})
        raise Refusal("policy.until", _("A policy holds for a day at least."), {"until": reason})
    open_ended = Policy.objects.filter(Q(until=None) | Q(until__gt=on), pk=policy.pk)
    if not open_ended.update(until=on):
        raise Refusal("policy.over", _("This policy has ended already."), status=409)
    policy.until = on
    ledger.record("policy.end", policy, by=by, at=at, until=on)
    return policy


def pack_names() -> list[str]:
    """The packs that come with the program."""
    return sorted(path.stem for path in PACKS.glob("*.toml"))


@ledger.atomic
def pack_load(
    *, name: str, by: ledger.Actor | None, at: datetime, division: Division | None = None
) -> PackLoaded:
    """Load a shipped pack; a second time changes nothing, and what an office has set itself is kept.

    ``division`` puts the pack's local rules on another division than the document's own, for an office that
    takes them over. One ledger event a call that created something. Refusals: ``pack.unknown``,
    ``pack.no_division``, and ``policy.value`` for a pack with a faulty value.
    """
    head, entries = _read_pack(name)
    place = division or _place(name, head)
    rows = [_entry(name, head, entry, place) for entry in entries]
    standing = {
        (row.key, row.division_id, row.kind, row.level, row.since): row
        for row in Policy.objects.filter(key__in={row.key for row in rows})
    }
    new, unchanged, kept = [], 0, 0
    for row in rows:
        there = standing.get((row.key, row.division_id, row.kind, row.level, row.since))
        if there is None:
            new.append(row)
        elif there.value == row.value:
            unchanged += 1
        else:
            kept += 1
    Policy.objects.bulk_create(new)
    if new:
        told = {"pack": name, "created": len(new), "division": place.code if place else None}
        ledger.record("policy.pack", ("policies.policy", name), by=by, at=at, **told)
    return PackLoaded(len(new), unchanged, kept)


def _read_pack(name: str) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    if name not in pack_names():
        known = ", ".join(pack_names())
        raise Refusal(
            "pack.unknown", _("There is no pack %(name)s; there are: %(known)s."), name=name, known=known
        )
    content = tomllib.loads((PACKS / f"{name}.toml").read_text(encoding="utf-8"))
    return content["pack"], content["policy"]


def _place(name: str, head: Mapping[str, Any]) -> Division | None:
    code = head.get("division")
    if code is None:
        return None
    found = Division.objects.filter(code=code).first()
    if found is None:
        raise Refusal(
            "pack.no_division",
            _("The pack %(name)s is for the division %(place)s, which is not there; name another."),
            name=name,
            place=code,
        )
    return found


def _entry(pack: str, head: Mapping[str, Any], entry: Mapping[str, Any], place: Division | None) -> Policy:
    """One row of a pack; head values stand in for what an entry leaves out."""
    merged = {"kind": "", "level": "", "until": None, **head, **entry}
    _check(
        merged["key"],
        merged["value"],
        merged["kind"],
        merged["level"],
        merged["since"],
        merged["until"],
        merged["source"],
    )
    return Policy(
        key=merged["key"],
        division=place,
        kind=merged["kind"],
        level=merged["level"],
        since=merged["since"],
        until=merged["until"],
        value=merged["value"],
        source=merged["source"],
        pack=pack,
    )


def _check(key: str, value: Any, kind: str, level: str, since: date, until: date | None, source: str) -> None:
    found = {_field(name): reason for name, reason in faults(key, value).items()}
    if kind not in KINDS:
        found["kind"] = Text(_("Must be one of: %(words)s."), {"words": ", ".join(KINDS[1:])})
    if level and level not in Level.values:
        found["level"] = Text(_("Must be one of: %(words)s."), {"words": ", ".join(Level.values)})
    if until is not None and until <= since:
        found["until"] = Text(_("It has to be after %(since)s."), {"since": since.isoformat()})
    if not source.strip():
        found["source"] = Text(_("Say which document fixes it."))
    if found:
        raise Refusal("policy.value", _("This policy cannot be kept."), found)


def _field(name: str) -> str:
    return name if name == "key" else f"value.{name}".rstrip(".")


def _begins_already(since: date) -> Refusal:
    return Refusal(
        "policy.begins",
        _("Another value begins on %(since)s already; let this one begin on another day."),
        {"since": _("Another value begins on this day.")},
        status=409,
        since=since.isoformat(),
    )


def _told(row: Policy) -> dict[str, Any]:
    return {
        "key": row.key,
        "division": row.division_id,
        "kind": row.kind,
        "level": row.level,
        "since": row.since,
        "until": row.until,
        "value": row.value,
    }


@ledger.atomic
def holidays_load(*, by: ledger.Actor | None, at: datetime) -> int:
    """Load the days whose kind differs from their weekday, by the State Council's orders; gives how many.

    The package ``chinesecalendar`` knows the orders since 2004; a later release of it brings the next year.
    Days that are there stay, an office's own days (with a division) are left alone.
    """
    rows = _ordered_days()
    known = set(
        Holiday.objects.filter(division=None, day__in=[row.day for row in rows]).values_list("day", flat=True)
    )
    new = [row for row in rows if row.day not in known]
    Holiday.objects.bulk_create(new)
    if new:
        years = sorted({row.day.year for row in new})
        told = {"created": len(new), "first_year": years[0], "last_year": years[-1]}
        ledger.record("policy.holidays", ("policies.holiday", "*"), by=by, at=at, **told)
    return len(new)


def _ordered_days() -> list[Holiday]:
    from importlib.metadata import version

    from chinese_calendar import Holiday as Names
    from chinese_calendar import holidays, workdays

    source = f"国务院办公厅节假日安排通知 (chinesecalendar {version('chinesecalendar')}, MIT)"
    chinese = {name.value: name.chinese for name in Names}
    off = {day: name for day, name in holidays.items() if day.weekday() < 5}
    worked = {day: name for day, name in workdays.items() if day.weekday() >= 5}
    return [
        Holiday(day=day, is_working=is_working, name=chinese.get(name, name), source=source)
        for is_working, days in ((False, off), (True, worked))
        for day, name in sorted(days.items())
    ]
