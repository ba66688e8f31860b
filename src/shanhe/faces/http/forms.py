"""What forms of pages share: a refusal's reasons stand at the fields they speak of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from django import forms
from django.utils.translation import gettext

from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.queries import division_with
from shanhe.ground.people.models import Organization
from shanhe.ground.people.queries import organizations_of
from shanhe.ground.people.scope import Scope
from shanhe.kernel.errors import Refusal

__all__ = ["carried_out", "division_managed", "refusal_into", "unit_seen"]

T = TypeVar("T")


def division_managed(scope: Scope, code: str) -> Division:
    """The division of that code, which the office manages; forms.ValidationError when there is none."""
    found = division_with(code)
    if found is None or not scope.managed.holds_code(found.code):
        raise forms.ValidationError(gettext("Search for the division and choose it."))
    return found


def unit_seen(scope: Scope, code: str) -> Organization | None:
    """The unit of that code, which the office sees, None for no code; forms.ValidationError else."""
    if not code:
        return None
    found = organizations_of(scope).filter(code=code).first()
    if found is None:
        raise forms.ValidationError(gettext("Search for the unit and choose it."))
    return found


def carried_out(
    form: forms.BaseForm, do: Callable[[], T], names: Mapping[str, str] | None = None
) -> tuple[T | None, int]:
    """What ``do`` gives for a form that was sent and is valid, with 200.

    Else None, with the status the form is to be shown again with: 200 when it was not sent yet, 422 when it
    is not valid, a refusal's own when ``do`` was refused, whose reasons then stand in the form (see
    ``refusal_into`` for ``names``).
    """
    if not form.is_bound:
        return None, 200
    if not form.is_valid():
        return None, 422
    try:
        return do(), 200
    except Refusal as refusal:
        refusal_into(form, refusal, names)
        return None, refusal.status


def refusal_into(form: forms.BaseForm, refusal: Refusal, names: Mapping[str, str] | None = None) -> None:
    """Put a service's refusal into a bound form: each reason at its field, else the sentence above them all.

    ``names``: what the service calls a field → what the form calls it.
    """
    said = False
    for name, reason in refusal.fields.items():
        field = (names or {}).get(name, name)
        if field in form.fields:
            form.add_error(field, reason.render(gettext))
            said = True
    if not said:
        form.add_error(None, refusal.message.render(gettext))
