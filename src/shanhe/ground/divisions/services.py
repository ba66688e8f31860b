"""Writes about divisions: whole files at a time, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

import shapely
from django.db import connection
from django.utils import timezone
from shapely.geometry.base import BaseGeometry

from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division, DivisionName, DivisionShape
from shanhe.ground.divisions.rows import DivisionRow, DivisionsRefused, RowRefused
from shanhe.kernel.codes import DIGITS, LEVELS, is_code, level_rank, subtree
from shanhe.kernel.errors import Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.sounds import initials_of, pinyin_of

__all__ = ["Imported", "boundaries_import", "divisions_import"]

T = TypeVar("T")
BATCH = 2_000  # rows a statement; SQLite takes 32,766 values
LONGEST_NAME = 80

#: Told how many of how many steps are done.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did; all zero but ``unchanged`` when the file said nothing new."""

    created: int = 0
    renamed: int = 0
    moved: int = 0
    unchanged: int = 0

    @property
    def updated(self) -> int:
        """Divisions that were there and differ now."""
        return self.renamed + self.moved


@ledger.atomic
def divisions_import(
    *,
    rows: Iterable[DivisionRow],
    by: ledger.Actor | None,
    at: datetime,
    valid_from: date | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Take divisions in, all of them or none; a second time changes nothing.

    A changed name closes the present ``DivisionName`` and opens the new one on ``valid_from`` (the day of
    ``at`` in the office's zone); a changed parent moves the division. Divisions that the file does not name
    stay. Writes one ledger event a call, with the counts, and none when nothing changed. DivisionsRefused
    names every faulty row: bad code, level that is not the code's, no name, twice in the file, parent
    missing or not above, renamed before the name it bears began.
    """
    given = list(rows)
    day = valid_from or timezone.localtime(at).date()
    plan = _planned(given, day)
    if plan.refused:
        raise DivisionsRefused(sorted(plan.refused, key=lambda one: one.row))
    _create(plan.new, progress)
    _rename(plan.renamed, day)
    Division.objects.bulk_update(plan.moved, ["parent"], batch_size=BATCH)
    done = Imported(
        created=len(plan.new), renamed=len(plan.renamed), moved=len(plan.moved), unchanged=plan.unchanged
    )
    if done.created or done.updated:
        ledger.record(
            "divisions.import",
            ("divisions.division", "*"),
            by=by,
            at=at,
            created=done.created,
            renamed=done.renamed,
            moved=done.moved,
            valid_from=day,
        )
    return done


@dataclass(slots=True)
class _Plan:
    new: list[DivisionRow] = field(default_factory=list)
    renamed: list[DivisionRow] = field(default_factory=list)
    moved: list[Division] = field(default_factory=list)
    unchanged: int = 0
    refused: list[RowRefused] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    name: str
    parent_code: str
    name_since: date | None


def _planned(rows: Sequence[DivisionRow], day: date) -> _Plan:
    plan = _Plan()
    in_file = {row.code: row for row in reversed(rows)}  # the first of two stays
    known = _known(rows)
    for row in rows:
        faults = list(_faults(row, in_file, known))
        before = known.get(row.code)
        if not faults and before is not None and row.name != before.name:
            faults = list(_renaming_faults(before, day))
        if faults:
            plan.refused += [RowRefused(row.number, name, reason) for name, reason in faults]
        elif before is None:
            plan.new.append(row)
        else:
            _compare(row, before, plan)
    return plan


def _compare(row: DivisionRow, before: _Known, plan: _Plan) -> None:
    if row.name != before.name:
        plan.renamed.append(row)
    if row.parent_code != before.parent_code:
        plan.moved.append(Division(code=row.code, parent_id=row.parent_code or None))
    if (row.name, row.parent_code) == (before.name, before.parent_code):
        plan.unchanged += 1


def _known(rows: Sequence[DivisionRow]) -> dict[str, _Known]:
    """The divisions of the file's span of codes, and the parents it names from elsewhere, in two queries."""
    codes = [code for row in rows for code in (row.code, row.parent_code) if is_code(code)]
    if not codes:
        return {}
    span = Division.objects.filter(code__gte=min(codes), code__lte=max(codes))
    since = dict(
        DivisionName.objects.filter(division__in=span, until=None).values_list("division_id", "since")
    )
    return {
        code: _Known(name, parent or "", since.get(code))
        for code, name, parent in span.values_list("code", "name", "parent_id").iterator(chunk_size=20_000)
    }


def _faults(
    row: DivisionRow, in_file: Mapping[str, DivisionRow], known: Mapping[str, _Known]
) -> Iterator[tuple[str, Text]]:
    if not row.name:
        yield "name", Text(_("A name is missing."))
    elif len(row.name) > LONGEST_NAME:
        yield "name", Text(_("The name has more than %(most)d characters."), {"most": LONGEST_NAME})
    if row.level not in LEVELS:
        yield "level", Text(_("%(given)s is none of: %(levels)s."), _choices(row.level))
        return
    if not is_code(row.code):
        yield "code", Text(_("%(given)s is no division code of 12 digits."), {"given": row.code or "“”"})
        return
    if level_of(row.code) != row.level:
        yield (
            "level",
            Text(_("%(code)s is not a code of the level %(level)s."), {"code": row.code, "level": row.level}),
        )
        return
    if in_file[row.code] is not row:
        first = in_file[row.code].number
        yield "code", Text(_("%(code)s stands in row %(first)d already."), {"code": row.code, "first": first})
        return
    fault = _parent_fault(row, in_file, known)
    if fault is not None:
        yield "parent_code", fault


def _choices(given: str) -> dict[str, str]:
    return {"given": given or "“”", "levels": ", ".join(LEVELS)}


def level_of(code: str) -> str | None:
    """The level a code is written for; None when digits stand behind an empty group.

    A group of zeros may only be left out where townships hang on a prefecture (东莞 441900003000).
    """
    return next(
        (
            level
            for level in reversed(LEVELS)
            if code[_digits_above(level) : DIGITS[level]].strip("0") and not code[DIGITS[level] :].strip("0")
        ),
        None,
    )


def _digits_above(level: str) -> int:
    rank = level_rank(level)
    return DIGITS[LEVELS[rank - 1]] if rank else 0


def _parent_fault(
    row: DivisionRow, in_file: Mapping[str, DivisionRow], known: Mapping[str, _Known]
) -> Text | None:
    parent = row.parent_code
    if row.level == "province":
        return Text(_("A province has no parent.")) if parent else None
    if not parent:
        return Text(_("A parent is missing."))
    if not is_code(parent):
        return Text(_("%(given)s is no division code of 12 digits."), {"given": parent})
    if parent not in in_file and parent not in known:
        return Text(_("The parent %(parent)s is neither in the file nor known."), {"parent": parent})
    level = level_of(parent)
    if level is None or level_rank(level) >= level_rank(row.level) or not _is_under(row.code, parent, level):
        return Text(_("%(code)s does not lie under %(parent)s."), {"code": row.code, "parent": parent})
    return None


def _is_under(code: str, parent: str, level: str) -> bool:
    low, high = subtree(parent, level)
    return low < code <= high


def _renaming_faults(before: _Known, day: date) -> Iterator[tuple[str, Text]]:
    if before.name_since is not None and day < before.name_since:
        yield (
            "name",
            Text(
                _("It bears its present name since %(since)s and cannot be renamed before."),
                {"since": before.name_since.isoformat()},
            ),
        )


def _create(rows: Sequence[DivisionRow], progress: Progress | None) -> None:
    ordered = sorted(rows, key=lambda row: row.code)
    for begin in range(0, len(ordered), BATCH):
        batch = ordered[begin : begin + BATCH]
        Division.objects.bulk_create(_division(row) for row in batch)
        DivisionName.objects.bulk_create(DivisionName(division_id=row.code, name=row.name) for row in batch)
        if progress is not None:
            progress(begin + len(batch), len(ordered))


def _division(row: DivisionRow) -> Division:
    return Division(
        code=row.code, name=row.name, level=row.level, parent_id=row.parent_code or None, **_sounds(row.name)
    )


def _sounds(name: str) -> dict[str, str]:
    letters = "".join(letter for letter in pinyin_of(name) if letter.isascii() and letter.isalnum())
    return {"pinyin": letters[:240], "initials": initials_of(name)[:80]}


def _rename(rows: Sequence[DivisionRow], day: date) -> None:
    names = {row.code: row.name for row in rows}
    present = DivisionName.objects.filter(until=None)
    for codes in _chunks(list(names)):
        # A second change on the day of the first mends it: a name was not borne for no day at all.
        mended = list(present.filter(division_id__in=codes, since=day))
        for name in mended:
            name.name = names[name.division_id]
        DivisionName.objects.bulk_update(mended, ["name"])
        closed = set(codes) - {name.division_id for name in mended}
        present.filter(division_id__in=closed).update(until=day)
        DivisionName.objects.bulk_create(
            DivisionName(division_id=code, name=names[code], since=day) for code in sorted(closed)
        )
        Division.objects.bulk_update(
            [Division(code=code, name=names[code], **_sounds(names[code])) for code in codes],
            ["name", "pinyin", "initials"],
        )


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for begin in range(0, len(items), 1_000):
        yield items[begin : begin + 1_000]


# -- boundaries ------------------------------------------------------------------------------------------


@ledger.atomic
def boundaries_import(
    *, features: Iterable[Mapping[str, Any]], source: str, by: ledger.Actor | None, at: datetime
) -> Imported:
    """Take boundaries of divisions in, all or none; a second time changes nothing.

    ``features`` are GeoJSON features with a (Multi)Polygon in degrees, longitude first, and the division's
    ``code`` among the properties; ``lon`` and ``lat``, if there, become the division's seat. A boundary is
    for maps: an earlier one is replaced. One ledger event a call. DivisionsRefused names the feature (1
    first) whose code is unknown or whose geometry is unreadable, empty, no area or not in degrees.
    """
    shapes, refused = _shapes(list(features), source)
    if refused:
        raise DivisionsRefused(refused)
    before = {code: bytes(wkb) for code, wkb in DivisionShape.objects.values_list("division_id", "wkb")}
    changed = [shape for shape, _seat in shapes if before.get(shape.division_id) != shape.wkb]
    DivisionShape.objects.bulk_create(
        changed,
        batch_size=500,
        update_conflicts=True,
        unique_fields=["division"],
        update_fields=["wkb", "min_lon", "min_lat", "max_lon", "max_lat", "source"],
    )
    _seat([division for _shape, division in shapes if division is not None])
    created = sum(shape.division_id not in before for shape in changed)
    if changed:
        told = {"created": created, "replaced": len(changed) - created, "source": source}
        ledger.record("divisions.boundaries", ("divisions.divisionshape", "*"), by=by, at=at, **told)
    return Imported(created=created, moved=len(changed) - created, unchanged=len(shapes) - len(changed))


def _shapes(
    features: Sequence[Mapping[str, Any]], source: str
) -> tuple[list[tuple[DivisionShape, Division | None]], list[RowRefused]]:
    known = set(Division.objects.values_list("code", flat=True)) if features else set()
    shapes: list[tuple[DivisionShape, Division | None]] = []
    refused: list[RowRefused] = []
    for number, feature in enumerate(features, start=1):
        properties = feature.get("properties") or {}
        code = str(properties.get("code") or "")
        if code not in known:
            reason = Text(_("There is no division %(given)s."), {"given": code or "“”"})
            refused.append(RowRefused(number, "code", reason))
            continue
        try:
            geometry = _polygon(feature.get("geometry"))
        except ValueError as fault:
            refused.append(RowRefused(number, "geometry", Text(str(fault))))
            continue
        shapes.append((_shape(code, geometry, source), _placed(code, properties)))
    return shapes, refused


def _polygon(value: object) -> BaseGeometry:
    """ValueError with the reason as a message id."""
    try:
        geometry = shapely.force_2d(shapely.geometry.shape(value))
    except (shapely.errors.ShapelyError, AttributeError, KeyError, TypeError, ValueError, IndexError):
        raise ValueError(_("The geometry cannot be read.")) from None
    if geometry.geom_type not in {"Polygon", "MultiPolygon"} or geometry.is_empty:
        raise ValueError(_("A boundary is a polygon."))
    min_lon, min_lat, max_lon, max_lat = geometry.bounds
    if not (-180 <= min_lon <= max_lon <= 180 and -90 <= min_lat <= max_lat <= 90):
        raise ValueError(_("The coordinates are not degrees of longitude and latitude."))
    return geometry


def _shape(code: str, geometry: BaseGeometry, source: str) -> DivisionShape:
    min_lon, min_lat, max_lon, max_lat = geometry.bounds
    return DivisionShape(
        division_id=code,
        wkb=shapely.to_wkb(geometry, byte_order=1),
        min_lon=min_lon,
        min_lat=min_lat,
        max_lon=max_lon,
        max_lat=max_lat,
        source=source[:120],
    )


def _placed(code: str, properties: Mapping[str, Any]) -> Division | None:
    lon, lat = properties.get("lon"), properties.get("lat")
    if not isinstance(lon, int | float) or not isinstance(lat, int | float):
        return None
    return Division(code=code, lon=float(lon), lat=float(lat))


def _seat(divisions: Sequence[Division]) -> None:
    # One prepared statement for all: Django's bulk_update builds a CASE of thousands of branches.
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE divisions_division SET lon = %s, lat = %s WHERE code = %s",
            [(division.lon, division.lat, division.code) for division in divisions],
        )
