"""``shanhe backup``, ``restore``, ``move``: the whole data as one file, back again, to another database."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

if TYPE_CHECKING:
    from shanhe.ground.safekeeping.restoring import Restored

__all__ = ["register"]


def register(commands: argparse._SubParsersAction[Any]) -> None:
    """Add ``backup``, ``restore`` and ``move`` to the program."""
    one = commands.add_parser("backup", help="write the whole data into one file, while the service runs")
    one.add_argument("file", type=Path, metavar="FILE", help="a new file; it appears when it is whole")
    one.add_argument(
        "--with-secret-key",
        action="store_true",
        help="put the signing key in too: whoever holds the file can then sign what the server believes",
    )
    one.add_argument("--json", action="store_true", help="print JSON and nothing else")
    one.add_argument("--data-dir", help="data directory (SHANHE_DATA_DIR)")
    one.set_defaults(run=run_backup, needs_django=True)

    one = commands.add_parser("restore", help="put a backup into an empty database, of either kind")
    one.add_argument("file", type=Path, metavar="FILE")
    one.add_argument("--replace", action="store_true", help="replace all records that are there")
    one.add_argument("--json", action="store_true", help="print JSON and nothing else")
    one.add_argument("--data-dir", help="data directory (SHANHE_DATA_DIR)")
    one.set_defaults(run=run_restore, needs_django=True)

    one = commands.add_parser("move", help="copy all records into another database and compare them")
    one.add_argument(
        "--to",
        required=True,
        metavar="DATABASE_URL",
        help="postgresql://… or sqlite:///…; - reads it from stdin, where no process list shows the password",
    )
    one.add_argument("--replace", action="store_true", help="replace all records that are there")
    one.add_argument("--json", action="store_true", help="print JSON and nothing else")
    one.add_argument("--data-dir", help="data directory (SHANHE_DATA_DIR)")
    one.set_defaults(run=run_move, needs_django=True)


def run_backup(options: argparse.Namespace) -> int:
    """Write the file and say what is in it."""
    from shanhe.ground import clock
    from shanhe.ground.people.scope import system_actor
    from shanhe.ground.safekeeping.taking import Parts, backup_take

    started = time.monotonic()
    with _Bars() as bars:
        taken = backup_take(
            path=options.file,
            by=system_actor("cli"),
            at=clock.now(),
            parts=Parts(secret_key=options.with_secret_key),
            progress=bars,
        )
    took = time.monotonic() - started
    if options.json:
        _print_json(
            {
                "file": str(taken.path),
                "bytes": taken.bytes,
                "rows": taken.rows,
                "tables": {name: table.as_json() for name, table in taken.tables.items()},
                "files": taken.files,
                "incoming": taken.incoming,
                "missing_files": taken.missing,
                "ledger_records": taken.ledger_size,
                "secret_key": options.with_secret_key,
                "seconds": round(took, 2),
            }
        )
    else:
        sentence = _("%(file)s: %(rows)s rows, %(files)s files, %(mb).1f MB, %(s).1f s.")
        megabytes = taken.bytes / 1e6
        print(
            _say(
                sentence,
                file=taken.path,
                rows=f"{taken.rows:,}",
                files=f"{taken.files:,}",
                mb=megabytes,
                s=took,
            )
        )
        if not options.with_secret_key:
            print(_say(_("The secret key is not in it; keep a copy of it elsewhere if you need one.")))
    _warn_of_missing(taken.missing)
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Restore and say what was compared; 1 when the restored ledger does not hold."""
    from shanhe.ground import clock
    from shanhe.ground.people.scope import system_actor
    from shanhe.ground.safekeeping.restoring import backup_restore

    started = time.monotonic()
    try:
        file = options.file.open("rb")
    except OSError as fault:
        message = _("%(path)s cannot be read: %(why)s.")
        raise Refusal("backup.unreadable", message, path=options.file, why=fault.strerror) from None
    with file, _Bars() as bars:
        done = backup_restore(
            file=file, replace=options.replace, by=system_actor("cli"), at=clock.now(), progress=bars
        )
    return _report(done, time.monotonic() - started, options)


