"""The steps of bringing a file: how it is read and matched, and the preview that turns into the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, pgettext

from shanhe.faces.office.incoming_words import STATES, lines_of, system_words, systems
from shanhe.ground.incoming.kinds import Kind
from shanhe.ground.incoming.matching import SAME, fields_asked
from shanhe.ground.incoming.models import Incoming
from shanhe.ground.incoming.reports import text_heard
from shanhe.ground.jobs.models import Job
from shanhe.kernel.errors import Refusal

__all__ = ["MATCH_STEP", "PREVIEW_STEP", "SAME_FOR_ALL", "preview_page", "settings_page", "steps"]

MATCH_STEP, PREVIEW_STEP = 1, 2
CRS_EXAMPLE = "EPSG:4524"
#: Records whose code people know; others have a number that says nothing.
NAMED_BY_CODE = frozenset({"", "area", "facility", "division"})
#: Fields that a file often lacks since all of it lies in one place.
SAME_FOR_ALL = ("division",)
SHOWN_FAULTS, SHOWN_ROWS, SHOWN_NOTES = 100, 50, 20


def steps(now: int) -> list[tuple[str, str]]:
    """The four steps and which is behind, here or ahead."""
    words = [gettext("File"), gettext("Columns"), gettext("Preview"), pgettext("step", "Take in")]
    return [(word, "done" if n < now else "now" if n == now else "ahead") for n, word in enumerate(words)]


def _crumbs(incoming: Incoming) -> list[tuple[str, str | None]]:
    return [(gettext("Bring data"), reverse("imports")), (incoming.name, None)]


def settings_page(
    request: HttpRequest,
    incoming: Incoming,
    kind: Kind,
    refusal: Refusal | None = None,
    *,
    said: Mapping[str, str] | None = None,
    asked: Mapping[str, str] | None = None,
) -> HttpResponse:
    """How the file was read, and which column is which field. What was typed stays when it was refused."""
    found = incoming.found
    is_read = incoming.state != Incoming.State.RECEIVED
    mapping = incoming.mapping if said is None else said
    faults = {name: reason.render(gettext) for name, reason in refusal.fields.items()} if refusal else {}
    fields = fields_asked(kind, has_shapes=found.get("has_shapes", False)) if is_read else ()
    used = set(mapping.values())
    job = incoming.job
    context = {
        "crumbs": _crumbs(incoming),
        "steps": steps(MATCH_STEP),
        "incoming": incoming,
        "kind": kind,
        "look": STATES[incoming.state],
        "is_read": is_read,
        "found": found,
        "shapes": _shapes(found),
        "notes": [text_heard(note).render(gettext) for note in found.get("notes", ())],
        "asks_place": kind.has_shapes,
        "asks_crs": not is_read or bool(asked and "crs" in faults),
        "crs": (asked or {}).get("crs", incoming.crs) or found.get("crs_like", ""),
        "datum": (asked or {}).get("datum", incoming.datum),
        "systems": systems(),
        "system": system_words(found.get("crs", ""), found.get("crs_name", "")),
        "crs_example": CRS_EXAMPLE,
        "lines": [_line(each, mapping, found, faults) for each in fields],
        "spare": [column for column in found.get("columns", ()) if column not in {*used, *kind.reads}],
        "keeps_spare": kind.record == "facility",
        "message": _why(incoming, refusal, job),
        "faults": faults,
    }
    status = refusal.status if refusal else 200
    return render(request, "office/incoming/match.html", context, status=status)


def _why(incoming: Incoming, refusal: Refusal | None, job: Job | None) -> str:
    if refusal is not None:
        return refusal.message.render(gettext)
    if incoming.state == Incoming.State.RECEIVED and "why" in incoming.report:
        return text_heard(incoming.report["why"]).render(gettext)
    return job.message if job is not None and job.state == Job.State.FAILED else ""


def _shapes(found: Mapping[str, Any]) -> str:
    """ "12 lines, 3 points": what shapes the file has."""
    words = {
        "point": gettext("%(n)s with points"),
        "line": gettext("%(n)s with lines"),
        "polygon": gettext("%(n)s with areas"),
        "other": gettext("%(n)s with other shapes"),
    }
    shapes = found.get("shapes", {})
    return gettext(", ").join(words[name] % {"n": f"{n:,}"} for name, n in shapes.items())


def _line(
    each: Any, mapping: Mapping[str, str], found: Mapping[str, Any], faults: Mapping[str, str]
) -> dict[str, Any]:
    """One field with the columns to choose from, each with what it holds."""
    chosen = mapping.get(each.name, "")
    samples = found.get("samples", {})
    options = [
        (column, _option(column, samples.get(column, ())), column == chosen)
        for column in found.get("columns", ())
    ]
    return {
        "field": each,
        "options": options,
        "chosen": chosen,
        "samples": gettext(", ").join(samples.get(chosen, ())),
        "fault": faults.get(each.name, ""),
        "may_be_same": each.name in SAME_FOR_ALL,
        "same": chosen[len(SAME) :] if chosen.startswith(SAME) and chosen not in samples else "",
    }


def _option(column: str, samples: Any) -> str:
    words = gettext(", ").join(samples)[:40]
    return f"{column} （{words}）" if words else column


def preview_page(request: HttpRequest, incoming: Incoming, kind: Kind) -> HttpResponse:
    """What would become of the rows; once the file is taken in, what became of them."""
    faults, rows, notes = lines_of(incoming, kind)
    counts = incoming.report.get("counts", {})
    is_done = incoming.state == Incoming.State.TAKEN
    good = counts.get("created", 0) + counts.get("updated", 0)
    job = incoming.job
    context = {
        "crumbs": _crumbs(incoming),
        "steps": steps(len(steps(0)) if is_done else PREVIEW_STEP),
        "incoming": incoming,
        "kind": kind,
        "is_done": is_done,
        "counts": counts,
        "good": good,
        "faults": faults[:SHOWN_FAULTS],
        "more_faults": max(0, incoming.report.get("faults", 0) - SHOWN_FAULTS),
        "shows_code": kind.record in NAMED_BY_CODE,
        "rows": _changed_first(rows)[:SHOWN_ROWS],
        "more_rows": max(0, sum(counts.values()) - counts.get("refused", 0) - SHOWN_ROWS),
        "notes": notes[:SHOWN_NOTES],
        "more_notes": max(0, len(notes) - SHOWN_NOTES),
        "has_map": kind.has_shapes and _has_places(incoming),
        "failed": job.message if job is not None and job.state == Job.State.FAILED and not is_done else "",
    }
    return render(request, "office/incoming/preview.html", context)


def _changed_first(rows: list[Any]) -> list[Any]:
    order = ("update", "create", "unchanged")
    return sorted(rows, key=lambda line: (order.index(line.look.code), line.row))


def _has_places(incoming: Incoming) -> bool:
    return bool(incoming.found.get("shapes")) or bool({"lon", "wkt"} & set(incoming.mapping))
