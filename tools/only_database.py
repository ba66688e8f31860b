"""pytest plugin: keep the tests that touch the database. What does not, need not be run a second time."""

from __future__ import annotations

import pytest

__all__ = ["pytest_collection_modifyitems"]

DATABASE_FIXTURES = {
    "db",
    "transactional_db",
    "django_db_reset_sequences",
    "django_db_serialized_rollback",
    "live_server",
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Deselect every test without a database fixture or mark."""
    kept = [item for item in items if _touches_database(item)]
    kept_ids = {id(item) for item in kept}
    config.hook.pytest_deselected(items=[item for item in items if id(item) not in kept_ids])
    items[:] = kept


def _touches_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(fixtures & DATABASE_FIXTURES) or any(item.iter_markers("django_db")) or _is_django_case(item)


def _is_django_case(item: pytest.Item) -> bool:
    from django.test import TransactionTestCase

    case = getattr(item, "cls", None)
    return case is not None and issubclass(case, TransactionTestCase)
