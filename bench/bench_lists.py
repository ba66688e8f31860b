"""Lists and home pages over two million patrols: python bench/bench_lists.py [--json] [--patrols N].

Whole answers of the office pages, from the request through middleware and template to the last byte, one
after another, for the readers of a province, a prefecture, a county, a town and a village; on SQLite and on
PostgreSQL (the wheel's, durable as it comes). "Export" is the time to the first row of the workbook: its
check and its first 500 rows. A number is the middle of some calls after one that is not counted, in the
processor time of this process for SQLite and in wall time for PostgreSQL, which works elsewhere. The number
of queries is held equal for a list of one row and of fifty by tests; the largest is printed.

The world (``lists_world``) is made once for each database in the data directory and used again: 6 GB in all,
some ten minutes each.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1] / "src"), str(Path(__file__).parent)]

from bench_window import bench_folder  # noqa: E402

BAR_MS = 150.0
CALLS = 5
READERS = {
    "province": "340000000000",
    "prefecture": "340300000000",
    "county": "340305000000",
    "town": "340305104000",
    "village": "340305104207",
}
#: What is asked of the list, beside everything; codes are put in for ``{}``.
ASKED = {
    "all": "",
    "a division below": "division={below}",
    "an area by its name": "area=第3区",
    "a holder by name": "holder=王伟",
    "three days": "since=2025-06-01&until=2025-06-03",
    "doubtful": "verdict=doubtful",
    "invalid and partial": "verdict=invalid,partial",
    "a frequent sign": "flag=asleep",
    "a rare sign": "flag=mock",
    "counted": "counts=1",
}
BELOW = {
    "province": "340305000000",
    "prefecture": "340305000000",
    "county": "340305104000",
    "town": "340305104207",
    "village": "340305104207",
}


def main() -> None:
    """Run all cases and print them as a table or as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--patrols", type=int, default=2_000_000, help="size of the world")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one database")
    parser.add_argument(
        "--slow", action="store_true", help="print every page above half the bar, with its queries"
    )
    options = parser.parse_args()
    cases = [
        case
        for vendor in ("sqlite", "postgresql")
        if options.only in (None, vendor)
        for case in cases_on(vendor, options.patrols, options.slow)
    ]
    print(json.dumps(cases, ensure_ascii=False, indent=1)) if options.json else print_table(cases)
    sys.exit(0 if all(case["ok"] is not False for case in cases) else 1)


def cases_on(vendor: str, patrols: int, slow: bool) -> list[dict[str, Any]]:
    """All cases on one database, in a process of their own, for Django is set up once."""
    with database(vendor, patrols) as url, multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measured, (url, vendor, patrols, slow))


@contextmanager
def database(vendor: str, patrols: int) -> Iterator[str]:
    """The address of the world's database, its server running."""
    folder = bench_folder()
    with ExitStack() as stack:
        if vendor == "sqlite":
            yield f"sqlite:///{(folder / f'lists-{patrols}.sqlite3').as_posix()}"
        else:
            from bench_ledger import postgresql

            name = f"lists_{patrols}"
            server = stack.enter_context(postgresql(folder / "lists-pg", name))
            yield f"postgresql://postgres:@/{name}?host={server['HOST']}"


def measured(url: str, vendor: str, patrols: int, slow: bool) -> list[dict[str, Any]]:
    """Every case of one database."""
    os.environ |= {
        "SHANHE_DATABASE_URL": url,
        "SHANHE_DATA_DIR": str(bench_folder()),
        "SHANHE_SECRET_KEY": "bench" * 12,
        "DJANGO_SETTINGS_MODULE": "shanhe.project.settings",
    }
    import django

    django.setup()
    import lists_world

    lists_world.make_world(patrols)
    from shanhe.ground import clock

    with clock.moved_to(lists_world.NOW):
        return list(all_cases(Pages(vendor, slow), f"{vendor_name(vendor)}"))


