"""The closure of the nesting of areas, kept in step with their parents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from shanhe.ground.registry.models import AreaWithin

__all__ = ["nest", "renest"]


def nest(parent_of: Mapping[int, int | None]) -> None:
    """Closure rows for new areas, each with the id of its parent or None; parents come before children."""
    above = _above(
        {parent for parent in parent_of.values() if parent is not None and parent not in parent_of}
    )
    rows = []
    for area_id, parent_id in parent_of.items():
        chain = [area_id, *(above[parent_id] if parent_id is not None else ())]
        above[area_id] = chain
        rows += [
            AreaWithin(area_id=area_id, ancestor_id=ancestor_id, depth=depth)
            for depth, ancestor_id in enumerate(chain)
        ]
    AreaWithin.objects.bulk_create(rows, batch_size=2_000)


def renest(area_id: int, parent_id: int | None) -> None:
    """Move an area with all nested in it under another parent, or under none."""
    below = list(AreaWithin.objects.filter(ancestor_id=area_id).values_list("area_id", "depth"))
    inside = {row[0] for row in below}
    AreaWithin.objects.filter(area_id__in=inside).exclude(ancestor_id__in=inside).delete()
    if parent_id is None:
        return
    chain = _above({parent_id})[parent_id]
    AreaWithin.objects.bulk_create(
        [
            AreaWithin(area_id=nested_id, ancestor_id=ancestor_id, depth=depth + 1 + height)
            for nested_id, depth in below
            for height, ancestor_id in enumerate(chain)
        ],
        batch_size=2_000,
    )


def _above(area_ids: Iterable[int]) -> dict[int, list[int]]:
    """For each area its ancestors from itself upwards."""
    above: dict[int, list[int]] = {area_id: [] for area_id in area_ids}
    rows = AreaWithin.objects.filter(area_id__in=sorted(above)).order_by("area_id", "depth")
    for area_id, ancestor_id in rows.values_list("area_id", "ancestor_id"):
        above[area_id].append(ancestor_id)
    return above
