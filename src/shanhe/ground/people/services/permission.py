"""Who may change records about people: the office whose managed ground holds them."""

from __future__ import annotations

from datetime import date

from shanhe.ground.people.models import RemitPart, User
from shanhe.ground.people.scope import Actor, Ground, scope_of
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["check_is_above", "check_is_administrator", "check_manages", "check_manages_remit", "is_above"]


def check_manages(by: Actor, division_code: str, field: str = "division") -> None:
    """Refusal ``people.not_managed`` (403) unless the actor's office manages that division."""
    if not by.scope.managed.holds_code(division_code):
        raise _not_managed(field)


def check_manages_remit(by: Actor, remit_id: int) -> None:
    """The same for every part of a remit; an area counts by the division it lies in, or when held itself."""
    parts = RemitPart.objects.filter(remit=remit_id)
    for code, area_id, area_code in parts.values_list("division_id", "area_id", "area__division_id"):
        if not (by.scope.managed.holds_code(code or area_code) or area_id in by.scope.managed.area_ids):
            raise _not_managed("remit")


def check_is_administrator(by: Actor) -> None:
    """Refusal ``people.not_administrator`` (403) unless the actor administers the system."""
    if not by.scope.is_administrator:
        raise Refusal("people.not_administrator", _("Only the system administrator may do this."), status=403)


def check_is_above(by: Actor, user: User, on: date) -> None:
    """Refusal ``account.not_above`` (403) unless the actor's office stands above the account.

    The actor manages the division the person sits in and all ground the account sees, and the account's own
    office does not manage all that the actor's does: colleagues of one office do not reset each other, and
    nobody gets at an account that may do more than they.
    """
    if by.scope.is_administrator:
        return
    reason = Refusal(
        "account.not_above",
        _("Only the chief's office above may do this for the account."),
        status=403,
    )
    if user.is_administrator or user.person is None:
        raise reason
    scope = scope_of(user, on)
    managed = by.scope.managed
    ground = Ground(scope.seen.ranges + _ranges(scope.seen.area_ids - managed.area_ids))
    if not (managed.holds_code(user.person.division_id) and managed.holds(ground)):
        raise reason
    if scope.managed.holds(managed):
        raise reason


def is_above(by: Actor, user: User, on: date) -> bool:
    """Whether ``check_is_above`` would let the actor: for pages, which show no button in vain."""
    try:
        check_is_above(by, user, on)
    except Refusal:
        return False
    return True


def _ranges(area_ids: frozenset[int]) -> tuple[tuple[str, str], ...]:
    """The divisions that areas lie in, as ranges of one code."""
    codes = RemitPart.objects.filter(area__in=area_ids).values_list("area__division_id", flat=True)
    return tuple((code, code) for code in sorted(set(codes)))


def _not_managed(field: str) -> Refusal:
    return Refusal(
        "people.not_managed",
        _("This lies outside the area your office manages."),
        {field: _("Outside the area your office manages.")},
        status=403,
    )
