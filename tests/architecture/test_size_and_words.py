"""Files that can be read in one go, with names that say what is in them and docstrings that say the rest."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from architecture.sources import PACKAGE, Function, Module, modules

LONGEST_MODULE = 520
LONGEST_FUNCTION = 80  # lines with docstring; style.md §4 aims at 60
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "stuff", "shared", "lib"}
ROOT = PACKAGE.parents[1]


def listed(found: list[str]) -> str:
    return "\n" + "\n".join(found)


def test_no_module_is_a_heap():
    found = [
        f"src/shanhe/{module.name}: {module.text.count(chr(10))} lines"
        for module in modules()
        if module.text.count("\n") > LONGEST_MODULE
    ]
    assert not found, listed(found)


def test_no_module_is_called_by_a_name_that_says_nothing():
    found = [
        module.name for module in modules() if SAYS_NOTHING & set(Path(module.name).with_suffix("").parts)
    ]
    assert not found, listed(found)


def _functions(module: Module):
    return (node for node in ast.walk(module.tree) if isinstance(node, Function))


def test_no_function_takes_more_than_a_screen():
    found = [
        f"{module.at(node)}: {node.name} has {node.end_lineno - node.lineno + 1} lines"
        for module in modules()
        for node in _functions(module)
        if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert not found, listed(found)


def _exported(tree: ast.Module) -> set[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["__all__"]:
            return set(ast.literal_eval(node.value))
    return set()


def _is_overload(node: Function) -> bool:
    return any(ast.unparse(decorator) == "overload" for decorator in node.decorator_list)


def _public(module: Module):
    """Functions and classes of the module without a leading line, and what a class that is exported offers.

    What overrides or fulfils something (a class with bases) is told where that is defined.
    """
    exported = _exported(module.tree)
    for node in module.tree.body:
        if isinstance(node, Function | ast.ClassDef) and not node.name.startswith("_"):
            if not isinstance(node, ast.ClassDef) or node.name in exported:
                yield node
            if isinstance(node, ast.ClassDef) and node.name in exported and not node.bases:
                yield from (
                    inner for inner in node.body if isinstance(inner, Function) and inner.name[0] != "_"
                )


def test_everything_public_has_a_docstring():
    found = [
        f"{module.at(node)}: {node.name}"
        for module in modules()
        for node in _public(module)
        if not ast.get_docstring(node) and not (isinstance(node, Function) and _is_overload(node))
    ]
    assert not found, listed(found)


def test_every_module_says_what_it_is():
    found = [
        module.name
        for module in modules()
        if module.text.strip() and not module.name.endswith(("__init__.py", "apps.py", "__main__.py"))
        if not ast.get_docstring(module.tree)
    ]
    assert not found, listed(found)


def test_nothing_that_is_tracked_names_a_registry_or_a_path_of_one_machine(
    capsys: pytest.CaptureFixture[str],
):
    from tools.addresses import main

    assert main() == 0, capsys.readouterr().out
