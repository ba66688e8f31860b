"""Services as style.md §3 wants them: keyword-only, told the time, with an event on the ledger."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from types import FunctionType
from typing import Any

import pytest

from architecture.sources import PACKAGE, called_names, modules

APPS = sorted(
    {
        path.parent if path.stem == "__init__" else path.with_suffix("")
        for path in PACKAGE.glob("*/*/services.py")
    }
    | {path.parent for path in PACKAGE.glob("*/*/services/__init__.py")}
)

#: Words of calls that change rows, or put an event on the ledger.
CHANGES = {
    "save",
    "create",
    "bulk_create",
    "bulk_update",
    "update",
    "delete",
    "get_or_create",
    "update_or_create",
}
RECORDS = {"ledger.record", "record", "audit.record"}
#: Runs somebody's work, which has an actor and a time of its own; takes patrols each with the time it came.
NOT_TOLD = {"ground.jobs.job_run", "evidence.patrols.patrols_submit"}
#: What writes no event, and why: design.md asks for one per state change, and these change none of anybody's.
NO_EVENT = {
    "ground.jobs.job_step": "a bar's progress",
    "ground.jobs.tick_claim": "which process ticks",
    "ground.jobs.tick_end": "which process ticks",
    "ground.people.phone_code_ask": "digits were sent; strangers may ask, and would fill the ledger",
    "ground.people.token_user": "when a token was last used",
}


def services() -> Iterator[tuple[str, Callable[..., Any]]]:
    for room in APPS:
        name = ".".join(room.relative_to(PACKAGE.parent).parts)
        module = import_module(name)
        for word in module.__all__:
            if isinstance(getattr(module, word), FunctionType):
                yield (
                    f"{name.removeprefix('shanhe.').removesuffix('.services')}.{word}",
                    getattr(module, word),
                )


SERVICES = dict(services())


def _functions_of(app: str) -> dict[str, ast.AST]:
    """By name, every function and class of an app's services room."""
    place = app.replace(".", "/")
    return {
        node.name: node
        for module in modules(f"{place}/services")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def _calls(name: str) -> set[str]:
    """Dotted names of all that a service calls, also by way of others of its room."""
    app, _dot, function = name.rpartition(".")
    known = _functions_of(app)
    seen: set[str] = set()
    waiting, found = [function], set()
    while waiting:
        word = waiting.pop()
        if word in seen or word not in known:
            continue
        seen.add(word)
        called = {dotted for _call, dotted in called_names(known[word])}
        found |= called
        waiting += [dotted.rpartition(".")[2] for dotted in called]
        # A function that is handed on, or a class with its methods, is called there.
        waiting += [node.id for node in ast.walk(known[word]) if isinstance(node, ast.Name)]
    return found


CALLS = {name: _calls(name) for name in SERVICES}


def _writes(name: str) -> bool:
    return any("objects" in call and call.rpartition(".")[2] in CHANGES for call in CALLS[name]) or any(
        call in RECORDS or call.endswith(".save") for call in CALLS[name]
    )


WRITES = sorted(name for name in SERVICES if _writes(name))


def test_there_are_services_to_look_at():
    assert len(WRITES) > 40
    assert NO_EVENT.keys() <= set(WRITES) >= NOT_TOLD


@pytest.mark.parametrize("name", WRITES)
def test_a_service_is_called_by_keywords_and_told_the_time(name):
    parameters = inspect.signature(SERVICES[name]).parameters
    by_position = [
        parameter.name
        for parameter in parameters.values()
        if parameter.kind not in (parameter.KEYWORD_ONLY, parameter.VAR_KEYWORD)
    ]
    assert not by_position
    assert "at" in parameters or name in NOT_TOLD


@pytest.mark.parametrize("name", [name for name in WRITES if name not in NO_EVENT])
def test_a_service_leaves_an_event_on_the_ledger(name):
    assert CALLS[name] & RECORDS


@pytest.mark.parametrize("name", NO_EVENT)
def test_what_is_said_to_leave_none_leaves_none(name):
    assert not CALLS[name] & RECORDS
