"""The package's modules as syntax trees, and what the rules ask of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["PACKAGE", "Function", "Module", "called_names", "modules"]

PACKAGE = Path(__file__).resolve().parents[2] / "src" / "shanhe"

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    """One file: its path below the package and its tree."""

    name: str  # "evidence/patrols/services/intake.py"
    text: str
    tree: ast.Module

    def at(self, node: ast.AST) -> str:
        """The place of a node, to be clicked on."""
        return f"src/shanhe/{self.name}:{getattr(node, 'lineno', 1)}"


@cache
def modules(*below: str) -> tuple[Module, ...]:
    """All modules of the package but migrations, or those in folders or files whose path begins so."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if "/migrations/" in name or (below and not name.startswith(below)):
            continue
        text = path.read_text(encoding="utf-8")
        found.append(Module(name, text, ast.parse(text)))
    return tuple(found)


def called_names(tree: ast.AST) -> Iterator[tuple[ast.Call, str]]:
    """Every call with the dotted name of what is called, as far as it is one: ``self.rows.filter``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)
