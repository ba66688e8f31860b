"""Patrols in a handover: how often each area was walked in the year before, and which doubts are open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, Max, Q
from django.utils import timezone

from shanhe.evidence.patrols.models import Outcome, Verdict
from shanhe.ground.people.handing import ROWS_LISTED, Column, Figure, Handed, Row, Section, handover_provider
from shanhe.ground.people.models import Post
from shanhe.ground.registry.handovers import areas_of_remit
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["patrols_handed"]

DAYS = 365


@dataclass(frozen=True, slots=True)
class Walked:
    """Verdicts of one area in the year before."""

    patrols: int = 0
    counted: int = 0
    doubtful: int = 0
    last_on: date | None = None


@handover_provider("patrols", order=20)
def patrols_handed(handed: Handed) -> Section | None:
    """Of each area: patrols of the year before by anybody, those that count, the last one, doubts open.

    None for a post without areas of its own level. Three queries, whatever the number of patrols.
    """
    post = Post.objects.get(pk=handed.post_id)
    areas = list(areas_of_remit(handed.remit_id, post, handed.day))
    if not areas:
        return None
    known = _walked([area.pk for area in areas], handed.day)
    walked = {area.pk: known.get(area.pk, Walked()) for area in areas}
    rows = [
        Row(
            (area.name, each.patrols, each.counted, each.last_on and each.last_on.isoformat(), each.doubtful),
            ("registry.area", area.code),
        )
        for area in areas[:ROWS_LISTED]
        for each in (walked[area.pk],)
    ]
    found = walked.values()
    return Section(
        title=_("Patrols of the year before"),
        columns=(
            Column(_("Area")),
            Column(_("Patrols"), "number"),
            Column(_("Of these valid for the duty"), "number"),
            Column(_("Last visit"), "day"),
            Column(_("Doubts open"), "number"),
        ),
        rows=tuple(rows),
        figures=(
            Figure(_("Patrols"), sum(each.patrols for each in found)),
            Figure(_("Of these valid for the duty"), sum(each.counted for each in found)),
            Figure(_("Doubts open"), sum(each.doubtful for each in found)),
        ),
        rest=max(0, len(areas) - ROWS_LISTED),
    )


def _walked(area_ids: list[int], day: date) -> dict[int, Walked]:
    """By area; the year ends with the day before ``day``, which is the successor's first."""
    since, until = _midnight(day - timedelta(days=DAYS)), _midnight(day)
    rows = (
        Verdict.objects.filter(
            area__in=area_ids, is_current=True, started_at__gte=since, started_at__lt=until
        )
        .order_by()
        .values("area")
        .annotate(
            patrols=Count("pk"),
            counted=Count("pk", filter=Q(counts=True)),
            doubtful=Count("pk", filter=Q(outcome=Outcome.DOUBTFUL)),
            last_at=Max("started_at"),
        )
    )
    found: dict[int, Walked] = {}
    for row in rows:
        last_on = timezone.localtime(row["last_at"], timezone.get_default_timezone()).date()
        found[row["area"]] = Walked(row["patrols"], row["counted"], row["doubtful"], last_on)
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()), timezone.get_default_timezone())
