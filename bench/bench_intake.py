"""How many patrols a second come in: python bench/bench_intake.py [--json] [--patrols N].

The service as the API calls it, one client, embedded database with ``synchronous=FULL``: body read and
checked, area and appointment looked up, policies resolved, earlier tracks compared, verdict made, everything
written, one event on the ledger. The opponent keeps the same bytes and records the same event, and verifies
nothing: what a system does that takes patrols on trust.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

PACE_MPS = 0.66  # 2 km in 50 minutes: 600 fixes, 5 s apart


def main() -> None:
    """Run all cases and print them as a table or as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--patrols", type=int, default=300, help="patrols in each case")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="shanhe-intake-") as folder:
        cases = all_cases(Path(folder), options.patrols)
    if options.json:
        print(json.dumps(cases, ensure_ascii=False, indent=1))
        return
    for case in cases:
        ratio = "" if case["ratio"] is None else f"{case['ratio']:.2f} × {case['baseline_name']}"
        print(f"{case['case']:<58}{case['ours']:>9.1f} {case['unit']}   {ratio}")


def all_cases(folder: Path, patrols: int) -> list[dict[str, Any]]:
    """A world of its own in ``folder``, then the cases one after another."""
    os.environ |= {
        "SHANHE_DATA_DIR": str(folder),
        "SHANHE_SECRET_KEY": "bench" * 12,
        "DJANGO_SETTINGS_MODULE": "shanhe.project.settings",
    }
    os.environ.pop("SHANHE_DATABASE_URL", None)
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return _measured(patrols)


def _measured(patrols: int) -> list[dict[str, Any]]:
    from make import World
    from shanhe.ground import clock
    from shanhe.kernel.tracks.warming import warm

    warm()
    world = World()
    with clock.moved_to(world.now):
        fresh = Bodies(world, areas=patrols, each=1)
        busy = Bodies(world, areas=max(patrols // 50, 1), each=50)
        trusted = Bodies(world, areas=patrols, each=1)
        submit = submitting(world)
        stored = rate(trusted, storing(world))
        name = "the same bytes and event, no verdict"
        return [
            case("taken in and judged, first patrol of its area", rate(fresh, submit), stored, name),
            case("taken in and judged, up to 50 earlier ones on the reach", rate(busy, submit), stored, name),
            case("sent again: the old answer", rate(fresh, submit), None, None),
        ]


class Bodies:
    """What phones sent: ``each`` walks in each of some areas, with the accounts that send them."""

    def __init__(self, world: Any, areas: int, each: int) -> None:
        self.items: list[tuple[Any, bytes]] = []
        for _ in range(areas):
            reach = world.reach(length_m=2_000)
            actor = world.actor(world.keeper(reach), "api")
            for n in range(each):
                starts = world.now - timedelta(days=each - n)
                sent = world.sent(reach, starts=starts, pace_mps=PACE_MPS, uuid=uuid.uuid4())
                self.items.append((actor, sent.raw))


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


def rate(bodies: Bodies, send: Callable[[Any, bytes], None]) -> float:
    """Patrols a second, one after another."""
    begin = time.perf_counter()
    for actor, raw in bodies.items:
        send(actor, raw)
    return len(bodies.items) / (time.perf_counter() - begin)


def case(name: str, ours: float, baseline: float | None, baseline_name: str | None) -> dict[str, Any]:
    """One result."""
    return {
        "bench": "intake",
        "case": name,
        "ours": round(ours, 1),
        "unit": "patrols/s",
        "baseline": None if baseline is None else round(baseline, 1),
        "baseline_name": baseline_name,
        "ratio": None if baseline is None else round(ours / baseline, 3),
        "bar": None,
        "ok": None,
    }


if __name__ == "__main__":
    main()
