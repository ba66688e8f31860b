"""Who answers for what on any day, and where nobody does 责任空白: set-wise, one query a question.

An appointment answers for an area when the area is nested in one its remit names, or lies in a division its
remit names or below one; and when the post belongs to the area's system (reach: river, forest unit: forest).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BooleanField, DateField, QuerySet
from django.db.models.expressions import RawSQL

from shanhe.ground.people.scope import Ground, Scope
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import areas_of, valid_on
from shanhe.kernel.codes import level_rank, prefix

__all__ = [
    "CHAIN",
    "Answerable",
    "Gap",
    "chain_of",
    "gap_counts",
    "gaps_on",
    "held_areas",
    "held_by",
    "responsibility_on",
    "without_keeper",
]

#: Kinds of posts that answer for areas; a clerk serves the office, a member unit its own trade.
CHAIN = (
    "general_chief",
    "deputy_general_chief",
    "chief",
    "deputy_chief",
    "police",
    "liaison",
    "patroller",
    "ranger",
)

_KINDS = "p.kind IN (" + ", ".join(f"'{kind}'" for kind in CHAIN) + ")"
_IN_FORCE = "ap.since <= %(day)s AND (ap.until IS NULL OR ap.until > %(day)s)"
_ENDED = "ap.until <= %(day)s"
_POSTS = "JOIN people_appointment ap ON ap.remit_id = rp.remit_id JOIN people_post p ON p.id = ap.post_id"


def _system(area: str) -> str:
    return f"p.system IN ('both', CASE {area}.kind WHEN 'reach' THEN 'river' ELSE 'forest' END)"


def _above(area: str) -> str:
    """The codes that may stand above an area's division, as in ``kernel.codes.ancestors``."""
    parts = [f"substr({area}.division_id, 1, {digits}) || '{'0' * (12 - digits)}'" for digits in (2, 4, 6, 9)]
    return f"({', '.join(parts)}, {area}.division_id)"


def _keeper(area: str) -> str:
    return f"p.is_keeper AND p.level = {area}.level AND {_system(area)}"


def _kept(area: str, when: str, chosen: str = "1") -> tuple[str, str]:
    """Selections of the keepers of an area by its nesting and by its division."""
    nested = (
        f"SELECT {chosen} FROM registry_areawithin w "  # noqa: S608  our own words
        f"JOIN people_remitpart rp ON rp.area_id = w.ancestor_id {_POSTS} "
        f"WHERE w.area_id = {area}.id AND {_keeper(area)} AND {when}"
    )
    located = (
        f"SELECT {chosen} FROM people_remitpart rp {_POSTS} "  # noqa: S608
        f"WHERE rp.division_id IN {_above(area)} AND {_keeper(area)} AND {when}"
    )
    return nested, located


@dataclass(frozen=True, slots=True)
class Answerable:
    """One appointment that answers for one area."""

    area_id: int
    appointment_id: int
    person_id: int
    person_uuid: UUID
    person_name: str
    post_id: int
    post_name: str
    post_name_en: str
    kind: str
    level: str
    system: str
    rank: int
    is_keeper: bool
    organization_name: str
    office_phone: str
    since: date
    until: date | None
    remit_name: str


_FIELDS = tuple(field.name for field in fields(Answerable))
_ANSWERABLE = (
    "pe.id, pe.uuid, pe.name, p.id, p.name, p.name_en, p.kind, p.level, p.system, p.rank, p.is_keeper, "
    "coalesce(o.name, ''), coalesce(o.office_phone, ''), ap.since, ap.until, r.name"
)


def responsibility_on(
    scope: Scope, day: date, areas: Iterable[int] | None = None, *, person_id: int | None = None
) -> list[Answerable]:
    """Who answers for the areas seen (or those of ``areas``, by id) on a day, in one query.

    Ordered by area, then from the top level down and by rank. ``person_id``: that person's appointments only.
    """
    seen = areas_of(scope).filter(valid_on(day))
    if areas is not None:
        seen = seen.filter(pk__in=list(areas))
    asked, asked_params = seen.order_by().values("pk").query.sql_with_params()
    person = "" if person_id is None else "AND ap.person_id = %s"
    in_force = "ap.since <= %s AND (ap.until IS NULL OR ap.until > %s)"
    where = f"{_system('a')} AND {_KINDS} AND {in_force} {person}"
    text = f"""
        WITH asked AS (SELECT id, kind, division_id FROM registry_area WHERE id IN ({asked})),
        held AS (
            SELECT a.id AS area_id, ap.id AS appointment_id
            FROM asked a JOIN registry_areawithin w ON w.area_id = a.id
            JOIN people_remitpart rp ON rp.area_id = w.ancestor_id {_POSTS} WHERE {where}
            UNION
            SELECT a.id, ap.id
            FROM asked a JOIN people_remitpart rp ON rp.division_id IN {_above("a")} {_POSTS} WHERE {where})
        SELECT held.area_id, held.appointment_id, {_ANSWERABLE}
        FROM held JOIN people_appointment ap ON ap.id = held.appointment_id
        JOIN people_post p ON p.id = ap.post_id JOIN people_person pe ON pe.id = ap.person_id
        JOIN people_remit r ON r.id = ap.remit_id
        LEFT JOIN people_organization o ON o.id = coalesce(ap.organization_id, pe.organization_id)"""  # noqa: S608  our own words, values as parameters
    when: list[Any] = [day.isoformat(), day.isoformat(), *([] if person_id is None else [person_id])]
    with connection.cursor() as cursor:
        cursor.execute(text, [*asked_params, *when, *when])
        found = [_answerable(row) for row in cursor.fetchall()]
    return sorted(found, key=lambda one: (one.area_id, *_order(one)))


