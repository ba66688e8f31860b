"""Who answers for what on any day, and where nobody does 责任空白: set-wise, one query a question.

An appointment answers for an area when the area is nested in one its remit names, or lies in a division its
remit names or below one; and when the post belongs to the area's system (reach: river, forest unit: forest).
While its holder is on leave, who stands in answers by it beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date
from typing import Any
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL
from django.utils.translation import pgettext

from shanhe.ground.people.models import Person, local_name
from shanhe.ground.people.scope import Ground, Scope
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import areas_of, valid_on
from shanhe.kernel.codes import level_rank, prefix

__all__ = [
    "CHAIN",
    "Answerable",
    "Gap",
    "KeeperTerm",
    "areas_by_remits",
    "chain_of",
    "gap_counts",
    "gaps_on",
    "held_areas",
    "held_by",
    "keeper_terms",
    "kept_areas",
    "kept_by",
    "kept_counts",
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

# CROSS JOIN fixes the order on SQLite, whose planner knows nothing of these tables: from few areas to their
# few remits, never from all appointments. PostgreSQL plans as it likes.
_POSTS = "CROSS JOIN people_appointment ap CROSS JOIN people_post p"
_POSTED = "ap.remit_id = rp.remit_id AND p.id = ap.post_id"
_NESTED = f"registry_areawithin w CROSS JOIN named rp {_POSTS}"
_SYSTEMS = "(SELECT 'reach' AS kind, 'river' AS system UNION ALL SELECT 'forest-unit', 'forest') k"


def _named() -> str:
    """The parts of remits that name an area. Their column is mostly NULL, and where statistics say that it
    always is, SQLite would scan the table for each area: it gets them apart, to index them itself."""
    hint = "" if connection.vendor == "postgresql" else "MATERIALIZED"
    chosen = "SELECT remit_id, area_id FROM people_remitpart WHERE area_id IS NOT NULL"
    return f"named AS {hint} ({chosen})"


def _system(area: str) -> str:
    return f"p.system IN ('both', CASE {area}.kind WHEN 'reach' THEN 'river' ELSE 'forest' END)"


def _above(area: str) -> str:
    """The codes that may stand above an area's division, as in ``kernel.codes.ancestors``."""
    parts = [f"substr({area}.division_id, 1, {digits}) || '{'0' * (12 - digits)}'" for digits in (2, 4, 6, 9)]
    return f"({', '.join(parts)}, {area}.division_id)"


_HIGH = (
    "CASE d.level "
    + " ".join(
        f"WHEN '{level}' THEN substr(d.code, 1, {digits}) || '{'9' * (12 - digits)}'"
        for level, digits in (("province", 2), ("prefecture", 4), ("county", 6), ("township", 9))
    )
    + " ELSE d.code END"
)


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    params: tuple[Any, ...]


def _compiled(rows: QuerySet[Any, Any]) -> _Compiled | None:
    """The SQL of a queryset; None when Django knows that it has no rows, as for a scope of nobody."""
    try:
        text, params = rows.query.sql_with_params()
    except EmptyResultSet:
        return None
    return _Compiled(text, tuple(params))


@dataclass(frozen=True, slots=True)
class Answerable:
    """One appointment that answers for one area: by its holder, or by who stands in during a leave."""

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
    stands_in_for: str = ""  # the name of whom; then person, unit and days are those of who stands in
    away_until: date | None = None  # of a holder on leave: the first day back

    @property
    def shown_name(self) -> str:
        """The name as lists show it: who stands in is marked so 代."""
        if not self.stands_in_for:
            return self.person_name
        return pgettext("stands in for a keeper", "%(name)s (acting)") % {"name": self.person_name}

    @property
    def post_local_name(self) -> str:
        """The post's name in the reader's language."""
        return local_name(self.post_name, self.post_name_en)


_FIELDS = tuple(field.name for field in fields(Answerable) if field.default is MISSING)
_ANSWERABLE = (
    "pe.id, pe.uuid, pe.name, p.id, p.name, p.name_en, p.kind, p.level, p.system, p.rank, p.is_keeper, "
    "coalesce(o.name, ''), coalesce(o.office_phone, ''), ap.since, ap.until, r.name"
)
_SUBSTITUTE = "s.id, s.uuid, s.name, coalesce(so.name, ''), coalesce(so.office_phone, ''), l.since, l.until"
#: Of the appointments of one person: held, or stood in for on a day.
_OF_PERSON = (
    "AND (ap.person_id = %s OR ap.id IN (SELECT appointment_id FROM people_leave "
    "WHERE substitute_id = %s AND since <= %s AND until > %s))"
)


