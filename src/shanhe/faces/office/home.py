"""What one answers for: the first page of everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from shanhe.evidence.patrols.models import Contest, Outcome
from shanhe.evidence.patrols.queries import State, doubts, latest_patrols, verdicts_of
from shanhe.evidence.patrols.queries.contests import contests_to_decide, contests_to_list
from shanhe.evidence.patrols.queries.standings import standing_counts, standing_counts_by, with_standing
from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.faces.office.area_looks import AreaShown, areas_shown, by_level, due_words, most_urgent_first
from shanhe.faces.office.contest_told import due_said
from shanhe.faces.office.first_steps import steps_for
from shanhe.faces.office.places_below import LATE, places_standing
from shanhe.ground import clock
from shanhe.ground.people.handovers import to_confirm
from shanhe.ground.people.scope import FIELD, Scope
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.queries import areas_of, valid_on
from shanhe.ground.registry.responsibility import gaps_on, held_areas, kept_areas, without_keeper

__all__ = ["urlpatterns"]

AS_CARDS = 6  # areas of one's own, shown large
OWN_READ = 200  # areas of one's own that are put in order of urgency
LISTED = 6  # rows of a work list
DAYS = 30  # that counts of patrols look back
STEPS_COOKIE, STEPS_KEPT_S = "shanhe_steps", 5 * 365 * 86_400


@dataclass(frozen=True, slots=True)
class Own:
    """An area one answers for oneself, and how the areas nested in it stand."""

    area: AreaShown
    due: str
    below: int = 0
    below_late: int = 0
    below_vacant: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with the list behind it."""

    label: str
    number: int
    url: str
    symbol: str
    tone: str = ""
    unit: str = ""


@office_page
def home(request: HttpRequest) -> HttpResponse:
    """Own areas as cards, figures that lead to their lists, what waits for somebody, and who is how far.

    The number of queries does not depend on the number of areas, people or patrols.
    """
    scope, day = scope_of_request(request), clock.today()
    areas = areas_of(scope).filter(valid_on(day))
    counts = standing_counts(areas, day) if scope.seen else dict.fromkeys(State, 0)
    total = sum(counts.values())
    own, own_total = _own(scope, areas, day) if total else ([], 0)
    oversees = bool(scope.supervised) and total > own_total
    looks_on = total > 0 and not own  # an office, or a member unit
    context = {
        "own": own[:AS_CARDS],
        "own_listed": own[AS_CARDS:][:LISTED],
        "own_total": own_total,
        "has_areas": total > 0,
        "oversees": oversees,
        "walks": bool(scope.roles & FIELD) or bool(own),
        "has_work": oversees or looks_on,
        "figures": _figures(scope, areas, counts, day) if oversees or looks_on else [],
        "below": places_standing(areas, day) if total > own_total else [],
        "steps": steps_for(scope, has_areas=total > 0, oversees=oversees),
        "shows_steps": _shows_steps(request, total),
        "days": DAYS,
        "scope_is_empty": not scope.seen,
        "may_enter": bool(scope.managed),
        "areas_url": reverse("areas"),
        "to_confirm": to_confirm(scope),
        "to_decide": _to_decide(scope, day),
        "late_url": f"{reverse('areas')}?state={LATE}",
        "patrols_url": reverse("patrols"),
        "doubts_url": f"{reverse('patrols')}?verdict={Outcome.DOUBTFUL}",
        **(_work(scope, areas, day) if oversees or looks_on else {}),
        "latest": latest_patrols(scope, LISTED) if scope.seen else [],
    }
    return render(request, "office/home/home.html", context)


def _to_decide(scope: Scope, day: date) -> list[tuple[Contest, str, bool]]:
    """Contests that wait for one's decision, the one due first on top, with what is said of the days left."""
    rows = contests_to_list(contests_to_decide(scope))[:LISTED] if scope.supervised else ()
    return [(each, due_said(each, day), each.due_on < day) for each in rows]


def _shows_steps(request: HttpRequest, areas: int) -> bool:
    """Until somebody has put them away, whenever asked for, and as long as there is nothing else."""
    return not areas or "steps" in request.GET or STEPS_COOKIE not in request.COOKIES


