"""One patrol: its page and sheet, what its map and chart draw, and its track to take away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils.translation import get_language, gettext

from shanhe.evidence.patrols.drawing import Drawing, drawing_of
from shanhe.evidence.patrols.earlier import first_fix_at, kept_track
from shanhe.evidence.patrols.models import Patrol, Verdict
from shanhe.evidence.patrols.numbers import numbers_of
from shanhe.evidence.patrols.queries import patrol_in
from shanhe.evidence.patrols.queries.company import Companion, company_of
from shanhe.evidence.patrols.queries.contests import contests_of_patrol, verdict_may
from shanhe.evidence.patrols.queries.page import neighbours, patrols_among, sees_whole_track
from shanhe.evidence.patrols.queries.proofs import verdict_record
from shanhe.evidence.patrols.sent import track_from_raw
from shanhe.evidence.patrols.walking import walk_of
from shanhe.faces.http.access import actor_of, office_page, scope_of_request
from shanhe.faces.http.ledger import ACTIONS
from shanhe.faces.office.contest_told import due_said, history_of, look_of
from shanhe.faces.office.patrol_photos import Attached, attached_of, photo_features, photo_moments
from shanhe.faces.office.patrol_told import (
    SOURCES,
    asked_of,
    checkpoints_told,
    headline,
    missing_of,
    mode_words,
    rule_facts,
    share_words,
    signs_of,
)
from shanhe.faces.office.patrol_untracked import former_context
from shanhe.ground import clock
from shanhe.ground.audit.models import Event
from shanhe.ground.audit.queries import events_of, root_over
from shanhe.ground.people.queries import people_of
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.offices import offices_of
from shanhe.ground.registry.queries import areas_of
from shanhe.kernel.tracks.formats.gpx_writing import gpx_of

__all__ = ["urlpatterns"]


@office_page
def patrol_show(request: HttpRequest, pk: int) -> HttpResponse:
    """Everything about one patrol, the verdict first; ``area=CODE`` chooses among several areas."""
    scope = scope_of_request(request)
    patrol = _seen(scope, pk)
    verdict = _chosen(patrol, request.GET.get("area", ""))
    signs = signs_of(verdict, _began_at(patrol))
    company = company_of(patrol)
    others = [sign.other for sign in signs if sign.other is not None]
    others += [each.patrol_id for each in company if each.patrol_id is not None]
    linked = _Linked.of(scope, patrol, others, company)
    attached = attached_of(patrol)
    context = {
        "crumbs": [(gettext("Patrols"), reverse("patrols")), (gettext("No. %(n)s") % {"n": pk}, None)],
        "patrol": patrol,
        "verdict": verdict,
        "verdicts": [(row, share_words(row)) for row in patrol.shown],  # type: ignore[attr-defined]
        **_history(request, scope, patrol, verdict),
        "headline": headline(patrol, verdict),
        "asked": asked_of(verdict),
        "missing": missing_of(verdict),
        "signs": signs,
        "rule_facts": rule_facts(verdict),
        "source": SOURCES[patrol.source],
        "mode": mode_words(patrol.mode),
        "late_s": (patrol.received_at - patrol.ended_at).total_seconds(),
        "linked": linked,
        "company": company,
        "checkpoints": checkpoints_told(verdict),
        "log": _log(patrol, verdict, attached),
        "files": attached.others(patrol),
        "beside": neighbours(scope, verdict),
        "may_take_track": hasattr(patrol, "track") and sees_whole_track(scope, patrol),
        "has_track": hasattr(patrol, "track"),
        "ground": _ground(verdict, linked),
        "events": [_event(event) for event in events_of(("patrols.patrol", patrol.pk))[:20]],
        "proved": _proved(patrol),
        "office": offices_of([verdict.area]).get(verdict.area_id),
    }
    context |= former_context(patrol, verdict)
    context |= former_context(patrol, verdict)
    return render(request, "office/patrols/page.html", context)


@office_page
def patrol_drawing(request: HttpRequest, pk: int) -> HttpResponse:
    """What the patrol's map draws, as GeoJSON: the area's parts, the track, photos where they were taken."""
    scope = scope_of_request(request)
    patrol = _seen(scope, pk)
    drawing = _drawing(patrol, request)
    found = drawing.geojson(is_whole=sees_whole_track(scope, patrol))
    found["features"] += photo_features(attached_of(patrol))
    return _private(JsonResponse(found, content_type="application/geo+json"))


@office_page
def patrol_walk(request: HttpRequest, pk: int) -> HttpResponse:
    """The outing to be walked through again, as JSON: fixes, stretches, and photos with their moments."""
    scope = scope_of_request(request)
    patrol = _seen(scope, pk)
    found = walk_of(_drawing(patrol, request), is_whole=sees_whole_track(scope, patrol))
    found["photos"] = photo_moments(attached_of(patrol), found["started_at"])
    return _private(JsonResponse(found))


@office_page
def patrol_series(request: HttpRequest, pk: int) -> HttpResponse:
    """The chart of time against distance, as JSON."""
    patrol = _seen(scope_of_request(request), pk)
    return _private(JsonResponse(_drawing(patrol, request).series()))


@office_page
def patrol_track(request: HttpRequest, pk: int) -> HttpResponse:
    """The track as it was received, as GPX; 404 for who may not follow the whole outing."""
    scope = scope_of_request(request)
    patrol = _seen(scope, pk)
    if not hasattr(patrol, "track") or not sees_whole_track(scope, patrol):
        raise Http404
    raw, codec = kept_track(patrol.track)
    content = raw if codec == "gpx" else gpx_of(track_from_raw(raw, codec), f"Shanhe {patrol.pk}")
    answer = HttpResponse(content, content_type="application/gpx+xml")
    answer["Content-Disposition"] = f'attachment; filename="patrol-{patrol.pk}.gpx"'
    return _private(answer)


def _private(answer: HttpResponse) -> HttpResponse:
    """Steps of a person: no cache keeps them."""
    answer["Cache-Control"] = "private, no-store"
    return answer


def _seen(scope: Scope, pk: int) -> Patrol:
    try:
        return patrol_in(scope, pk)
    except Patrol.DoesNotExist:
        raise Http404 from None


def _chosen(patrol: Patrol, code: str) -> Verdict:
    """The verdict for the area of that code, the first one without a code; 404 for another area."""
    shown: Sequence[Verdict] = patrol.shown  # type: ignore[attr-defined]
    found = [verdict for verdict in shown if not code or verdict.area.code == code]
    if not found:
        raise Http404
    return found[0]


def _drawing(patrol: Patrol, request: HttpRequest) -> Drawing:
    verdict = _chosen(patrol, request.GET.get("area", ""))
    if not hasattr(patrol, "track"):
        raise Http404
    return drawing_of(verdict, patrol.track)


def _began_at(patrol: Patrol) -> Any:
    return first_fix_at(patrol.track) if hasattr(patrol, "track") else None


def _history(request: HttpRequest, scope: Scope, patrol: Patrol, verdict: Verdict) -> dict[str, Any]:
    """Every verdict on the area with who made it and why, the contests, and what the reader may do."""
    contests = contests_of_patrol(scope, patrol, [verdict.area_id])
    verdict.patrol = patrol
    past = [row for row in patrol.past if row.area_id == verdict.area_id]  # type: ignore[attr-defined]
    may = verdict_may(verdict, contests, actor_of(request), clock.today())
    pending = next((each for each in contests if each.is_open), None)
    return {
        "history": history_of([verdict, *past], contests),
        "contests": [(each, look_of(each), due_said(each, clock.today())) for each in contests],
        "pending": pending,
        "may_contest": "file" in may,
        "may_settle": "examine" in may,
        "contest_until": may.file_until,
    }


@dataclass(frozen=True, slots=True)
class _Linked:
    """What the page may link to: of what it names, what the reader sees."""

    people: frozenset[int]
    areas: frozenset[int]
    patrols: frozenset[int]

    @classmethod
    def of(cls, scope: Scope, patrol: Patrol, others: Iterable[int], company: Iterable[Companion]) -> _Linked:
        """Three queries at most."""
        shown: Sequence[Verdict] = patrol.shown  # type: ignore[attr-defined]
        people = {patrol.person_id, *(row.person_id for row in shown)}
        people |= {each.person.pk for each in company}
        around = {patrol.joined_to_id, *(each.pk for each in patrol.joined.all()), *others}
        return cls(
            people=frozenset(people_of(scope).filter(pk__in=people).values_list("pk", flat=True)),
            areas=frozenset(
                areas_of(scope).filter(pk__in=[row.area_id for row in shown]).values_list("pk", flat=True)
            ),
            patrols=patrols_among(scope, [pk for pk in around if pk is not None]),
        )


def _ground(verdict: Verdict, linked: _Linked) -> str:
    """Where the map's ground comes from: around the area, or its window when the area is no longer seen."""
    shape = verdict.shape
    if verdict.area_id in linked.areas and shape.until is None:
        return f"{reverse('map-ground')}?around={verdict.area.code}"
    width, height = shape.max_lon - shape.min_lon + 0.05, shape.max_lat - shape.min_lat + 0.05
    west, south = max(shape.min_lon - width, -180), max(shape.min_lat - height, -85)
    east, north = min(shape.max_lon + width, 180), min(shape.max_lat + height, 85)
    return f"{reverse('map-ground')}?bbox={west:.4f},{south:.4f},{east:.4f},{north:.4f}"


