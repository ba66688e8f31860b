"""``shanhe demo``, ``simulate``, ``purge``: load the demonstration and serve it; more of it; none of it."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["register"]

ACCOUNTS = (
    ("admin", _("system administrator")),
    ("kashgar", _("Kashgar prefecture river chief's office")),
    ("kashgar-chief", _("a prefecture-level river chief")),
    ("dongzhi", _("Dongzhi county forest chief's office")),
    ("dadukou", _("Dadukou town forest chief's office")),
    ("dadukou-chief", _("town general forest chief")),
    ("village-chief", _("a village river and forest chief in Dadukou")),
    ("ranger", _("a ranger in Dadukou")),
    ("water-bureau", _("a member unit that handles cases")),
    ("party-office", _("office that runs the education and model-office campaigns")),
)


def register(commands: argparse._SubParsersAction[Any]) -> None:
    """Add ``demo``, ``simulate`` and ``purge`` to the program."""
    one = commands.add_parser("demo", help="load the demonstration and serve it")
    one.add_argument("--host", default="127.0.0.1", help="address to listen on")
    one.add_argument("--port", type=int, default=8000)
    one.add_argument("--data-dir", help="data directory (SHANHE_DATA_DIR)")
    one.add_argument("--no-serve", action="store_true", help="load and stop")
    one.add_argument("--small", action="store_true", help="a tenth of the patrols, same people and places")
    # Serving belongs to the floor above: the program does it when this has come back.
    one.set_defaults(run=run_demo, needs_django=False, workers=1)

    one = commands.add_parser("simulate", help="add invented chiefs with their patrols, marked as simulated")
    one.add_argument("--chiefs", type=int, required=True, metavar="N", help="how many people")
    one.add_argument("--days", type=int, required=True, metavar="D", help="how many days up to now")
    one.add_argument("--seed", type=int, default=1, metavar="S", help="the same seed gives the same (1)")
    one.add_argument("--json", action="store_true", help="print JSON and nothing else")
    one.add_argument("--data-dir", help="data directory (SHANHE_DATA_DIR)")
    one.set_defaults(run=run_simulate, needs_django=True)

    one = commands.add_parser("purge", help="delete what is simulated")
    one.add_argument("--simulated", action="store_true", required=True, help="everything marked as simulated")
    one.add_argument("--json", action="store_true", help="print JSON and nothing else")
    one.add_argument("--data-dir", help="data directory (SHANHE_DATA_DIR)")
    one.set_defaults(run=run_purge, needs_django=True)


def run_demo(options: argparse.Namespace) -> int:
    """Load the demonstration unless it is there; 0 when it can be served, which ``then_serve`` asks for."""
    from shanhe.demo import marker

    folder = _data_dir()
    there = marker.read(folder)
    if there is None or there.state != "finished":
        _load(folder, is_redone=there is not None, is_small=options.small)
    elif there.schema != marker.schema():
        _set_up()
        _bring_up_to_date(folder, there)
    else:
        print(_say(_("The demonstration of %(day)s is there already."), day=there.loaded_on))
    _print_where(options)
    options.then_serve = not options.no_serve
    return 0


def run_simulate(options: argparse.Namespace) -> int:
    """Add simulated people and days to whatever is there."""
    from shanhe.demo.simulating import simulate
    from shanhe.ground import clock
    from shanhe.ground.people.scope import system_actor

    with _bar() as advance:
        done = simulate(
            chiefs=options.chiefs,
            days=options.days,
            seed=options.seed,
            by=system_actor("simulation"),
            now=clock.now(),
            helpers=_helpers(),
            advance=advance,
        )
    if options.json:
        print(json.dumps({"chiefs": done.chiefs, "patrols": done.patrols}))
    else:
        sentence = _("%(chiefs)d chiefs and %(patrols)d patrols added, all marked as simulated.")
        print(_say(sentence, chiefs=done.chiefs, patrols=done.patrols))
    return 0


def run_purge(options: argparse.Namespace) -> int:
    """Delete everything that is marked as simulated."""
    from shanhe.demo.purging import simulated_purge
    from shanhe.ground import clock
    from shanhe.ground.people.scope import system_actor

    counts = simulated_purge(by=system_actor("cli"), at=clock.now())
    if options.json:
        print(json.dumps(counts))
    else:
        print(
            _say(
                _("Deleted: %(patrols)d patrols, %(people)d people and posts, %(things)d things."),
                patrols=counts["patrols"],
                people=counts["people"],
                things=counts["registry"],
            )
        )
        print(_say(_("If no account is left, shanhe init opens one for the administrator.")))
    return 0


def _load(folder: Path, *, is_redone: bool, is_small: bool) -> None:
    from shanhe.demo import marker

    if is_redone:
        print(_say(_("An earlier load was interrupted; it begins anew.")))
        marker.forget(folder)
    _set_up()
    from shanhe.demo.world import world_load
    from shanhe.faces.cli.init import foundation_lay, tables_make
    from shanhe.ground import clock

    _check_is_empty(is_redone=is_redone)
    today = clock.today().isoformat()
    marker.write(folder, marker.Marker("loading", today, is_small, marker.schema()))
    with _bar() as advance, _without_waiting(folder):
        tables_make()
        advance(5)
        loaded = world_load(
            now=clock.now(),
            is_small=is_small,
            helpers=_helpers(),
            lay_foundation=lambda at: foundation_lay(at=at, tell=lambda _what: advance(2)),
            advance=advance,
        )
    marker.write(folder, marker.Marker("finished", today, is_small, marker.schema()))
    sentence = _("Loaded: %(areas)d areas, %(people)d people, %(patrols)d patrols of a year.")
    print(_say(sentence, areas=loaded.areas, people=loaded.people, patrols=loaded.patrols))


def _helpers() -> int:
    return min(os.cpu_count() or 1, 4)


def _check_is_empty(*, is_redone: bool) -> None:
    """Refuse to put a demonstration among the records of an office."""
    from shanhe.demo.world import is_untouched

    if is_untouched():
        return
    if is_redone:
        sentence = _("An earlier load was interrupted; empty the database, then start the demo again.")
        raise Refusal("demo.half", sentence)
    sentence = _("This data directory holds records that are no demonstration; name another with --data-dir.")
    raise Refusal("demo.not_empty", sentence)


def _bring_up_to_date(folder: Path, there: Any) -> None:
    from shanhe.demo import marker
    from shanhe.faces.cli.init import tables_make

    tables_make()
    marker.write(folder, marker.Marker("finished", there.loaded_on, there.is_small, marker.schema()))


@contextmanager
def _without_waiting(folder: Path) -> Iterator[None]:
    """Let SQLite not wait for the disk; what is in it at the end is on the disk for good.

    Only for a first load: the marker has it redone from nothing when the machine stops in between.
    """
    from django.db import connection

    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=OFF")
    yield
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with Path(connection.settings_dict["NAME"]).open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def _bar() -> Iterator[Callable[[float], None]]:
    """A bar of a hundred parts on a terminal's stderr, nothing elsewhere."""
    with tqdm(total=100, unit="%", disable=None, leave=False, bar_format="{l_bar}{bar}| {elapsed}") as bar:

        def advance(parts: float) -> None:
            bar.update(min(parts, 100 - bar.n))

        yield advance


def _print_where(options: argparse.Namespace) -> None:
    _set_up()
    from shanhe.demo.registering import PASSWORD

    address = f"http://{'127.0.0.1' if options.host in ('0.0.0.0', '::') else options.host}:{options.port}"  # noqa: S104
    print()
    for path, what in (("/", _("public pages")), ("/office/", _("office")), ("/api/v1/docs", _("API"))):
        print(f"  {address}{path}  {_say(what)}")
    print("\n  " + _say(_("Accounts, each with the password %(word)s:"), word=PASSWORD))
    for username, who in ACCOUNTS:
        print(f"    {username:<14} {_say(who)}")
    print(flush=True)


def _data_dir() -> Path:
    from django.conf import settings

    return Path(settings.DATA_DIR)


def _set_up() -> None:
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


def _say(msgid: str, **params: object) -> str:
    _set_up()
    from django.utils.translation import gettext

    return Text(msgid, params).render(gettext)
