"""One record as people read it: who made it, by which door, and what it says field by field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext

from shanhe.evidence.patrols.models import Outcome
from shanhe.faces.http.ledger.subjects import Named, Names
from shanhe.faces.http.ledger.words import CODES, FIELDS, VIAS
from shanhe.faces.http.templatetags.shanhe_tags import day_words
from shanhe.ground.audit.models import Event
from shanhe.ground.divisions.queries import division_paths
from shanhe.ground.people.scope import Scope

__all__ = ["Change", "actor_of_event", "changes_of", "named", "via_words"]

#: Fields that hold the id of an object.
IDS = {
    "person": "people.person",
    "holder": "people.person",
    "substitute": "people.person",
    "appointment": "people.appointment",
    "outgoing": "people.appointment",
    "incoming": "people.appointment",
    "post": "people.post",
    "remit": "people.remit",
    "user": "people.user",
    "area": "registry.area",
}

#: Fields that say what stood there before: (kind of record, field) → where the former value is.
BEFORE = {
    ("appointment.end", "until"): "before",
    ("appointment.reopen", "until"): "before",
    ("leave.cancel", "until"): "before",
    ("leave.end", "until"): "before",
}


def via_words(event: Event) -> str:
    """The door by which the actor came."""
    return str(VIAS.get(event.via, event.via))


def named(scope: Scope, found: Iterable[Event]) -> Names:
    """The names of what the records speak of and of who made them."""
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for event in found:
        wanted[event.object_type].add(event.object_id)
        if event.person_id is not None:
            wanted["people.person"].add(str(event.person_id))
        elif event.user_id is not None:
            wanted["people.user"].add(str(event.user_id))
        for object_type, key in _named_in(event.data):
            wanted[object_type].add(key)
    return Names(scope, wanted)


def actor_of_event(names: Names, event: Event) -> Named:
    """Who made a record, as far as the reader may know them."""
    if event.person_id is None and event.user_id is None:
        return Named("", gettext("the system"))
    if event.person_id is not None:
        key, object_type = str(event.person_id), "people.person"
    else:
        key, object_type = str(event.user_id), "people.user"
    if names.row(object_type, key) is None:
        return Named("", gettext("somebody above or outside your ground (No. %(key)s)") % {"key": key})
    return names.of(object_type, key)


@dataclass(frozen=True, slots=True)
class Change:
    """One field of a record: before (None: not told) and after, as words."""

    label: str
    before: Named | None
    after: Named
    is_code: bool = False  # a fingerprint or number for machines


def changes_of(event: Event, names: Names) -> list[Change]:
    """What a record says, field by field, in words."""
    data: Mapping[str, Any] = event.data if isinstance(event.data, dict) else {}
    former = {source for (action, _field), source in BEFORE.items() if action == event.action}
    divisions = _division_names(data)
    changes = []
    for field, value in data.items():
        if field in former:
            continue
        before = BEFORE.get((event.action, field))
        changes.append(
            Change(
                str(FIELDS.get(field, field)),
                _said(field, data.get(before), names, divisions) if before else None,
                _said(field, value, names, divisions),
                is_code="sha256" in field or field in ("uuid", "head", "root", "key", "record"),
            )
        )
    return changes


def _division_names(data: Mapping[str, Any]) -> dict[str, str]:
    code = data.get("division")
    paths = division_paths([code]) if isinstance(code, str) else {}
    return {code: path[-1].name for code, path in paths.items() if path}


def _said(field: str, value: Any, names: Names, divisions: Mapping[str, str]) -> Named:
    """One value as words; what is an object's id becomes its name and link."""
    if value is None or value == "":
        return Named("", gettext("none"))
    if field in IDS and isinstance(value, int) and not isinstance(value, bool):
        return names.of(IDS[field], str(value))
    if field == "fields" and isinstance(value, list):
        return Named("", gettext(", ").join(str(FIELDS.get(each, each)) for each in value))
    if field == "verdicts" and isinstance(value, list):
        return Named("", gettext("; ").join(_verdict(each, names) for each in value))
    if isinstance(value, bool):
        return Named("", gettext("Yes") if value else gettext("No"))
    if field == "division":
        return Named("", divisions.get(value, value))
    if field in CODES and isinstance(value, str):
        return Named("", str(CODES[field].get(value, value)))
    on = parse_date(value) if isinstance(value, str) and len(value) == 10 else None
    if on is not None:
        return Named("", day_words(on))
    return Named("", _plain(value))


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return gettext("; ").join(f"{FIELDS.get(name, name)}: {_plain(each)}" for name, each in value.items())
    if isinstance(value, list):
        return gettext(", ").join(_plain(each) for each in value)
    return str(value)


def _verdict(told: Mapping[str, Any], names: Names) -> str:
    area = names.of("registry.area", str(told.get("area"))).name
    words = dict(Outcome.choices)
    outcome = str(words.get(str(told.get("outcome")), told.get("outcome")))
    if "was" in told:
        was = words.get(str(told["was"]), told["was"])
        return gettext("%(area)s: %(was)s → %(outcome)s") % {"area": area, "was": was, "outcome": outcome}
    return gettext("%(area)s: %(outcome)s") % {"area": area, "outcome": outcome}


def _named_in(data: Any) -> Iterable[tuple[str, str]]:
    """Objects that a record's fields name."""
    if not isinstance(data, dict):
        return
    for field, value in data.items():
        if field in IDS and isinstance(value, int) and not isinstance(value, bool):
            yield IDS[field], str(value)
        if field == "verdicts" and isinstance(value, list):
            for each in value:
                yield "registry.area", str(each.get("area"))
