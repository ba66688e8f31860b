"""How many patrols a second come in: python bench/bench_intake.py [--json] [--patrols N].

Eight clients at once, four threads in each of two processes, as a server with two web processes has them: the
service as the API calls it, from the bytes of the body on. Body read and checked, area and appointment looked
up, policies resolved, earlier tracks compared, verdict made, everything written, one event on the ledger. The
opponent keeps the same bytes and records the same event, and verifies nothing: what a system does that takes
patrols on trust. Embedded database with ``synchronous=FULL``; PostgreSQL of the wheel, durable as it comes.
"Processor time" is that of the two processes, which a busy machine changes less than the rate.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests"), str(ROOT / "bench")]

PACE_MPS = 0.66  # 2 km in 50 minutes: 600 fixes, 5 s apart
PROCESSES, THREADS = 2, 4
BARS = {"SQLite": 60.0, "PostgreSQL": 150.0}
P99_BAR_MS = 500.0


def main() -> None:
    """Run all cases and print them as a table or as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--patrols", type=int, default=400, help="patrols in each case")
    options = parser.parse_args()
    cases = [one for place in BARS for one in cases_on(place, options.patrols)]
    if options.json:
        print(json.dumps(cases, ensure_ascii=False, indent=1))
    else:
        for one in cases:
            word = {True: "ok ", False: "NOT", None: "   "}[one["ok"]]
            ratio = "" if one["ratio"] is None else f"{one['ratio']:.2f} × {one['baseline_name']}"
            bar = "" if one["bar"] is None else f"bar {one['bar']:.0f}"
            print(f"{word} {one['case']:<66}{one['ours']:>8.1f} {one['unit']:<10} {bar:<8} {ratio}")
    sys.exit(0 if all(one["ok"] is not False for one in cases) else 1)


def cases_on(place: str, patrols: int) -> list[dict[str, Any]]:
    """The cases of one database: a world of its own, then one case after another."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="shanhe-intake-"))
        url = f"sqlite:///{folder}/intake.sqlite3"
        if place == "PostgreSQL":
            from bench_ledger import postgresql

            home = stack.enter_context(tempfile.TemporaryDirectory(prefix="shanhe-intake-pg-"))
            server = stack.enter_context(postgresql(Path(home) / "data", "intake"))
            url = f"postgresql://postgres:@/intake?host={server['HOST']}"
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            bodies = pool.apply(make_bodies, (url, folder, patrols))
        name = "the same bytes and event, no verdict"
        stored = rates(context, url, folder, "store", bodies["trusted"])
        fresh = rates(context, url, folder, "submit", bodies["fresh"])
        busy = rates(context, url, folder, "submit", bodies["busy"])
        again = rates(context, url, folder, "submit", bodies["fresh"])
    bar = BARS[place]
    return [
        case(f"{place}: first patrol of its area", fresh["rate"], stored["rate"], name, bar=bar),
        case(f"{place}: the same, slowest in a hundred", fresh["p99_ms"], unit="ms", bar=P99_BAR_MS),
        case(f"{place}: the same, processor time", fresh["cpu_ms"], stored["cpu_ms"], name, unit="ms"),
        case(f"{place}: up to 50 earlier ones on the reach", busy["rate"], stored["rate"], name, bar=bar),
        case(f"{place}: the same, slowest in a hundred", busy["p99_ms"], unit="ms", bar=P99_BAR_MS),
        case(f"{place}: the same, processor time", busy["cpu_ms"], stored["cpu_ms"], name, unit="ms"),
        case(f"{place}: sent again, the old answer", again["rate"]),
    ]


def set_up(url: str, folder: str) -> None:
    """Django on a database of this bench's own."""
    os.environ |= {
        "SHANHE_DATABASE_URL": url,
        "SHANHE_DATA_DIR": folder,
        "SHANHE_SECRET_KEY": "bench" * 12,
        "DJANGO_SETTINGS_MODULE": "shanhe.project.settings",
    }
    import django

    django.setup()


