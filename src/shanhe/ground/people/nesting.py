"""The one look upstairs: ids of the areas nested in given ones, as a subquery. Uses only area ids."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import QuerySet

__all__ = ["nested_ids"]


def nested_ids(area_ids: Iterable[int]) -> QuerySet[Any]:
    """Area ids that lie within any of ``area_ids``, those included; for use in ``__in``."""
    within = apps.get_model("registry", "AreaWithin")
    return within._default_manager.filter(ancestor_id__in=sorted(area_ids)).values("area_id")