def vendor_name(vendor: str) -> str:
    """As people write it."""
    return {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[vendor]


def all_cases(pages: Pages, place: str) -> Iterator[dict[str, Any]]:
    """The slowest of each kind of list for each reader, then the home pages."""
    for reader in READERS:
        below = BELOW[reader]
        times = {
            asked: pages.ms(reader, f"/office/patrols/?{query.format(below=below)}")
            for asked, query in ASKED.items()
        }
        yield case(f"{place}, {reader}: list", times["all"], bar=BAR_MS)
        worst = max(times, key=lambda asked: times[asked])
        yield case(f"{place}, {reader}: slowest of {len(times)} filters ({worst})", times[worst], bar=BAR_MS)
        query = "since=2025-12-20" if reader in ("province", "prefecture", "county") else ""
        export = pages.export_ms(reader, query)
        yield case(f"{place}, {reader}: first row of the export", export, bar=BAR_MS)
    for reader in READERS:
        yield case(f"{place}, {reader}: home", pages.ms(reader, "/office/"), bar=None)
    yield case(f"{place}: most queries of a list", pages.most_queries, unit="queries", bar=None)


class Pages:
    """A browser for each reader, and how long answers took."""

    def __init__(self, vendor: str, slow: bool) -> None:
        from django.test import Client

        self.slow = slow
        self.most_queries = 0
        self.timer = time.process_time if vendor == "sqlite" else time.perf_counter
        self.clients = {}
        for reader, code in READERS.items():
            client = Client(SERVER_NAME="localhost", headers={"accept-language": "zh"})
            client.force_login(account(reader, code), "django.contrib.auth.backends.ModelBackend")
            self.clients[reader] = client

    def ms(self, reader: str, address: str) -> float:
        """The middle of some calls of a page; its queries are counted, too."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        get = self.clients[reader].get
        with CaptureQueriesContext(connection) as queries:
            answer = get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{reader} {address}: {answer.status_code}")
        if "patrols" in address:
            self.most_queries = max(self.most_queries, len(queries))
        took = self.middle(lambda: get(address))
        if self.slow and took > BAR_MS / 2:
            print(f"{took:8.1f} ms  {reader} {address}")
            for each in queries.captured_queries:
                if float(each["time"]) > 0.02:
                    print(f"     {each['time']} {each['sql']}")
        return took

    def export_ms(self, reader: str, query: str) -> float:
        """From the reader's scope to the first row of the workbook."""
        from django.http import QueryDict

        from shanhe.evidence.patrols.queries import verdicts_to_list
        from shanhe.evidence.patrols.queries.page import outcomes_tallied
        from shanhe.faces.http.patrols import PATROL_ORDER
        from shanhe.faces.office.patrols import MOST_EXPORTED, filters_for
        from shanhe.ground import clock
        from shanhe.ground.people.scope import scope_of

        user = account(reader, READERS[reader])

        def first_row() -> None:
            scope = scope_of(user, clock.today())
            chosen = filters_for(scope, QueryDict(query)).read(QueryDict(query))
            rows = chosen.apply(verdicts_to_list(scope)).order_by(*PATROL_ORDER)
            outcomes_tallied(rows, MOST_EXPORTED)
            next(iter(rows.iterator(chunk_size=500)), None)

        first_row()
        return self.middle(first_row)

    def middle(self, call: Callable[[], Any]) -> float:
        """Milliseconds."""
        times = []
        for _ in range(CALLS):
            begun = self.timer()
            call()
            times.append((self.timer() - begun) * 1_000)
        return statistics.median(times)


def account(reader: str, code: str) -> Any:
    """The login of the chief of a division, opened when it is first asked for."""
    from shanhe.ground.people.models import Appointment, User

    found = User.objects.filter(username=f"bench-{reader}").first()
    if found is None:
        held = Appointment.objects.get(remit__key=f"d:{code}")
        found = User.objects.create(
            username=f"bench-{reader}", person=held.person, must_change_password=False
        )
    return found


def case(title: str, ours: float, unit: str = "ms", *, bar: float | None) -> dict[str, Any]:
    """One line of ``--json``."""
    return {
        "bench": "lists",
        "case": title,
        "ours": round(ours, 1),
        "unit": unit,
        "baseline": None,
        "baseline_name": None,
        "ratio": None,
        "bar": bar,
        "ok": None if bar is None else ours <= bar,
    }


def print_table(cases: list[dict[str, Any]]) -> None:
    """The cases for people."""
    for one in cases:
        word = {True: "ok ", False: "NOT", None: "   "}[one["ok"]]
        bar = f"bar {one['bar']:>5,.0f}" if one["bar"] else ""
        print(f"{word}  {one['case']:<72} {one['ours']:>9,} {one['unit']:<7} {bar}")


if __name__ == "__main__":
    main()