def _order(one: Answerable) -> tuple[Any, ...]:
    return (level_rank(one.level), one.rank, one.since, one.appointment_id)


def _answerable(row: tuple[Any, ...]) -> Answerable:
    """SQLite knows neither uuids nor truth nor days."""
    values = dict(zip(_FIELDS, row, strict=True))
    values["person_uuid"] = UUID(str(values["person_uuid"]))
    values["is_keeper"] = bool(values["is_keeper"])
    values["since"] = _day(values["since"])
    values["until"] = None if values["until"] is None else _day(values["until"])
    return Answerable(**values)


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def chain_of(area: Area, day: date) -> list[Answerable]:
    """The responsibility chain of an area: from the top chief down to ranger and liaison, by level and rank.

    Unscoped: who may see the area may see who answers for it.
    """
    everything = Scope(seen=Ground(everything=True))
    return responsibility_on(everything, day, [area.pk])


def held_by(person_id: int, day: date, areas: Iterable[int] | None = None) -> list[Answerable]:
    """The areas a person answers for on a day, through which appointments; ``areas`` narrows by id."""
    everything = Scope(seen=Ground(everything=True))
    return responsibility_on(everything, day, areas, person_id=person_id)


_HIGH = (
    "CASE d.level "
    + " ".join(
        f"WHEN '{level}' THEN substr(d.code, 1, {digits}) || '{'9' * (12 - digits)}'"
        for level, digits in (("province", 2), ("prefecture", 4), ("county", 6), ("township", 9))
    )
    + " ELSE d.code END"
)


def held_areas(person_id: int, day: date) -> RawSQL:
    """Ids of the areas a person answers for on a day, for use in ``pk__in``."""
    where = (
        f"ap.person_id = %s AND {_KINDS} AND {_system('a')} AND ap.since <= %s "
        "AND (ap.until IS NULL OR ap.until > %s)"
    )
    start = (
        "FROM people_appointment ap JOIN people_post p ON p.id = ap.post_id "
        "JOIN people_remitpart rp ON rp.remit_id = ap.remit_id"
    )
    nested = (
        f"SELECT w.area_id {start} JOIN registry_areawithin w ON w.ancestor_id = rp.area_id "
        f"JOIN registry_area a ON a.id = w.area_id WHERE {where}"
    )
    located = (
        f"SELECT a.id {start} JOIN divisions_division d ON d.code = rp.division_id "
        f"JOIN registry_area a ON a.division_id >= d.code AND a.division_id <= {_HIGH} WHERE {where}"
    )
    params = [person_id, day.isoformat(), day.isoformat()]
    return RawSQL(f"{nested} UNION {located}", params * 2)  # noqa: S611


@dataclass(frozen=True, slots=True)
class Gap:
    """An area nobody of its own level keeps, since the day the last keeper left; None if it never had one."""

    area_id: int
    code: str
    name: str
    kind: str
    level: str
    division_code: str
    division_name: str
    vacant_since: date | None


def without_keeper(areas: QuerySet[Area], day: date) -> QuerySet[Area]:
    """Those of ``areas`` that no keeper of their own level answers for on a day."""
    nested, located = (_with_day(text, day) for text in _kept("registry_area", _IN_FORCE))
    text = f"NOT EXISTS ({nested[0]}) AND NOT EXISTS ({located[0]})"
    return areas.filter(RawSQL(text, nested[1] + located[1], BooleanField()))  # noqa: S611


def _with_day(text: str, day: date) -> tuple[str, list[str]]:
    return text.replace("%(day)s", "%s"), [day.isoformat()] * text.count("%(day)s")


def gaps_on(scope: Scope, day: date, areas: Iterable[int] | None = None) -> list[Gap]:
    """The areas seen (or those of ``areas``, by id) without a keeper on a day, by code, in one query."""
    seen = areas_of(scope).filter(valid_on(day))
    if areas is not None:
        seen = seen.filter(pk__in=list(areas))
    latest = [_with_day(text, day) for text in _kept("registry_area", _ENDED, "max(ap.until) AS ended")]
    union = " UNION ALL ".join(text for text, _params in latest)
    ended = f"SELECT max(ended) FROM ({union}) latest"  # noqa: S608  our own words
    vacant = RawSQL(ended, latest[0][1] + latest[1][1], DateField())  # noqa: S611
    rows = (
        without_keeper(seen, day)
        .annotate(vacant_since=vacant)
        .order_by("code")
        .values_list("pk", "code", "name", "kind", "level", "division_id", "division__name", "vacant_since")
    )
    return [Gap(*row) for row in rows]


def gap_counts(gaps: Iterable[Gap], level: str) -> dict[str, int]:
    """How many gaps in each division of a level, by code; an area of a higher level counts under its own."""
    return dict(Counter(prefix(gap.division_code, level).ljust(12, "0") for gap in gaps))
