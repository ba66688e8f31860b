"""Every route there is, asked of Django and of ninja at run time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.urls import URLPattern, URLResolver, get_resolver

__all__ = ["Route", "api_operations", "pages"]


@dataclass(frozen=True, slots=True)
class Route:
    """A page by its name, or an operation of the API by method and path."""

    key: str  # "patrol", "GET /patrols/{patrol_id}"
    path: str  # as the router spells it: "/office/patrols/<int:pk>/"
    method: str = ""  # of an operation; a page may take several


@cache
def pages() -> tuple[Route, ...]:
    """All routes but the API's operations; those without a name are keyed by their path."""
    return tuple(_walk(get_resolver().url_patterns, "/", ""))


def _walk(patterns: list[URLPattern | URLResolver], above: str, space: str) -> Iterator[Route]:
    for pattern in patterns:
        path = above + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern.url_patterns, path, inner)
        elif not _is_operation(pattern):
            yield Route(f"{space}{pattern.name}" if pattern.name else path, path)


def _is_operation(pattern: URLPattern) -> bool:
    return getattr(pattern.callback, "__module__", "") == "ninja.operation"


@cache
def api_operations() -> tuple[Route, ...]:
    """All operations of the API, method by method."""
    from shanhe.faces.api.v1 import api

    found = []
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                whole = re.sub(r"{\w+:", "{", f"{prefix}{path}")  # without converters
                found += [
                    Route(f"{method} {whole}", f"/api/v1{whole}", method) for method in operation.methods
                ]
    return tuple(found)
