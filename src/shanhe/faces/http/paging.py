"""Keyset paging: every list goes on where the last row stood, however much came in meanwhile.

    page = page_of(patrols_of(scope), order=("-started_at",), after=request.GET.get("after"), size=50)

A page costs the same whether it is the first or the thousandth, and rows that arrive in between neither
repeat nor hide others, which page numbers cannot promise. The cursor is opaque to callers: the last row's
sort keys. It is not signed, for it holds nothing secret and the scope is applied anew; it is checked, for
people edit addresses.
"""

from __future__ import annotations

import json
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Generic, NoReturn, TypeVar
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.timezone import is_naive

from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["AFTER", "LIMIT", "Page", "next_address", "page_asked", "page_json", "page_of"]

T = TypeVar("T")

AFTER = "after"  # the address's parameter for the cursor
LIMIT = "limit"  # and for the number of rows
MOST = 500  # rows a page


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list in order, and the cursor of the next page; None at the end."""

    items: list[T]
    next: str | None


@dataclass(frozen=True, slots=True)
class _Key:
    """One sort key: a lookup path, its direction and the field that knows its values."""

    path: str
    descending: bool
    field: models.Field[Any, Any]

    @property
    def beyond(self) -> str:
        return f"{self.path}__{'lt' if self.descending else 'gt'}"

    @property
    def not_before(self) -> str:
        return f"{self.path}__{'lte' if self.descending else 'gte'}"

    def of(self, row: Any) -> Any:
        """The row's value: rows are models, or dicts from ``values()``."""
        if isinstance(row, Mapping):
            return row[self.path]
        for name in self.path.split("__"):
            row = getattr(row, name)
        return row


def page_of(
    rows: QuerySet[Any], *, order: Sequence[str], after: str | None = None, size: int = 50
) -> Page[Any]:
    """The ``size`` rows (1..500) behind the cursor ``after`` (None or "": from the start), in ``order``.

    ``order`` names columns, annotations or paths (``area__code``), "-" for descending, in any mixture; the
    primary key is added to settle ties. Keys must not be NULL, for NULL has no neighbour: ValueError when
    one is. One query; paths over relations cost more unless ``rows`` selects them. Refusal (422) on a cursor
    that is damaged or belongs to another list.
    """
    if not 1 <= size <= MOST:
        raise ValueError(f"a page has 1 to {MOST} rows, not {size}")
    keys = _keys(rows, order)
    ordered = rows.order_by(*(f"-{key.path}" if key.descending else key.path for key in keys))
    if after:
        ordered = ordered.filter(_beyond(keys, _values(keys, after)))
    found = list(ordered[: size + 1])
    items = found[:size]
    return Page(items, _cursor(keys, items[-1]) if len(found) > size else None)


def page_asked(params: Mapping[str, str], size: int = 50) -> tuple[str | None, int]:
    """Cursor and page size that a query string asks for. Refusal when the size is not within 1..500."""
    asked = params.get(LIMIT, "")
    if asked:
        if not (asked.isascii() and asked.isdecimal() and len(asked) < 6 and 1 <= int(asked) <= MOST):
            reason = _("Must be a whole number from 1 to 500.")
            raise Refusal("page.limit", _("The page size cannot be used."), fields={LIMIT: reason})
        size = int(asked)
    return params.get(AFTER) or None, size


def next_address(request: HttpRequest, page: Page[Any]) -> str | None:
    """The absolute address of the next page: the request's own with another cursor; None at the end."""
    if page.next is None:
        return None
    params = request.GET.copy()
    params[AFTER] = page.next
    return request.build_absolute_uri(f"{request.path}?{params.urlencode()}")


def page_json(request: HttpRequest, page: Page[T], show: Callable[[T], Any]) -> dict[str, Any]:
    """A page as every list of the API shows it: ``{"items": […], "next": address or null}``."""
    return {"items": [show(item) for item in page.items], "next": next_address(request, page)}


def _keys(rows: QuerySet[Any], order: Sequence[str]) -> list[_Key]:
    primary = rows.model._meta.pk
    keys = [_key(rows, path) for path in order]
    if not any(key.path in ("pk", primary.name, primary.attname) for key in keys):
        keys.append(_Key("pk", bool(keys) and keys[-1].descending, primary))
    return keys


def _key(rows: QuerySet[Any], signed: str) -> _Key:
    path = signed.removeprefix("-")
    if path in rows.query.annotations:
        return _Key(path, path != signed, rows.query.annotations[path].output_field)
    options = rows.model._meta
    field: Any = options.pk
    *_way, last = path.split("__")
    for name in path.split("__"):
        field = options.pk if name == "pk" else _field(options, name)
        if field.is_relation:
            options = field.related_model._meta
    if field.is_relation:  # ordering by a relation would mean the related table's own order: its id is meant
        path, field = path.removesuffix(last) + field.attname, field.target_field
    return _Key(path, signed.startswith("-"), field)


def _field(options: Any, name: str) -> Any:
    try:
        return options.get_field(name)
    except FieldDoesNotExist:
        return next(field for field in options.fields if field.attname == name)  # "division_id"


def _beyond(keys: Sequence[_Key], values: Sequence[Any]) -> Q:
    """Rows after ``values``: later in the first key, or equal there and later in the second, and so on.

    The first key's plain bound is implied by the rest; it stands here so that the database walks its index.
    """
    beyond = Q(pk__in=())
    same = Q()
    for key, value in zip(keys, values, strict=True):
        beyond |= same & Q(**{key.beyond: value})
        same &= Q(**{key.path: value})
    return Q(**{keys[0].not_before: values[0]}) & beyond


def _cursor(keys: Sequence[_Key], row: Any) -> str:
    values = [_plain(key, key.of(row)) for key in keys]
    text = json.dumps([_name(keys), *values], ensure_ascii=False, separators=(",", ":"))
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _plain(key: _Key, value: Any) -> Any:
    if value is None:
        raise ValueError(f"rows are paged by {key.path}, which is NULL in one of them")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID | Decimal) else value


def _name(keys: Iterable[_Key]) -> str:
    return ",".join(f"-{key.path}" if key.descending else key.path for key in keys)


def _values(keys: Sequence[_Key], cursor: str) -> list[Any]:
    """The sort keys in a cursor. Refusal on anything that ``_cursor`` would not have made."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        name, *given = json.loads(raw, parse_constant=_refuse)
        if name != _name(keys) or len(given) != len(keys):
            raise ValueError("another list's cursor")
        return [_value(key.field, value) for key, value in zip(keys, given, strict=True)]
    except (ValueError, TypeError, RecursionError, OverflowError, ValidationError, Base64Error):
        reason = _("This is not the address of a page; start again from the first one.")
        raise Refusal(
            "page.cursor", _("The list cannot be continued here."), fields={AFTER: reason}
        ) from None


def _value(field: models.Field[Any, Any], given: Any) -> Any:
    if given is None or isinstance(given, list | dict | bool) != isinstance(field, models.BooleanField):
        raise ValueError("not a value a row can have")
    value = field.to_python(given)
    if isinstance(value, str) and "\x00" in value:
        raise ValueError("no database keeps this")
    if isinstance(value, int) and abs(value) >= 2**63:
        raise ValueError("no row has such a number")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("no row has such a number")
    if isinstance(value, datetime) and is_naive(value):
        raise ValueError("a moment without a zone")
    if value is None:
        raise ValueError("not a value a row can have")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)