def _proved(patrol: Patrol) -> dict[str, Any] | None:
    """The record that says the verdict, and the published day whose root it stands under, if any yet."""
    record = verdict_record(patrol)
    return None if record is None else {"seq": record.seq, "root": root_over(record)}


def _event(event: Event) -> dict[str, Any]:
    return {
        "seq": event.seq,
        "at": event.at,
        "words": ACTIONS.get(event.action, event.action),
        "url": reverse("ledger-event", args=[event.seq]),
    }


def _log(patrol: Patrol, verdict: Verdict, attached: Attached) -> list[dict[str, Any]]:
    """The checklist as ticked on the way, its points in the words of the place, with their files."""
    rows = list(patrol.log.all())
    if not rows:
        return []
    words = "zh" if (get_language() or "").startswith("zh") else "en"
    items = numbers_of([verdict.area], patrol.started_at.date()).checklist(verdict.area)
    names = {item["key"]: item.get(words) or item["key"] for item in items}
    return [
        {
            "name": names.get(row.item, row.item),
            "ok": row.ok,
            "note": row.note,
            "files": [attached.one(UUID(str(number))) for number in row.files],
        }
        for row in rows
    ]


urlpatterns: list[URLPattern] = [
    path("patrols/<int:pk>/", patrol_show, name="patrol"),
    path("patrols/<int:pk>/drawing.json", patrol_drawing, name="patrol-drawing"),
    path("patrols/<int:pk>/walk.json", patrol_walk, name="patrol-walk"),
    path("patrols/<int:pk>/series.json", patrol_series, name="patrol-series"),
    path("patrols/<int:pk>/track.gpx", patrol_track, name="patrol-track"),
]
