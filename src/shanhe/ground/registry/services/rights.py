"""Who may change what in the registry: the chief's office of the ground it lies in."""

from __future__ import annotations

from shanhe.ground.divisions.models import Division
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.models import Area, Facility, WaterBody
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["check_manages", "check_manages_division", "may_manage"]

NOT_YOURS = _("This lies outside the ground your office manages.")


def check_manages_division(by: Actor, division: Division) -> None:
    """Refusal ``registry.not_yours`` unless the actor's office manages the division."""
    if not by.scope.managed.holds_code(division.code):
        raise Refusal("registry.not_yours", NOT_YOURS, {"division": NOT_YOURS}, status=403)


def may_manage(by: Actor, thing: Area | WaterBody | Facility) -> bool:
    """Whether the actor's office manages the thing: by its division, or an area by name."""
    managed = by.scope.managed
    if managed.holds_code(thing.division_id):
        return True
    area_id = thing.pk if isinstance(thing, Area) else getattr(thing, "area_id", None)
    if area_id is None or not managed.area_ids:
        return False
    return Area.objects.filter(managed.areas(), pk=area_id).exists()


def check_manages(by: Actor, thing: Area | WaterBody | Facility) -> None:
    """Refusal ``registry.not_yours`` unless ``may_manage``."""
    if not may_manage(by, thing):
        raise Refusal("registry.not_yours", NOT_YOURS, status=403)
