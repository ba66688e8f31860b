"""The filters of the ledger's list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from shanhe.faces.http.filters import Filter, Filters, Unfit, any_of, code_or_name, day_from, day_until
from shanhe.faces.http.ledger.subjects import SUBJECTS, Names
from shanhe.faces.http.ledger.words import ACTIONS
from shanhe.ground.people.queries import people_named, people_of
from shanhe.ground.people.scope import Scope
from shanhe.kernel.errors import gettext_noop

__all__ = ["ledger_filters"]


def ledger_filters(scope: Scope, params: Mapping[str, str]) -> Filters:
    """The filters of the ledger's list; ``record`` (type:key) is offered only to who came by such a link."""
    kinds = sorted(((code, word) for code, word in ACTIONS.items()), key=lambda pair: str(pair[1]))
    filters = [
        Filter(
            "kind",
            _("What"),
            any_of(kinds),
            lambda rows, wanted: rows.filter(action__in=wanted),
            "choices",
            lambda: kinds,
        ),
        Filter("person", _("Who"), code_or_name, lambda rows, text: rows.filter(_by(scope, text))),
        day_from("since", _("From"), "at"),
        day_until("until", _("Until"), "at"),
    ]
    record = params.get("record", "")
    if record:
        object_type, _colon, key = record.partition(":")
        name = Names(scope, {object_type: [key]}).of(object_type, key)
        options = [(record, f"{name.kind} · {name.name}")]
        filters.append(Filter("record", _("Record"), _reference, _about, "choice", lambda: options))
    return Filters(*filters)


def _by(scope: Scope, text: str) -> Q:
    people = people_named(people_of(scope), text).order_by().values("pk")
    return Q(person_id__in=people)


def _reference(given: str) -> tuple[str, str]:
    object_type, colon, key = given.partition(":")
    if not colon or object_type not in SUBJECTS or not key or len(key) > 64:
        raise Unfit(gettext_noop("There is no such record."))
    return object_type, key


def _about(rows: QuerySet[Any], record: tuple[str, str]) -> QuerySet[Any]:
    return rows.filter(object_type=record[0], object_id=record[1])
