"""The worker: background jobs as they come, and periodic entries, each at most once in its time.

Several workers may run, on one machine or many: an entry is claimed by moving its row in ``jobs.Tick`` on, so
that one of them runs it, also after a restart.
"""

from __future__ import annotations

import logging
import secrets
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

from django.conf import settings
from django.db import close_old_connections

from shanhe.evidence.patrols.tasks import RETENTION
from shanhe.ground import clock
from shanhe.ground.audit.root_files import root_write
from shanhe.ground.audit.services import day_roots_publish_due
from shanhe.ground.documents.services import incomplete_sweep
from shanhe.ground.incoming.services import incomings_sweep
from shanhe.ground.jobs.ledger_walk import LEDGER_WALK
from shanhe.ground.jobs.services import job_start, jobs_recover, tick_claim, tick_end
from shanhe.ground.jobs.worker import work_off
from shanhe.ground.people.services import codes_purge, tokens_purge
from shanhe.kernel.chain.proof import PublishedRoot

__all__ = ["ENTRIES", "Entry", "tick", "work_forever"]

log = logging.getLogger(__name__)

#: So long the worker rests when nothing waits, and so often it asks which entries are due: an idle worker on
#: a small machine should not be seen in its load.
REST_S = 1.0
TICK_EVERY_S = 15.0
#: So long the parts of a file wait for the rest.
INCOMPLETE_KEPT = timedelta(days=7)
#: So long a file that was brought is kept, with how it was matched.
INCOMING_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Entry:
    """One periodic job: its name, how often it runs at most, and what it does at that moment."""

    name: str
    every: timedelta
    run: Callable[[datetime], object]


def publish_roots(at: datetime) -> None:
    """Publish the root of every day that is over, as a file too."""
    folder = Path(settings.DATA_DIR) / "proof"

    def carry_out(root: PublishedRoot) -> None:
        root_write(folder, root)

    for _step in day_roots_publish_due(by=None, at=at, publish=carry_out):
        pass


def sessions_forget(at: datetime) -> None:
    """Delete office sessions that have run out."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


def files_give_up(at: datetime) -> None:
    """Give up files that were begun a week ago and never came whole: no phone is that long without signal."""
    incomplete_sweep(before=at - INCOMPLETE_KEPT, by=None, at=at)


def incomings_forget(at: datetime) -> None:
    """Delete files brought a month ago: what they held stands in the records, or was never taken in."""
    incomings_sweep(before=at - INCOMING_KEPT, by=None, at=at)


def ledger_verify(at: datetime) -> None:
    """Ask for a walk over the whole ledger; a worker does it and the ledger's page tells how it ended."""
    job_start(kind=LEDGER_WALK, params={}, by=None, at=at)


def tracks_retire(at: datetime) -> None:
    """Ask for the deletion of the tracks whose retention time is over; a worker does it."""
    job_start(kind=RETENTION, params={}, by=None, at=at)


ENTRIES = (
    # The root of yesterday is due after midnight; asked every ten minutes, published once.
    Entry("audit.publish", timedelta(minutes=10), publish_roots),
    Entry("jobs.recover", timedelta(minutes=5), lambda at: jobs_recover(at=at)),
    Entry("audit.verify", timedelta(days=1), ledger_verify),
    Entry("patrols.retention", timedelta(days=1), tracks_retire),
    Entry("documents.incomplete", timedelta(hours=6), files_give_up),
    Entry("incoming.forget", timedelta(hours=6), incomings_forget),
    Entry("people.tokens", timedelta(days=1), lambda at: tokens_purge(at=at)),
    Entry("people.codes", timedelta(days=1), lambda at: codes_purge(at=at)),
    Entry("http.sessions", timedelta(days=1), sessions_forget),
)


def tick(at: datetime, entries: tuple[Entry, ...] = ENTRIES) -> list[str]:
    """Run the entries that are due at ``at``; gives their names. One that fails is logged and comes again."""
    done = []
    for entry in entries:
        if not tick_claim(name=entry.name, every=entry.every, at=at):
            continue
        done.append(entry.name)
        try:
            entry.run(at)
        except Exception as error:
            log.exception("tick.failed", extra={"entry": entry.name})
            tick_end(name=entry.name, at=clock.now(), error=f"{type(error).__name__}: {error}")
        else:
            tick_end(name=entry.name, at=clock.now())
    return done


def work_forever(stop: threading.Event | None = None) -> None:
    """Tick and work until ``stop`` is set, or until the process is asked to end (in the main thread)."""
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGINT", "SIGTERM"):
            signal.signal(getattr(signal, name), lambda _number, _frame: stop.set())
    worker_id = secrets.token_hex(8)
    next_tick = 0.0
    while not stop.is_set():
        close_old_connections()
        try:
            if time.monotonic() >= next_tick:
                next_tick = time.monotonic() + TICK_EVERY_S
                tick(clock.now())
            was_busy = work_off(worker_id)
        except Exception:
            # The database may be away for a while; the worker stays.
            log.exception("worker.failed")
            was_busy = False
        if not was_busy:
            stop.wait(REST_S)
    close_old_connections()