def responsibility_on(
    scope: Scope, day: date, areas: Iterable[int] | None = None, *, person_id: int | None = None
) -> list[Answerable]:
    """Who answers for the areas seen (or those of ``areas``, by id) on a day, in one query.

    Ordered by area, then from the top level down and by rank; who stands in comes after the one on leave.
    ``person_id``: only what that person answers for.
    """
    seen = areas_of(scope).filter(valid_on(day))
    if areas is not None:
        seen = seen.filter(pk__in=list(areas))
    asked = _compiled(seen.order_by().values("pk"))
    if asked is None:
        return []
    person = "" if person_id is None else _OF_PERSON
    in_force = "ap.since <= %s AND (ap.until IS NULL OR ap.until > %s)"
    where = f"{_POSTED} AND {_system('a')} AND {_KINDS} AND {in_force} {person}"
    text = f"""
        WITH {_named()}, asked AS (
            SELECT id, kind, division_id FROM registry_area WHERE id IN ({asked.text})),
        held AS (
            SELECT a.id AS area_id, ap.id AS appointment_id FROM asked a CROSS JOIN {_NESTED}
            WHERE w.area_id = a.id AND rp.area_id = w.ancestor_id AND {where}
            UNION
            SELECT a.id, ap.id FROM asked a CROSS JOIN people_remitpart rp {_POSTS}
            WHERE rp.division_id IN {_above("a")} AND {where})
        SELECT held.area_id, held.appointment_id, {_ANSWERABLE}, {_SUBSTITUTE}
        FROM held JOIN people_appointment ap ON ap.id = held.appointment_id
        JOIN people_post p ON p.id = ap.post_id JOIN people_person pe ON pe.id = ap.person_id
        JOIN people_remit r ON r.id = ap.remit_id
        LEFT JOIN people_organization o ON o.id = coalesce(ap.organization_id, pe.organization_id)
        LEFT JOIN people_leave l ON l.appointment_id = ap.id AND l.since <= %s AND l.until > %s
        LEFT JOIN people_person s ON s.id = l.substitute_id
        LEFT JOIN people_organization so ON so.id = s.organization_id"""  # noqa: S608  our own words, values as parameters
    today = [day.isoformat()] * 2
    when: list[Any] = [*today, *([] if person_id is None else [person_id, person_id, *today])]
    with connection.cursor() as cursor:
        cursor.execute(text, [*asked.params, *when, *when, *today])
        found = [_answering(row) for row in cursor.fetchall()]
    found.sort(key=lambda answering: (answering[0].area_id, *_order(answering[0])))
    return [one for answering in found for one in answering if person_id in (None, one.person_id)]


def _order(one: Answerable) -> tuple[Any, ...]:
    return (level_rank(one.level), one.rank, one.since, one.appointment_id)


def _answering(row: tuple[Any, ...]) -> list[Answerable]:
    """The holder, and who stands in for them. SQLite knows neither uuids nor truth nor days."""
    values = dict(zip(_FIELDS, row[: len(_FIELDS)], strict=True))
    values["person_uuid"] = UUID(str(values["person_uuid"]))
    values["is_keeper"] = bool(values["is_keeper"])
    values["since"] = _day(values["since"])
    values["until"] = None if values["until"] is None else _day(values["until"])
    holder = Answerable(**values)
    pk, uuid, name, unit, phone, since, until = row[len(_FIELDS) :]
    if pk is None:
        return [holder]
    back = _day(until)
    acting = replace(
        holder,
        person_id=pk,
        person_uuid=UUID(str(uuid)),
        person_name=name,
        organization_name=unit,
        office_phone=phone,
        since=max(_day(since), holder.since),
        until=back if holder.until is None else min(back, holder.until),
        stands_in_for=holder.person_name,
    )
    return [replace(holder, away_until=back), acting]


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


def held_areas(person_id: int, day: date) -> RawSQL:
    """Ids of the areas a person answers for on a day, for use in ``pk__in``."""
    where = f"{_KINDS} AND {_system('a')}"
    text, params = _by_people("a.id", _listed([person_id]), where, [], day)
    return RawSQL(text, params)  # noqa: S611


