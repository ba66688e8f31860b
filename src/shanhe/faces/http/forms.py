"""What forms of pages share: a refusal's reasons stand at the fields they speak of."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext

from shanhe.kernel.errors import Refusal

__all__ = ["refusal_into"]


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
