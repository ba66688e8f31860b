"""Take simulated records out again."""

from __future__ import annotations

from datetime import datetime

from shanhe.ground.audit import ledger
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.models import Area, Facility, ForestUnit, Reach, WaterBody

__all__ = ["purge_simulated"]


@ledger.atomic
def purge_simulated(*, by: Actor, at: datetime) -> int:
    """Delete simulated facilities, areas and waters with their shapes; how many.

    Patrols and remits that point at them go first (their apps' own purges); a real record that still stands
    on a simulated area keeps the whole purge from happening.
    """
    count = 0
    # Areas within areas, all of which go: the order of their deletion is nobody's concern.
    for detail in (Reach, ForestUnit):
        nested = detail._default_manager.filter(area__is_simulated=True, parent__area__is_simulated=True)
        nested.update(parent=None)
    for model in (Facility, Area, WaterBody):
        found = model._default_manager.filter(is_simulated=True)
        count += found.count()
        found.delete()
    ledger.record("registry.purge", ("registry", "simulated"), by=by, at=at, records=count)
    return count
