"""What style.md says about who writes where, read from the syntax trees: import-linter sees imports only."""

from __future__ import annotations

import ast

import pytest

from architecture.sources import Module, called_names, modules

MANAGERS = {"objects", "_default_manager", "_base_manager"}
WRITES = {
    *("save", "asave", "create", "acreate", "get_or_create", "aget_or_create", "update_or_create"),
    *("bulk_create", "bulk_update", "delete", "adelete"),
}
# A workbook is saved into an answer, and `router.delete` names a method of HTTP.
NOT_ROWS = {
    "faces/http/xlsx.py": {"book.save"},
    "faces/api/": {"router.delete"},
    "faces/office/stickers.py": {"picture.save"},  # a QR code into an answer
}

CLOCKS = {
    *(
        "datetime.now",
        "datetime.utcnow",
        "datetime.today",
        "date.today",
        "timezone.now",
        "timezone.localdate",
    ),
    *("time.time", "time.time_ns"),
}
# The one clock; and a progress bar, which measures how long the machine takes.
HAVE_A_CLOCK = {"ground/clock.py", "faces/cli/tracks.py"}


def listed(found: list[str]) -> str:
    return "\n" + "\n".join(found)


def test_faces_ask_queries_and_never_a_table():
    found = [
        f"{module.at(node)}: .{node.attr}"
        for module in modules("faces/")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr in MANAGERS
    ]
    assert not found, listed(found)


def _is_no_row(module: Module, name: str) -> bool:
    return any(module.name.startswith(place) and name in names for place, names in NOT_ROWS.items())


def test_faces_write_through_services_only():
    found = [
        f"{module.at(call)}: {name}"
        for module in modules("faces/")
        for call, name in called_names(module.tree)
        if name.rpartition(".")[2] in WRITES and not _is_no_row(module, name)
    ]
    assert not found, listed(found)


def test_there_is_one_clock():
    found = [
        f"{module.at(call)}: {name}()"
        for module in modules()
        if module.name not in HAVE_A_CLOCK
        for call, name in called_names(module.tree)
        if name in CLOCKS or (name == "timezone.localtime" and not call.args)
    ]
    assert not found, listed(found)


@pytest.mark.parametrize("room", ["kernel/", "evidence/", "ground/"])
def test_below_the_faces_the_time_is_handed_in(room):
    """``clock.now()`` is for faces, the ticker and the demo; a service is told when."""
    found = [
        f"{module.at(call)}: {name}()"
        for module in modules(room)
        for call, name in called_names(module.tree)
        if name in {"clock.now", "clock.today"}
    ]
    assert not found, listed(found)


def test_the_kernel_opens_no_file_but_what_is_handed_to_it():
    found = [
        f"{module.at(call)}: {name}()"
        for module in modules("kernel/")
        for call, name in called_names(module.tree)
        if name in {"open", "input", "print"} or name.startswith("os.environ")
    ]
    assert not found, listed(found)


def test_queries_do_not_write():
    found = [
        f"{module.at(call)}: {name}"
        for module in modules("evidence/", "ground/")
        if "/queries" in module.name
        for call, name in called_names(module.tree)
        if name.rpartition(".")[2] in WRITES and "objects" in name
    ]
    assert not found, listed(found)


def test_queries_and_services_know_no_request():
    found = [
        f"{module.at(node)}: {node.arg}"
        for module in modules("evidence/", "ground/", "kernel/")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.arg) and node.arg == "request"
    ]
    assert not found, listed(found)