def _by_people(
    columns: str, people: _Compiled, where: str, params: list[Any], day: date
) -> tuple[str, list[Any]]:
    """Rows of ``columns`` for the areas that people answer for on a day, as SQL and parameters.

    ``{person}`` in ``columns`` is whom: the holder, or who stands in. Four arms, each from the few people to
    their few areas: by area or by division, held or stood in for.
    """
    now = "ap.since <= %s AND (ap.until IS NULL OR ap.until > %s)"
    away = "l.since <= %s AND l.until > %s"
    leave = "people_leave l JOIN people_appointment ap ON ap.id = l.appointment_id"
    arms, values = [], []
    for person, start, also in (
        ("ap.person_id", "people_appointment ap", ""),
        ("l.substitute_id", leave, f" AND {away}"),
    ):
        posts = (
            "JOIN people_post p ON p.id = ap.post_id JOIN people_remitpart rp ON rp.remit_id = ap.remit_id"
        )
        parts = " ".join(("SELECT", columns.format(person=person), "FROM", start, posts, ""))
        chosen = f"WHERE {person} IN ({people.text}) AND {where} AND {now}{also}"
        arms += [
            f"{parts}JOIN registry_areawithin w ON w.ancestor_id = rp.area_id "
            f"JOIN registry_area a ON a.id = w.area_id {chosen}",
            f"{parts}JOIN divisions_division d ON d.code = rp.division_id "
            f"JOIN registry_area a ON a.division_id >= d.code AND a.division_id <= {_HIGH} {chosen}",
        ]
        days = [day.isoformat()] * (4 if also else 2)
        values += [*people.params, *params, *days] * 2
    return " UNION ".join(arms), values


def kept_areas(person_id: int, day: date) -> RawSQL:
    """Ids of the areas of their own level that a person keeps on a day, for use in ``pk__in``."""
    text, params = _kept(_listed([person_id]), day)
    return RawSQL(f"SELECT area_id FROM ({text}) kept", params)  # noqa: S608, S611


def kept_by(people: QuerySet[Person], day: date) -> RawSQL:
    """The same of all ``people`` together."""
    chosen = _compiled(people.order_by().values("pk"))
    if chosen is None:
        return RawSQL("SELECT NULL WHERE 1 = 0", ())
    text, params = _kept(chosen, day)
    return RawSQL(f"SELECT area_id FROM ({text}) kept", params)  # noqa: S608, S611


def kept_counts(people: Iterable[int], day: date) -> dict[int, int]:
    """Person → how many areas of their own level they keep on a day; one query, none of 0 in it."""
    ids = sorted(set(people))
    if not ids:
        return {}
    text, params = _kept(_listed(ids), day)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT person_id, count(*) FROM ({text}) kept GROUP BY person_id", params)  # noqa: S608
        return dict(cursor.fetchall())


def _listed(ids: Sequence[int]) -> _Compiled:
    return _Compiled(", ".join(["%s"] * len(ids)), tuple(ids))


def _kept(people: _Compiled, day: date) -> tuple[str, list[Any]]:
    """Pairs of person and area, as SQL and parameters: a keeper's own level, as for ``without_keeper``."""
    where = (
        f"p.is_keeper AND p.level = a.level AND {_system('a')} "
        "AND (a.since IS NULL OR a.since <= %s) AND (a.until IS NULL OR a.until > %s)"
    )
    columns = "{person} AS person_id, a.id AS area_id"
    return _by_people(columns, people, where, [day.isoformat()] * 2, day)


def areas_by_remits(remit_ids: Iterable[int]) -> RawSQL:
    """Ids of the areas in some remits with all nested in them, of any level, for use in ``pk__in``."""
    ids = list(remit_ids) or [0]
    chosen = f"rp.remit_id IN ({', '.join(['%s'] * len(ids))})"
    text = (
        "SELECT w.area_id FROM people_remitpart rp "  # noqa: S608  our own words, values as parameters
        f"JOIN registry_areawithin w ON w.ancestor_id = rp.area_id WHERE {chosen} "
        "UNION SELECT a.id FROM people_remitpart rp JOIN divisions_division d ON d.code = rp.division_id "
        f"JOIN registry_area a ON a.division_id >= d.code AND a.division_id <= {_HIGH} WHERE {chosen}"
    )
    return RawSQL(text, [*ids, *ids])  # noqa: S611


@dataclass(frozen=True, slots=True)
class KeeperTerm:
    """From when to when an appointment keeps an area at its own level."""

    area_id: int
    appointment_id: int
    since: date
    until: date | None  # the first day no longer