def make_bodies(url: str, folder: str, patrols: int) -> dict[str, list[tuple[int, bytes]]]:
    """The world, and what phones send in each case."""
    set_up(url, folder)
    from django.core.management import call_command

    from make import World
    from shanhe.ground import clock

    call_command("migrate", verbosity=0)
    world = World()
    with clock.moved_to(world.now):
        return {
            "trusted": Bodies(world, areas=patrols, each=1).items,
            "fresh": Bodies(world, areas=patrols, each=1).items,
            "busy": Bodies(world, areas=max(patrols // 50, 1), each=50).items,
        }


def rates(context: Any, url: str, folder: str, way: str, items: list[tuple[int, bytes]]) -> dict[str, float]:
    """Patrols a second by all clients, the slowest in a hundred, and processor time for one."""
    ready = context.Barrier(PROCESSES)
    answers = context.Queue()
    shares = [items[n::PROCESSES] for n in range(PROCESSES)]
    processes = [
        context.Process(target=send_share, args=(url, folder, way, share, ready, answers)) for share in shares
    ]
    for process in processes:
        process.start()
    found = [answers.get(timeout=600) for _ in processes]
    for process in processes:
        process.join()
    times = sorted(each for one in found for each in one["times_s"])
    took = max(one["end"] for one in found) - min(one["begin"] for one in found)
    return {
        "rate": len(times) / took,
        "p99_ms": 1_000 * times[int(len(times) * 0.99)],
        "cpu_ms": 1_000 * sum(one["cpu_s"] for one in found) / len(times),
    }


def send_share(
    url: str, folder: str, way: str, items: list[tuple[int, bytes]], ready: Any, answers: Any
) -> None:
    """One process: warm up, wait for the other, send by four threads."""
    set_up(url, folder)
    from make import World
    from shanhe.ground.people.models import User
    from shanhe.ground.people.scope import Actor, scope_of
    from shanhe.kernel.tracks.warming import warm

    warm()
    send = {"submit": submitting, "store": storing}[way](World)
    users = User.objects.in_bulk({pk for pk, _raw in items})
    ready_items = [
        (Actor(pk, users[pk].person_id, "api", scope_of(users[pk], World.today)), raw) for pk, raw in items
    ]

    def timed(item: tuple[Any, bytes]) -> float:
        begun = time.perf_counter()
        send(*item)
        return time.perf_counter() - begun

    with ThreadPoolExecutor(THREADS) as clients:
        warmed = THREADS * 2
        list(clients.map(timed, ready_items[:warmed]))
        ready.wait()
        begin, cpu = time.time(), time.process_time()
        times = list(clients.map(timed, ready_items[warmed:]))
        answers.put(
            {"times_s": times, "begin": begin, "end": time.time(), "cpu_s": time.process_time() - cpu}
        )


class Bodies:
    """What phones sent: ``each`` walks in each of some areas, with the accounts that send them."""

    def __init__(self, world: Any, areas: int, each: int) -> None:
        self.items: list[tuple[int, bytes]] = []
        for _ in range(areas):
            reach = world.reach(length_m=2_000)
            sender = world.keeper(reach)
            for n in range(each):
                starts = world.now - timedelta(days=each - n)
                sent = world.sent(reach, starts=starts, pace_mps=PACE_MPS, uuid=uuid.uuid4())
                self.items.append((sender.pk, sent.raw))


def submitting(world: Any) -> Callable[[Any, bytes], None]:
    """The service, from the bytes on."""
    from shanhe.evidence.patrols.sent import sent_from_json
    from shanhe.evidence.patrols.services import patrol_submit

    return lambda actor, raw: patrol_submit(sent=sent_from_json(raw), by=actor, at=world.now) and None


def storing(world: Any) -> Callable[[Any, bytes], None]:
    """The opponent: read the body, keep it, record the event."""
    import zlib

    from shanhe.evidence.patrols.models import Patrol, Track
    from shanhe.evidence.patrols.sent import sent_from_json
    from shanhe.ground.audit import ledger

    @ledger.atomic
    def store(actor: Any, raw: bytes) -> None:
        sent = sent_from_json(raw)
        patrol = Patrol.objects.create(
            uuid=sent.uuid,
            person_id=actor.person_id,
            sent_by_id=actor.user_id,
            started_at=sent.started_at,
            ended_at=sent.ended_at,
            received_at=world.now,
            content_sha256=sent.content_sha256,
            outcome="valid",
        )
        digest = sha256(raw).hexdigest()
        Track.objects.create(
            patrol=patrol,
            codec="json+zlib",
            raw=zlib.compress(raw, 3),
            raw_sha256=digest,
            points=len(sent.track),
        )
        ledger.record("patrol.submit", patrol, by=actor, at=world.now, raw_sha256=digest)

    return store


def case(
    name: str,
    ours: float,
    baseline: float | None = None,
    baseline_name: str | None = None,
    *,
    unit: str = "patrols/s",
    bar: float | None = None,
) -> dict[str, Any]:
    """One result; a rate has to reach its bar, a time to stay within it."""
    is_met = None if bar is None else ours >= bar if unit == "patrols/s" else ours <= bar
    return {
        "bench": "intake",
        "case": name,
        "ours": round(ours, 1),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 1),
        "baseline_name": baseline_name,
        "ratio": None if baseline is None else round(ours / baseline, 3),
        "bar": bar,
        "ok": is_met,
    }


if __name__ == "__main__":
    main()
