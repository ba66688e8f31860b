"""Promises of the tables: what a demo made can be found and purged, and nothing points upwards."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db.models import CASCADE, Model

FLOORS = ("kernel", "ground", "evidence", "commitments", "judgement", "demo", "faces")

#: Rows that no demo invents: real geography, local rules, the ledger itself (append-only, and its events
#: say which record they speak of), and the machinery of work and time.
REAL = {
    "audit.Event",
    "audit.Head",
    "audit.DayRoot",
    "divisions.Division",
    "divisions.DivisionName",
    "divisions.DivisionShape",
    "policies.Policy",
    "policies.Holiday",
    "people.PhoneCode",
    "people.Post",
    "jobs.Tick",
}
MODELS = [model for model in apps.get_models() if model.__module__.startswith("shanhe.")]


def is_marked(model: type[Model], seen: frozenset[type[Model]] = frozenset()) -> bool:
    """Whether rows say themselves that they are simulated, or go with a row that does."""
    if "is_simulated" in {field.name for field in model._meta.fields}:
        return True
    return any(
        is_marked(field.related_model, seen | {model})
        for field in model._meta.fields
        if field.is_relation and field.related_model not in seen | {model}
        if not field.null or field.remote_field.on_delete is CASCADE or field.name == "created_by"
    )


@pytest.mark.parametrize("model", [model for model in MODELS if model._meta.label not in REAL])
def test_a_simulated_row_is_marked_as_such_or_goes_with_one_that_is(model):
    assert is_marked(model)


def test_what_is_said_to_be_real_is_there_and_bears_no_mark():
    by_label = {model._meta.label: model for model in MODELS}
    assert by_label.keys() >= REAL
    assert not [label for label in REAL if is_marked(by_label[label])]


def floor_of(model: type[Model]) -> int:
    return FLOORS.index(model.__module__.split(".")[1])


def test_foreign_keys_point_down_like_imports():
    found = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in MODELS
        for field in model._meta.fields
        if field.is_relation and field.related_model.__module__.startswith("shanhe.")
        if floor_of(field.related_model) > floor_of(model)
    ]
    assert not found


def test_quantities_bear_their_unit():
    """``length_m``, not ``length``: a float without a unit is misread sooner or later."""
    units = (
        "_m",
        "_m2",
        "_s",
        "_mps",
        "_deg",
        "_share",
        "years",
        "coverage",
        "west",
        "south",
        "east",
        "north",
        "lon",
        "lat",
    )
    found = [
        f"{model._meta.label}.{field.name}"
        for model in MODELS
        for field in model._meta.fields
        if field.get_internal_type() == "FloatField" and not field.name.endswith(units)
    ]
    assert not found


def test_constraints_read_as_sentences():
    """An office that meets one in a log should understand it: ``appointment_ends_after_it_begins``."""
    found = [
        f"{model._meta.label}: {constraint.name}"
        for model in MODELS
        for constraint in model._meta.constraints
        if constraint.name.count("_") < 2
    ]
    assert not found
