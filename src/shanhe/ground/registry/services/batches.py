"""Many at once, for imports and loaders: all rows are checked first, and one refused row refuses them all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.rows import AreaRow, FacilityRow, Report, WaterRow
from shanhe.ground.registry.services.area_intake import AreaIntake
from shanhe.ground.registry.services.intake import Progress, settle
from shanhe.ground.registry.services.things import FacilityIntake, WaterIntake

__all__ = ["areas_import", "facilities_import", "waters_import"]


def areas_import(
    *,
    rows: Iterable[AreaRow],
    by: Actor,
    at: datetime,
    good_rows: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Create or bring up to date reaches and forest units; parents may stand anywhere in the same rows.

    Each new or changed record leaves its own event. With ``good_rows`` the refused rows alone stay out; else
    nothing is written when one is refused. The same rows again change nothing.
    """
    return settle(AreaIntake(by, at), rows, good_rows=good_rows, progress=progress)


def waters_import(
    *,
    rows: Iterable[WaterRow],
    by: Actor,
    at: datetime,
    good_rows: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Create or bring up to date water bodies; as ``areas_import``."""
    return settle(WaterIntake(by, at), rows, good_rows=good_rows, progress=progress)


def facilities_import(
    *,
    rows: Iterable[FacilityRow],
    by: Actor,
    at: datetime,
    good_rows: bool = False,
    progress: Progress | None = None,
) -> Report:
    """Create or bring up to date facilities; as ``areas_import``."""
    return settle(FacilityIntake(by, at), rows, good_rows=good_rows, progress=progress)
