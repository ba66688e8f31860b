"""What an area is, in words: the facts of its page and of its printed sheet."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.evidence.patrols.queries import AreaState
from shanhe.faces.http.templatetags.shanhe_tags import area as surface_words
from shanhe.faces.http.templatetags.shanhe_tags import day as day_words
from shanhe.faces.http.templatetags.shanhe_tags import metres
from shanhe.faces.office.area_looks import LOOKS
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.geometry import POINTS
from shanhe.ground.registry.models import Area, ForestUnit, Reach, Shape
from shanhe.ground.registry.queries import AreaPage

__all__ = ["Facts", "facts_of", "look_of", "size_of"]

Facts = list[tuple[Any, Any]]


def look_of(state: AreaState | None, *, is_vacant: bool) -> str:
    """The one look an area is shown by: that nobody keeps it comes before all else."""
    if is_vacant:
        return "vacant"
    return LOOKS[state.state] if state is not None else "excused"


def size_of(area: Area, shape: Shape | None) -> Any:
    """How large it is: a reach's length, a patch's surface, the number of checkpoints; "" without a shape."""
    if shape is None:
        return ""
    if shape.geometry_type in POINTS:
        return gettext("%(n)s checkpoints") % {"n": shape.vertices}
    return surface_words(shape.area_m2) if shape.area_m2 else metres(shape.length_m)


def facts_of(page: AreaPage, scope: Scope) -> Facts:
    """Label and value; empty values are left out by the part that shows them."""
    area, shape = page.area, page.shape
    detail = _reach(area.reach) if area.kind == Area.Kind.REACH else _unit(area.forest_unit, scope)
    return [
        (_("Code"), format_html('<span class="sh-code">{}</span>', area.code)),
        (_("Kind"), _kind(area)),
        (_("Level"), area.get_level_display()),
        *_measures(shape),
        *detail,
        (_("Valid from"), day_words(area.since) if area.since else ""),
        (_("Valid until"), day_words(area.until) if area.until else ""),
        *_drawing(shape),
    ]


def _kind(area: Area) -> str:
    if area.kind == Area.Kind.REACH:
        return str(area.get_kind_display())
    return f"{area.get_kind_display()} · {area.forest_unit.get_kind_display()}"


def _measures(shape: Shape | None) -> Facts:
    if shape is None:
        return []
    if shape.geometry_type in POINTS:
        return [(_("Checkpoints"), shape.vertices)]
    if shape.area_m2:
        return [(_("Size"), surface_words(shape.area_m2)), (_("Boundary"), metres(shape.length_m))]
    return [(_("Length"), metres(shape.length_m))]


def _reach(reach: Reach) -> Facts:
    water = reach.water
    link = format_html('<a href="{}?water={}">{}</a>', reverse("areas"), water.code, water.name)
    ends = " → ".join(name for name in (reach.start_name, reach.end_name) if name)
    return [
        (_("Water"), link),
        (_("From – to"), ends),
        (_("Chainage"), _chainage(reach)),
        (_("Bank"), reach.get_bank_display()),
        (_("Half width of the water"), metres(reach.area.half_width_m) if reach.area.half_width_m else ""),
    ]


def _chainage(reach: Reach) -> str:
    if reach.from_m is None or reach.to_m is None:
        return ""
    return f"{_kilometre_mark(reach.from_m)} – {_kilometre_mark(reach.to_m)}"


def _kilometre_mark(at_m: float) -> str:
    """As on the stones along a dyke: K12+350."""
    kilometres, rest = divmod(round(at_m), 1_000)
    return f"K{kilometres}+{rest:03d}"


def _unit(unit: ForestUnit, scope: Scope) -> Facts:
    """The contractor may be a private person: only for the office that keeps the record."""
    is_managed = scope.managed.holds_code(unit.area.division_id)
    return [
        (_("Forest category"), unit.category),
        (_("Tenure"), unit.tenure),
        (_("Owner or contractor"), unit.owner if is_managed else ""),
        (_("Main species"), unit.species),
    ]


def _drawing(shape: Shape | None) -> Facts:
    if shape is None:
        return [(_("Shape"), gettext("Not drawn yet"))]
    return [
        (_("Source of the shape"), shape.source),
        (_("Shape in force since"), day_words(shape.since) if shape.since else ""),
    ]
