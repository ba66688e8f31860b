"""Which tables a backup holds, and of which kind their columns are, whatever database they lie in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Field, Model

from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["KINDS", "LEFT_OUT", "Column", "Table", "kind_of", "tables_now", "tables_read"]

#: Office sessions are keys to open doors: whoever holds them is signed in. They never leave the house.
LEFT_OUT = frozenset({"django_session"})

KINDS = {
    "AutoField": "int",
    "BigAutoField": "int",
    "BigIntegerField": "int",
    "BinaryField": "bytes",
    "BooleanField": "bool",
    "CharField": "text",
    "DateField": "date",
    "DateTimeField": "moment",
    "FloatField": "float",
    "GenericIPAddressField": "address",
    "IntegerField": "int",
    "JSONField": "json",
    "PositiveBigIntegerField": "int",
    "PositiveIntegerField": "int",
    "PositiveSmallIntegerField": "int",
    "SlugField": "text",
    "SmallIntegerField": "int",
    "TextField": "text",
    "UUIDField": "uuid",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column and the kind of its values, as ``spelling`` explains them."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its columns; rows go by ``key``, the primary key's column."""

    name: str
    key: Column
    columns: tuple[Column, ...]

    def as_json(self) -> dict[str, Any]:
        """As a backup's first member tells it."""
        columns = [[column.name, column.kind] for column in self.columns]
        return {"name": self.name, "key": self.key.name, "columns": columns}


def kind_of(field: Field[Any, Any]) -> str:
    """The kind of a field's column; of a foreign key its target's. TypeError on one that no backup knows."""
    while field.remote_field is not None:
        field = field.target_field  # type: ignore[attr-defined]
    try:
        return KINDS[field.get_internal_type()]
    except KeyError:
        raise TypeError(f"no backup knows columns like {field!r}: add its kind to KINDS") from None


def tables_now() -> list[Table]:
    """The tables of this version, in the models' order; every app's, for the data are one whole."""
    models: Iterable[type[Model]] = apps.get_models(include_auto_created=True)
    wanted = (model for model in models if model._meta.managed and not model._meta.proxy)
    return [_table(model) for model in wanted if model._meta.db_table not in LEFT_OUT]


def _table(model: type[Model]) -> Table:
    fields = model._meta.local_concrete_fields
    columns = tuple(Column(str(field.column), kind_of(field)) for field in fields)
    key = next(column for column in columns if column.name == model._meta.pk.column)
    return Table(model._meta.db_table, key, columns)


def tables_read(told: object) -> list[Table]:
    """The tables that a backup tells of; Refusal ``backup.malformed`` when it is not told as we tell it."""
    try:
        return [_told(entry) for entry in told]  # type: ignore[attr-defined]
    except (TypeError, KeyError, ValueError, StopIteration):
        raise Refusal("backup.malformed", _("This file is no backup made by Shanhe.")) from None


def _told(entry: Mapping[str, Any]) -> Table:
    columns = tuple(Column(str(name), str(kind)) for name, kind in entry["columns"])
    if not set(KINDS.values()) >= {column.kind for column in columns}:
        raise ValueError("a kind of column that this version does not know")
    key = next(column for column in columns if column.name == entry["key"])
    return Table(str(entry["name"]), key, columns)
