"""Areas that change hands: the list of them, and the days on which a change leaves them without a keeper."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from shanhe.ground.people.handing import ROWS_LISTED, Column, Figure, Handed, Row, Section, handover_provider
from shanhe.ground.people.models import Appointment, Post, System
from shanhe.ground.people.scope import Ground, Scope
from shanhe.ground.registry.models import Area, Shape
from shanhe.ground.registry.queries import shapes_of, valid_on
from shanhe.ground.registry.responsibility import (
    KeeperTerm,
    areas_by_remits,
    keeper_terms,
    responsibility_on,
)
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Change", "Vacancy", "areas_handed", "areas_of_remit", "change_of", "left_by", "vacancies"]

EVER = date(1900, 1, 1)
KINDS = {System.RIVER: Area.Kind.REACH, System.FOREST: Area.Kind.FOREST_UNIT}


def areas_of_remit(remit_id: int, post: Post, day: date) -> QuerySet[Area]:
    """The areas of a post's own level and system in a remit on a day, by code. Unscoped."""
    found = Area.objects.filter(valid_on(day), pk__in=areas_by_remits([remit_id]), level=post.level)
    if post.system in KINDS:
        found = found.filter(kind=KINDS[System(post.system)])
    return found.select_related("division").order_by("code")


# -- the list --------------------------------------------------------------------------------------------


@handover_provider("areas", order=10)
def areas_handed(handed: Handed) -> Section:
    """The areas of the post's own level: how long or large they are, and who else answers for them.

    Four queries, whatever their number.
    """
    post = Post.objects.get(pk=handed.post_id)
    areas = list(areas_of_remit(handed.remit_id, post, handed.day))
    shapes = shapes_of([area.pk for area in areas], handed.day)
    shown = areas[:ROWS_LISTED]
    others = _others(shown, handed)
    return Section(
        title=_("Areas"),
        columns=(
            Column(_("Area")),
            Column(_("Code"), "code"),
            Column(_("Division")),
            Column(_("Length"), "metres"),
            Column(_("Surface"), "square_metres"),
            Column(_("Who else answers for it"), "long"),
        ),
        rows=tuple(_row(area, shapes.get(area.pk), others.get(area.pk, "")) for area in shown),
        figures=_figures(areas, shapes.values()),
        rest=len(areas) - len(shown),
        empty=_("This post has no area of its own level."),
    )


def _row(area: Area, shape: Shape | None, others: str) -> Row:
    length_m, area_m2 = _size(shape)
    return Row(
        (area.name, area.code, area.division.name, length_m, area_m2, others), ("registry.area", area.code)
    )


def _size(shape: Shape | None) -> tuple[float | None, float | None]:
    """Length of a line in metres, or surface of a patch in square metres."""
    if shape is None:
        return None, None
    if shape.area_m2:
        return None, round(shape.area_m2, 1)
    return (round(shape.length_m, 1) if shape.length_m else None), None


def _figures(areas: Sequence[Area], shapes: Iterable[Shape]) -> tuple[Figure, ...]:
    sizes = [_size(shape) for shape in shapes]
    length_m = sum(length or 0.0 for length, _surface in sizes)
    surface_m2 = sum(surface or 0.0 for _length, surface in sizes)
    found = [Figure(_("Areas"), len(areas))]
    if length_m:
        found.append(Figure(_("Length together"), round(length_m, 1), "metres"))
    if surface_m2:
        found.append(Figure(_("Surface together"), round(surface_m2, 1), "square_metres"))
    return tuple(found)


def _others(areas: Sequence[Area], handed: Handed) -> dict[int, str]:
    """Area → everybody else in its chain: post and name, from the top level down."""
    everything = Scope(seen=Ground(everything=True))
    said: dict[int, list[str]] = defaultdict(list)
    for one in responsibility_on(everything, handed.day, [area.pk for area in areas]) if areas else ():
        if one.appointment_id not in handed.appointment_ids:
            said[one.area_id].append(f"{one.post_name} {one.person_name}")
    return {area_id: "；".join(dict.fromkeys(words)) for area_id, words in said.items()}


# -- gaps ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """An appointment ends on a day, and another of the same post and remit begins on one."""

    appointment_id: int
    remit_id: int
    ends_on: date
    begins_on: date
    until: date | None = None  # of the next one


@dataclass(frozen=True, slots=True)
class Vacancy:
    """An area that nobody keeps at its own level from a day until another (None: open)."""

    area: Area
    since: date
    until: date | None

    @property
    def days(self) -> int | None:
        """How many days, None without an end."""
        return None if self.until is None else (self.until - self.since).days


def change_of(
    outgoing: Appointment, on: date, *, ends_on: date | None = None, until: date | None = None
) -> Change:
    """What ``handover_make`` would change, with the same reading of the days."""
    before = outgoing.until
    end = ends_on or (on if before is None else min(on, before))
    return Change(outgoing.pk, outgoing.remit_id, end if before is None else min(end, before), on, until)


def vacancies(changes: Sequence[Change], today: date) -> list[Vacancy]:
    """The areas kept by the changed appointments that somebody keeps on not every day from ``today`` on.

    From an earlier day where an appointment ended before. Two queries, whatever the number of changes.
    """
    if not changes:
        return []
    first = min(today, *(change.ends_on for change in changes))
    areas = Area.objects.filter(
        valid_on(max(change.begins_on for change in changes)),
        pk__in=areas_by_remits(change.remit_id for change in changes),
    )
    # One day more, for what ended on the first day is part of the change.
    terms: dict[int, list[KeeperTerm]] = defaultdict(list)
    for term in keeper_terms(areas, first - timedelta(days=1)):
        terms[term.area_id].append(term)
    by_appointment = {change.appointment_id: change for change in changes}
    found = []
    for area in areas.filter(pk__in=terms).select_related("division").order_by("code"):
        kept = terms[area.pk]
        mine = [by_appointment[each.appointment_id] for each in kept if each.appointment_id in by_appointment]
        if mine:
            start = min(today, *(change.ends_on for change in mine))
            found += [Vacancy(area, *span) for span in _uncovered(_changed(kept, by_appointment), start)]
    return found


Span = tuple[date, date | None]


def _changed(terms: Sequence[KeeperTerm], changes: dict[int, Change]) -> list[Span]:
    """The days of the keepers as they will be."""
    spans: list[Span] = []
    for term in terms:
        change = changes.get(term.appointment_id)
        if change is None:
            spans.append((term.since, term.until))
            continue
        spans.append((term.since, change.ends_on))
        spans.append((change.begins_on, change.until))
    return sorted(spans, key=lambda span: span[0])


def _uncovered(spans: Sequence[Span], start: date) -> list[Span]:
    """The days from ``start`` on that no span holds."""
    found: list[Span] = []
    day = start
    for since, until in spans:
        if since > day:
            found.append((day, since))
        if until is None:
            return found
        day = max(day, until)
    return [*found, (day, None)]


def left_by(areas: Iterable[int], day: date) -> dict[int, int]:
    """Area → the keeper's appointment that ended last on a day or before; without those that never had one.

    For areas that nobody keeps on that day: whose work is there to be taken over. One query.
    """
    last: dict[int, KeeperTerm] = {}
    for term in keeper_terms(Area.objects.filter(pk__in=list(areas)), EVER):
        if term.until is not None and term.until <= day:
            before = last.get(term.area_id)
            if before is None or (term.until, term.appointment_id) > (before.until, before.appointment_id):
                last[term.area_id] = term
    return {area_id: term.appointment_id for area_id, term in last.items()}
