"""Who reads which records, and what the objects in them are called: looked up within the reader's scope."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.evidence.patrols.queries import patrols_of
from shanhe.faces.http.ledger.words import JOBS
from shanhe.faces.http.templatetags.shanhe_tags import day_words
from shanhe.ground.audit.models import Event
from shanhe.ground.audit.queries import about, events
from shanhe.ground.jobs.queries import jobs_of
from shanhe.ground.people.handovers import handovers_of
from shanhe.ground.people.leaves import leaves_of
from shanhe.ground.people.queries import (
    appointments_of,
    organizations_of,
    people_of,
    posts_numbered,
    remits_of,
    tokens_of,
    users_of,
)
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.queries import areas_of, facilities_of, waters_of

__all__ = ["SUBJECTS", "Named", "Names", "events_seen"]


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of object records speak of: its word, the rows a scope sees, how one is named and where it is.

    ``rows`` None: everybody in the office may read such records, or (``is_hidden``) the administrator only.
    """

    word: Any
    rows: Callable[[Scope], QuerySet[Any]] | None = None
    name: Callable[[Any], str] = str
    url: Callable[[Any], str | None] = lambda row: None
    is_hidden: bool = False


def _supervised(scope: Scope) -> Scope:
    """The scope as if it saw only what it supervises: a ranger's ledger is their own doing."""
    return scope.seeing(scope.supervised)


def _appointment_name(row: Any) -> str:
    return f"{row.person.name} · {row.post.local_name}"


def _handover_name(row: Any) -> str:
    return f"{row.outgoing.person.name} → {row.incoming.person.name} · {row.outgoing.post.local_name}"


SUBJECTS: dict[str, Subject] = {
    "audit.dayroot": Subject(_("Day"), is_hidden=True),  # one a day; the page says how far they are published
    "divisions.division": Subject(_("Divisions")),
    "divisions.divisionshape": Subject(_("Boundaries")),
    "documents": Subject(_("Files"), is_hidden=True),
    "documents.storedfile": Subject(_("File"), is_hidden=True),
    "jobs.job": Subject(
        _("Long work"),
        jobs_of,
        lambda row: str(JOBS.get(row.kind, row.kind)),
        lambda row: reverse("job", args=[row.uuid]),
    ),
    "patrols.patrol": Subject(
        _("Patrol"),
        lambda scope: patrols_of(scope).select_related("person"),
        lambda row: f"{row.person.name} · {day_words(localtime(row.started_at).date())}",
        lambda row: reverse("patrol", args=[row.pk]),
    ),
    "people.apitoken": Subject(_("Device"), tokens_of, lambda row: row.label),
    "people.appointment": Subject(
        _("Appointment"),
        lambda scope: appointments_of(_supervised(scope)),
        _appointment_name,
        lambda row: f"{reverse('person', args=[row.person_id])}#appointment-{row.pk}",
    ),
    "people.handover": Subject(
        _("Handover"), handovers_of, _handover_name, lambda row: reverse("handover", args=[row.pk])
    ),
    "people.leave": Subject(
        _("Leave"),
        lambda scope: leaves_of(_supervised(scope)),
        lambda row: f"{row.person.name} · {row.appointment.post.local_name}",
        lambda row: reverse("person", args=[row.person_id]),
    ),
    "people.organization": Subject(
        _("Unit"),
        lambda scope: organizations_of(_supervised(scope)),
        lambda row: row.name,
        lambda row: reverse("organization", args=[row.pk]),
    ),
    "people.person": Subject(
        _("Person"),
        lambda scope: people_of(_supervised(scope)),
        lambda row: row.name,
        lambda row: reverse("person", args=[row.pk]),
    ),
    "people.post": Subject(_("Post"), None, lambda row: row.local_name),
    "people.remit": Subject(_("Remit"), lambda scope: remits_of(_supervised(scope)), lambda row: row.name),
    "people.user": Subject(
        _("Login"),
        users_of,
        lambda row: row.person.name if row.person else row.username,
        lambda row: reverse("person", args=[row.person_id]) if row.person_id else None,
    ),
    "policies.holiday": Subject(_("Holidays")),
    "policies.policy": Subject(_("Policy")),
    "registry": Subject(_("Areas"), is_hidden=True),
    "registry.area": Subject(
        _("Area"),
        lambda scope: areas_of(_supervised(scope)),
        lambda row: row.name,
        lambda row: reverse("area", args=[row.code]),
    ),
    "registry.facility": Subject(
        _("Facility"), lambda scope: facilities_of(_supervised(scope)), lambda row: row.name
    ),
    "registry.waterbody": Subject(
        _("Water"), lambda scope: waters_of(_supervised(scope)), lambda row: row.name
    ),
}


def events_seen(scope: Scope) -> QuerySet[Event]:
    """The records a scope reads, newest first: all for the administrator; else what one did oneself, what
    the people one manages did, what was done to the things one supervises, and the public rules.
    """
    if scope.is_administrator:
        return events()
    seen = Q(pk__in=())
    if scope.user_id is not None:
        seen |= Q(user_id=scope.user_id)
    if scope.person_id is not None:
        seen |= Q(person_id=scope.person_id)
    if scope.managed:
        managed = people_of(scope.seeing(scope.managed)).order_by().values("pk")
        seen |= Q(person_id__in=managed)
    for object_type, subject in SUBJECTS.items():
        if subject.rows is not None:
            seen |= about(object_type, subject.rows(scope))
        elif not subject.is_hidden:
            seen |= about(object_type)
    return events().filter(seen)


@dataclass(frozen=True, slots=True)
class Named:
    """An object or actor as a page shows it."""

    kind: str
    name: str
    url: str | None = None
    is_known: bool = False  # by its name, not by its number


class Names:
    """Names of what some records speak of, looked up within a scope: one query a kind, not a record."""

    def __init__(self, scope: Scope, wanted: Mapping[str, Iterable[str]]) -> None:
        self._found: dict[tuple[str, str], Any] = {}
        for object_type, keys in wanted.items():
            for row in _rows(scope, object_type, keys):
                self._found[object_type, str(row.pk)] = row

    def of(self, object_type: str, key: str) -> Named:
        """The object of that type and key; its kind and number when it is not there or not seen."""
        subject = SUBJECTS.get(object_type)
        word = str(subject.word) if subject else object_type
        row = self._found.get((object_type, key))
        if subject is None or row is None:
            return Named(word, _unnamed(object_type, key))
        name = subject.name(row)
        return Named(word, name or _unnamed(object_type, key), subject.url(row), is_known=bool(name))

    def row(self, object_type: str, key: str) -> Any:
        """The row itself, None when it is not there or not seen."""
        return self._found.get((object_type, key))


def _unnamed(object_type: str, key: str) -> str:
    if object_type == "audit.dayroot":
        on = parse_date(key)
        return day_words(on) if on else key
    if not key.isdecimal():
        return gettext("several") if key in ("*", "simulated") else key
    return gettext("No. %(key)s") % {"key": key}


def _rows(scope: Scope, object_type: str, keys: Iterable[str]) -> Iterable[Any]:
    subject = SUBJECTS.get(object_type)
    ids = sorted({int(key) for key in keys if key.isdecimal() and len(key) < 19})
    if subject is None or not ids:
        return ()
    if object_type == "people.post":
        return posts_numbered(ids)
    return () if subject.rows is None else subject.rows(scope).filter(pk__in=ids)
