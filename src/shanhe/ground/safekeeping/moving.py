"""Moving to another database: a backup and a restore in one, while the files stay where they are."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, connections

from shanhe.ground.audit.ledger import Actor
from shanhe.ground.audit.models import Head
from shanhe.ground.safekeeping import building
from shanhe.ground.safekeeping.databases import opened
from shanhe.ground.safekeeping.progress import Progress, Silent
from shanhe.ground.safekeeping.restoring import Restored, Target, restore_into
from shanhe.ground.safekeeping.taking import Parts, archive_write, check_tables_are_current
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["database_move"]


def database_move(
    *,
    to: Mapping[str, Any],
    replace: bool = False,
    by: Actor | None,
    at: datetime,
    progress: Progress | None = None,
) -> Restored:
    """Copy all records of the configured database into ``to`` (Django's settings of it), and compare them.

    The old database stays as it is. Refusals, with nothing written: ``restore.not_empty`` (409) without
    ``replace``, ``move.same`` when it is the same database, ``move.went_on`` (409) when records came in
    meanwhile, and those of ``backup_restore``.
    """
    check_tables_are_current()
    if _address(to) == _address(connection.settings_dict):
        raise Refusal("move.same", _("This is the database that is in use already."))
    with opened(to) as target:
        if not replace and not building.is_empty(target):
            message = _("There are records in this database; to replace all of them say --replace.")
            raise Refusal("restore.not_empty", message, status=409)
    watch = progress or Silent()
    source = connections["default"]
    with tempfile.TemporaryDirectory(prefix="move-", dir=settings.DATA_DIR) as folder:
        path = Path(folder) / "tables.tar"
        taken = archive_write(path=path, at=at, parts=Parts(files=False), progress=watch)

        def check_nothing_came() -> None:
            with source.cursor() as cursor:
                cursor.execute(f"SELECT size FROM {Head._meta.db_table}")  # noqa: S608
                now = cursor.fetchone()
            if now is not None and now[0] != taken.ledger_size:
                message = _("Records came in during the move: stop the service, then try again.")
                raise Refusal("move.went_on", message, status=409)

        check_nothing_came()  # said early; and once more when all is written
        with path.open("rb") as file:
            return restore_into(
                Target(to, None),
                file,
                by=by,
                at=at,
                progress=watch,
                action="safekeeping.move",
                check=check_nothing_came,
            )


def _address(entry: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(entry.get(name) or "") for name in ("ENGINE", "HOST", "PORT", "NAME"))