def run_move(options: argparse.Namespace) -> int:
    """Move and print the digests table by table."""
    from shanhe.ground import clock
    from shanhe.ground.people.scope import system_actor
    from shanhe.ground.safekeeping.moving import database_move

    started = time.monotonic()
    url = sys.stdin.readline().strip() if options.to == "-" else options.to
    with _Bars() as bars:
        done = database_move(
            to=_entry(url),
            replace=options.replace,
            by=system_actor("cli"),
            at=clock.now(),
            progress=bars,
        )
    status = _report(done, time.monotonic() - started, options)
    if not options.json:
        print(_say(_("From now on start the service with SHANHE_DATABASE_URL set to this address.")))
    return status


def _entry(url: str) -> dict[str, Any]:
    import dj_database_url

    try:
        entry: dict[str, Any] = dict(dj_database_url.parse(url))
    except (ValueError, dj_database_url.UnknownSchemeError):
        entry = {}
    if entry.get("ENGINE") not in ("django.db.backends.sqlite3", "django.db.backends.postgresql"):
        raise Refusal("move.address", _("Give the address as postgresql://… or sqlite:///…"))
    return entry


def _report(done: Restored, took: float, options: argparse.Namespace) -> int:
    broken = done.ledger_broken
    if options.json:
        _print_json(
            {
                "version": done.version,
                "taken_at": done.taken_at,
                "was_on": done.database,
                "rows": done.rows,
                "tables": [
                    {"table": one.table, "rows": one.rows, "was": one.was, "found": one.found}
                    for one in done.compared
                ],
                "files": done.files,
                "missing_files": done.missing,
                "ledger_records": done.ledger_size,
                "ledger_first_broken": broken and broken.seq,
                "set_aside": done.set_aside,
                "seconds": round(took, 2),
            }
        )
    else:
        _print_compared(done, took)
    _warn_of_missing(done.missing)
    if done.set_aside and not options.json:
        print(
            _say(
                _("Published roots that this backup does not know were set aside: %(days)s."),
                days=", ".join(done.set_aside),
            )
        )
    if broken is not None:
        sentence = _(
            "The ledger was restored as it was; it does not hold at record %(seq)s: run shanhe audit verify."
        )
        print(f"shanhe: {_say(sentence, seq=broken.seq)}", file=sys.stderr)
    return 0 if broken is None else 1


def _print_compared(done: Restored, took: float) -> None:
    width = max((len(one.table) for one in done.compared), default=0)
    for one in done.compared:
        if one.rows:
            print(f"  {one.table:<{width}}  {one.rows:>12,}  {one.found[:16]}  =")
    sentence = _(
        "%(rows)s rows in %(tables)s tables agree; %(files)s files, %(records)s ledger records, %(s).1f s."
    )
    print(
        _say(
            sentence,
            rows=f"{done.rows:,}",
            tables=len(done.compared),
            files=f"{done.files:,}",
            records=f"{done.ledger_size:,}",
            s=took,
        )
    )


def _warn_of_missing(names: list[str]) -> None:
    if names:
        sentence = _(
            "When the backup was taken, %(n)s files that the database names were not on the disk: %(first)s …"
        )
        print(f"shanhe: {_say(sentence, n=len(names), first=names[0])}", file=sys.stderr)


class _Bars:
    """One bar after the other on a terminal's stderr, nothing elsewhere."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def __enter__(self) -> _Bars:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def begin(self, what: str, total: int) -> None:
        """Start the next bar; without a total it only counts."""
        self.__exit__()
        self._bar = tqdm(total=total or None, desc=_say(what), unit_scale=True, disable=None, leave=False)

    def advance(self, number: int) -> None:
        """So many more are done."""
        if self._bar is not None:
            self._bar.update(number)


def _say(msgid: str, **params: object) -> str:
    from django.utils.translation import gettext

    return Text(msgid, params).render(gettext)


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))