def keeper_terms(areas: QuerySet[Area], since: date) -> list[KeeperTerm]:
    """Who keeps ``areas`` at their own level on ``since`` or later, mistakes left out. One query."""
    asked = _compiled(areas.order_by().values("id", "kind", "level", "division_id"))
    if asked is None:
        return []
    keeper = (
        f"{_POSTED} AND p.is_keeper AND p.level = a.level AND {_system('a')} "
        "AND ap.cancelled_at IS NULL AND (ap.until IS NULL OR ap.until > %s)"
    )
    text = f"""
        WITH {_named()}, asked AS ({asked.text})
        SELECT a.id, ap.id, ap.since, ap.until FROM asked a CROSS JOIN {_NESTED}
        WHERE w.area_id = a.id AND rp.area_id = w.ancestor_id AND {keeper}
        UNION
        SELECT a.id, ap.id, ap.since, ap.until FROM asked a CROSS JOIN people_remitpart rp {_POSTS}
        WHERE rp.division_id IN {_above("a")} AND {keeper}"""  # noqa: S608  our own words, values as parameters
    with connection.cursor() as cursor:
        cursor.execute(text, [*asked.params, since.isoformat(), since.isoformat()])
        rows = cursor.fetchall()
    return [
        KeeperTerm(area, appointment, _day(begin), None if end is None else _day(end))
        for area, appointment, begin, end in rows
    ]


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
    """Those of ``areas`` that no keeper of their own level answers for on a day.

    The work grows with the areas asked about, by their divisions once each, not with all appointments.
    """
    plain = areas.order_by()
    asked = _compiled(plain.values("id", "kind", "level"))
    places = _compiled(plain.values("division_id").distinct())
    if asked is None or places is None:
        return areas.none()
    keeper = f"{_POSTED} AND p.is_keeper AND ap.since <= %s AND (ap.until IS NULL OR ap.until > %s)"
    nested = (
        f"WITH {_named()} SELECT a.id FROM ({asked.text}) a CROSS JOIN {_NESTED} "  # noqa: S608  our own words
        f"WHERE w.area_id = a.id AND rp.area_id = w.ancestor_id AND {keeper} "
        f"AND p.level = a.level AND {_system('a')}"
    )
    located = (
        f"SELECT a.division_id || p.level || k.kind "  # noqa: S608
        f"FROM ({places.text}) a CROSS JOIN people_remitpart rp {_POSTS} CROSS JOIN {_SYSTEMS} "
        f"WHERE rp.division_id IN {_above('a')} AND {keeper} AND p.system IN ('both', k.system)"
    )
    # One column, for SQLite looks through the whole list when several are NOT IN it.
    own = "registry_area.division_id || registry_area.level || registry_area.kind"
    text = f"registry_area.id NOT IN ({nested}) AND {own} NOT IN ({located})"
    when = [day.isoformat()] * 2
    params = [*asked.params, *when, *places.params, *when]
    return areas.filter(RawSQL(text, params, BooleanField()))  # noqa: S611


def gaps_on(scope: Scope, day: date, areas: Iterable[int] | None = None) -> list[Gap]:
    """The areas seen (or those of ``areas``, by id) without a keeper on a day, by code, in one query."""
    seen = areas_of(scope).filter(valid_on(day))
    if areas is not None:
        seen = seen.filter(pk__in=list(areas))
    columns = ("id", "code", "name", "kind", "level", "division_id")
    vacant = _compiled(without_keeper(seen, day).order_by().values(*columns))
    if vacant is None:
        return []
    # What was entered by mistake never was: nobody left then.
    ended = f"{_POSTED} AND p.is_keeper AND p.level = a.level AND ap.until <= %s AND ap.cancelled_at IS NULL"
    text = f"""
        WITH {_named()}, vacant AS ({vacant.text}),
        ended AS (
            SELECT a.id, ap.until FROM vacant a CROSS JOIN {_NESTED}
            WHERE w.area_id = a.id AND rp.area_id = w.ancestor_id AND {ended} AND {_system("a")}
            UNION ALL
            SELECT a.id, ap.until FROM vacant a CROSS JOIN people_remitpart rp {_POSTS}
            WHERE rp.division_id IN {_above("a")} AND {ended} AND {_system("a")})
        SELECT a.id, a.code, a.name, a.kind, a.level, a.division_id, d.name, latest.ended
        FROM vacant a JOIN divisions_division d ON d.code = a.division_id
        LEFT JOIN (SELECT id, max(until) AS ended FROM ended GROUP BY id) latest ON latest.id = a.id
        ORDER BY a.code"""  # noqa: S608  our own words, values as parameters
    with connection.cursor() as cursor:
        cursor.execute(text, [*vacant.params, day.isoformat(), day.isoformat()])
        rows = cursor.fetchall()
    return [_gap(row) for row in rows]


def _gap(row: tuple[Any, ...]) -> Gap:
    *kept, ended = row
    names = [field.name for field in fields(Gap)]
    return Gap(**dict(zip(names, [*kept, None if ended is None else _day(ended)], strict=True)))


def gap_counts(gaps: Iterable[Gap], level: str) -> dict[str, int]:
    """How many gaps in each division of a level, by code; an area of a higher level counts under its own."""
    return dict(Counter(prefix(gap.division_code, level).ljust(12, "0") for gap in gaps))