def _own(scope: Scope, areas: QuerySet[Area], day: date) -> tuple[list[Own], int]:
    """The areas one keeps, the most urgent first, and how many there are; a liaison officer keeps none, so
    those one answers for by post stand in. Seven queries at most.
    """
    if scope.person_id is None:
        return [], 0
    kept = areas.filter(pk__in=kept_areas(scope.person_id, day))
    found = areas_shown(kept.order_by(by_level(), "code"), day, OWN_READ)
    if not found and not scope.supervised:
        kept = areas.filter(pk__in=held_areas(scope.person_id, day))
        found = areas_shown(kept.order_by(by_level(), "code"), day, OWN_READ)
    shown = most_urgent_first(found)[: AS_CARDS + LISTED]
    total = len(found) if len(found) < OWN_READ else kept.count()
    return _with_below(scope, shown, day), total


def _with_below(scope: Scope, own: list[AreaShown], day: date) -> list[Own]:
    """Each with the areas nested in it: how many, how many late, how many without a keeper. Three queries."""
    pks = [area.pk for area in own]
    nested = areas_of(scope).filter(valid_on(day), within__ancestor__in=pks, within__depth__gt=0)
    counts = standing_counts_by(nested, "within__ancestor", day) if pks else {}
    vacant: dict[int, int] = {}
    if counts:
        rows = without_keeper(nested, day).order_by().values_list("within__ancestor")
        vacant = dict(rows.annotate(Count("pk")))
    return [
        Own(
            area,
            due_words(area.days_left(day)),
            sum(counts.get(area.pk, {}).values()),
            sum(counts.get(area.pk, {}).get(state, 0) for state in (State.OVERDUE, State.NEVER)),
            vacant.get(area.pk, 0),
        )
        for area in own
    ]


def _figures(scope: Scope, areas: QuerySet[Area], counts: dict[State, int], day: date) -> list[Figure]:
    """Areas, late ones, those without a keeper; patrols and doubts for those who see others' patrols."""
    late = counts[State.OVERDUE] + counts[State.NEVER]
    vacant = without_keeper(areas, day).count()
    figures = [
        Figure(_("Areas"), sum(counts.values()), reverse("areas"), "area"),
        Figure(
            _("Not visited in time"),
            late,
            f"{reverse('areas')}?state={LATE}",
            "overdue",
            "red" if late else "green",
        ),
        Figure(_("Without a keeper"), vacant, reverse("gaps"), "vacant", "violet" if vacant else "green"),
    ]
    if not scope.supervised:
        return figures
    since = day - timedelta(days=DAYS - 1)
    recent = verdicts_of(scope).filter(started_at__gte=_midnight(since)).order_by()
    outcomes = dict(recent.values_list("outcome").annotate(Count("pk")))
    listed = f"{reverse('patrols')}?since={since.isoformat()}"
    doubtful = outcomes.get(Outcome.DOUBTFUL, 0)
    return [
        *figures,
        Figure(_("Patrols in %(n)s days") % {"n": DAYS}, sum(outcomes.values()), listed, "patrol"),
        Figure(
            _("Doubtful among them"),
            doubtful,
            f"{listed}&verdict={Outcome.DOUBTFUL}",
            "doubtful",
            "violet" if doubtful else "",
        ),
    ]


def _work(scope: Scope, areas: QuerySet[Area], day: date) -> dict[str, Any]:
    """What waits for somebody: the longest unvisited areas, areas without a keeper, doubts."""
    late = with_standing(areas, day).filter(Q(standing__in=(State.OVERDUE, State.NEVER)))
    late = late.order_by(F("due_at").asc(nulls_first=True), by_level(), "code")
    vacant = without_keeper(areas, day).order_by(by_level(), "code").values_list("pk", flat=True)[:LISTED]
    return {
        "late": [(area, due_words(area.days_left(day))) for area in areas_shown(late, day, LISTED)],
        "gaps": gaps_on(scope, day, list(vacant)),
        "doubts": doubts(scope)[:LISTED] if scope.supervised else [],
    }


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())


@require_POST
@office_page
def steps_hide(request: HttpRequest) -> HttpResponse:
    """Put the first steps away in this browser; the page's button shows them again."""
    answer = redirect("home")
    answer.set_cookie(STEPS_COOKIE, "read", max_age=STEPS_KEPT_S, samesite="Lax", secure=request.is_secure())
    return answer


urlpatterns: list[URLPattern] = [
    path("", home, name="home"),
    path("steps/", steps_hide, name="home-steps"),
]
