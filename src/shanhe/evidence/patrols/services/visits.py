"""When each area was last walked: kept beside the verdicts, for maps and home pages ask for all areas at
once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, Subquery

from shanhe.evidence.patrols.models import LastVisit, Verdict

__all__ = ["visits_note", "visits_note_all", "visits_recount"]


def visits_note(verdicts: Sequence[Verdict]) -> None:
    """Move the last visits of one patrol's areas forward, never back: a patrol that comes late changes
    nothing.

    Areas are written in the order of their ids, so that two patrols never wait for each other. One statement.
    """
    rows = sorted(verdicts, key=lambda row: row.area_id)
    at = connection.ops.adapt_datetimefield_value(rows[0].started_at)
    values = [(row.area_id, at if row.counts else None, at, row.outcome) for row in rows]
    marks = ", ".join(["(%s, %s, %s, %s)"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(_NOTE.format(marks), [value for row in values for value in row])


_NOTE = """
INSERT INTO patrols_lastvisit AS kept (area_id, counted_at, any_at, outcome) VALUES {}
ON CONFLICT (area_id) DO UPDATE SET
    outcome = CASE WHEN excluded.any_at > kept.any_at THEN excluded.outcome ELSE kept.outcome END,
    any_at = CASE WHEN excluded.any_at > kept.any_at THEN excluded.any_at ELSE kept.any_at END,
    counted_at = CASE WHEN kept.counted_at IS NULL OR excluded.counted_at > kept.counted_at
                      THEN excluded.counted_at ELSE kept.counted_at END
"""


def visits_note_all(verdicts: Sequence[Verdict]) -> None:
    """The same for the verdicts of many patrols, in their order. Three queries, whatever their number."""
    ids = {row.area_id for row in verdicts}
    visits = _visits(ids)
    new = {
        row.area_id: LastVisit(area_id=row.area_id, any_at=row.started_at, outcome=row.outcome)
        for row in reversed(verdicts)  # of each area the first one stays
        if row.area_id not in visits
    }
    if new:
        LastVisit.objects.bulk_create([new[pk] for pk in sorted(new)], ignore_conflicts=True)
        visits = _visits(ids)  # some may have come in meanwhile
    for row in verdicts:
        visit = visits[row.area_id]
        if visit.any_at < row.started_at:
            visit.any_at, visit.outcome = row.started_at, row.outcome
        if row.counts and (visit.counted_at is None or visit.counted_at < row.started_at):
            visit.counted_at = row.started_at
    LastVisit.objects.bulk_create(
        visits.values(),
        update_conflicts=True,
        unique_fields=["area"],
        update_fields=["any_at", "outcome", "counted_at"],
    )


def _visits(area_ids: Collection[int]) -> dict[int, LastVisit]:
    """By area, locked in the order of their ids."""
    rows = LastVisit.objects.filter(pk__in=area_ids).order_by("pk")
    if connection.features.has_select_for_update:  # SQLite has one writer anyway
        rows = rows.select_for_update()
    return {visit.pk: visit for visit in rows}


def visits_recount(area_ids: Collection[int] | None = None) -> None:
    """Last visits as the current verdicts tell them, of some areas or of all: they may go back, too.

    For when verdicts were replaced or deleted. Three queries.
    """
    rows = LastVisit.objects.filter(Q(pk__gt=0) if area_ids is None else Q(pk__in=sorted(area_ids)))
    if connection.features.has_select_for_update:  # before verdicts are read: none is missed
        list(rows.select_for_update().order_by("pk").values_list("pk"))
    current = Verdict.objects.filter(area_id=OuterRef("area_id"), is_current=True)
    rows.filter(~Exists(current)).delete()
    newest = current.order_by("-started_at", "-pk")
    counted = current.filter(counts=True).order_by().values("area_id").annotate(at=Max("started_at"))
    rows.update(
        any_at=Subquery(newest.values("started_at")[:1]),
        outcome=Subquery(newest.values("outcome")[:1]),
        counted_at=Subquery(counted.values("at")),
    )
