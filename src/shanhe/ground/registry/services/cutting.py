"""A river into reaches: several at once along its line, and ends moved along it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import shapely
from django.utils import timezone

from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.models import Area, Reach, WaterBody
from shanhe.ground.registry.services.areas import area_change, reach_register
from shanhe.ground.registry.services.shapes import shape_set
from shanhe.ground.registry.waterways import LEAST_M, WaterLine, line_of, waterway
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _
from shanhe.kernel.geo.stretches import Stretch, stretch

__all__ = ["ReachCut", "reach_end_move", "reaches_cut"]

END_M = 1.0  # a chainage that is typed is rounded


@dataclass(frozen=True, slots=True)
class ReachCut:
    """One reach that is to be cut out of a water's line."""

    name: str
    division: Division
    from_m: float
    to_m: float
    bank: str = "both"


@ledger.atomic
def reaches_cut(
    *,
    water: WaterBody,
    cuts: Sequence[ReachCut],
    level: str,
    by: Actor,
    at: datetime,
    parent: Area | None = None,
) -> list[Area]:
    """Register reaches of one level, each with its piece of the water's line. All of them, or none.

    Refusals name the reach by its place in the list (fields ``cuts.0.name`` …): a chainage that is none, a
    stretch that a reach of this level holds already on that bank, what ``reach_register`` refuses; and
    ``water.no_line``.
    """
    way = _line(water)
    _check(cuts, way.length_m, _held(water, level, timezone.localtime(at).date()))
    made = []
    for number, cut in enumerate(cuts):
        try:
            made.append(
                reach_register(
                    water=water,
                    name=cut.name,
                    division=cut.division,
                    level=level,
                    parent=parent,
                    bank=cut.bank,
                    from_m=cut.from_m,
                    to_m=cut.to_m,
                    geometry=shapely.LineString(stretch(way.line, cut.from_m, cut.to_m)),
                    is_sketch=way.is_sketch,
                    source=way.source,
                    by=by,
                    at=at,
                )
            )
        except Refusal as refusal:
            raise _at_its_place(refusal, number) from None
    return made


@ledger.atomic
def reach_end_move(
    *, area: Area, from_m: float, to_m: float, by: Actor, at: datetime, day: date | None = None
) -> Area:
    """Let a reach begin and end elsewhere on its water: chainages and shape together, from ``day`` on.

    Refusals: ``water.no_line``, ``cut.chainage``, and those of ``area_change`` and ``shape_set``.
    """
    reach = Reach.objects.select_related("water").get(pk=area.pk)
    way = _line(reach.water)
    problems = _chainage_problems(from_m, to_m, way.length_m)
    if problems:
        raise Refusal("cut.chainage", next(iter(problems.values())), problems)
    area_change(area=area, by=by, at=at, from_m=from_m, to_m=to_m)
    shape_set(
        owner=area,
        geometry=shapely.LineString(stretch(way.line, from_m, to_m)),
        is_sketch=way.is_sketch,
        source=way.source,
        by=by,
        at=at,
        day=day,
    )
    return area


def _line(water: WaterBody) -> WaterLine:
    found = line_of(water)
    if found is None:
        raise Refusal("water.no_line", _("This water has no line in one piece yet; draw or import it first."))
    return found


def _held(water: WaterBody, level: str, day: date) -> list[tuple[Stretch, tuple[str, ...], str]]:
    """The stretches that reaches of the level hold already, with their banks and names."""
    levels = [one for one in waterway(water, day).levels if one.level == level]
    return [
        (one.stretch, one.banks, one.area.name) for found in levels for one in found.reaches if one.stretch
    ]


def _check(
    cuts: Sequence[ReachCut], length_m: float, held: list[tuple[Stretch, tuple[str, ...], str]]
) -> None:
    problems: dict[str, Text] = {}
    if not cuts:
        raise Refusal("cut.none", _("There is nothing to cut."))
    taken = list(held)
    for number, cut in enumerate(cuts):
        if not cut.name.strip():
            problems[f"cuts.{number}.name"] = Text(_("A reach needs a name."))
        for field, reason in _chainage_problems(cut.from_m, cut.to_m, length_m).items():
            problems[f"cuts.{number}.{field}"] = reason
        if cut.from_m >= cut.to_m:
            continue
        banks = ("left", "right") if cut.bank == "both" else (cut.bank,)
        for stretch_held, held_banks, name in taken:
            shared = min(cut.to_m, stretch_held.to_m) - max(cut.from_m, stretch_held.from_m)
            if shared > LEAST_M and set(banks) & set(held_banks):
                params = {"name": name, "metres": round(shared)}
                reason = Text(_("%(metres)s m of it belong to %(name)s already."), params)
                problems.setdefault(f"cuts.{number}.from_m", reason)
        taken.append((Stretch(cut.from_m, cut.to_m), banks, cut.name))
    if problems:
        raise Refusal("cut.refused", _("Some reaches cannot be cut like this."), problems)


def _chainage_problems(from_m: float, to_m: float, length_m: float) -> dict[str, Text]:
    problems: dict[str, Text] = {}
    if from_m < 0:
        problems["from_m"] = Text(_("A chainage is not below 0."))
    if to_m > length_m + END_M:
        problems["to_m"] = Text(_("The water is %(length)s m long."), {"length": round(length_m)})
    if not from_m < to_m:
        problems["to_m"] = Text(_("A reach ends below where it begins."))
    return problems


def _at_its_place(refusal: Refusal, number: int) -> Refusal:
    fields = {f"cuts.{number}.{name}": reason for name, reason in refusal.fields.items()}
    return Refusal(refusal.code, refusal.message, fields, status=refusal.status)
