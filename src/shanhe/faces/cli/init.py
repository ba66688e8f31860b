"""``shanhe init``: a fresh start, or the present one brought up to date; nothing that is there is changed."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tqdm import tqdm

from shanhe.faces.cli.init_place import add_flags, place_ask, place_set_up, wishes_of
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Foundation", "foundation_lay", "register"]

USERNAME = "admin"
PASSWORD_VARIABLE = "SHANHE_ADMIN_PASSWORD"  # noqa: S105  its name, not the password
STEPS = (_("tables"), _("divisions"), _("posts"), _("rules"), _("holidays"))


@dataclass(frozen=True, slots=True)
class Foundation:
    """How much of what every installation stands on was new."""

    divisions: int
    posts: int
    policies: int
    holidays: int


def register(commands: argparse._SubParsersAction[Any]) -> None:
    """Add ``init`` to the program."""
    one = commands.add_parser("init", help="make tables, load divisions, posts and rules, open an account")
    one.add_argument("--data-dir", help="data directory (SHANHE_DATA_DIR)")
    one.add_argument(
        "--password",
        action="store_true",
        help=f"read the administrator's password from stdin (or set {PASSWORD_VARIABLE}); else one is made",
    )
    add_flags(one)
    one.set_defaults(run=run_init, needs_django=True)


def run_init(options: argparse.Namespace) -> int:
    """Lay the foundation and open the administrator's account; says what was there already."""
    from shanhe.ground import clock

    given = _given_password(options.password)
    tables_make()
    with tqdm(total=len(STEPS), disable=None, leave=False) as bar:
        done = foundation_lay(at=clock.now(), tell=lambda _what: bar.update())
    if done == Foundation(0, 0, 0, 0):
        print(_say(_("Divisions, posts, rules and holidays are there already.")))
    else:
        sentence = _("Loaded: %(divisions)d divisions, %(posts)d posts, %(rules)d rules, %(days)d holidays.")
        counts = {"divisions": done.divisions, "posts": done.posts, "days": done.holidays}
        print(_say(sentence, rules=done.policies, **counts))
    _open_administrator(given, clock.now())
    wishes = wishes_of(options)
    if wishes:
        place_set_up(wishes, at=clock.now())
    elif _may_ask(options):
        place_ask(input, at=clock.now())
    return 0


def _may_ask(options: argparse.Namespace) -> bool:
    """Only somebody who sits at a terminal is asked, and not twice about what flags have said."""
    return not getattr(options, "no_ask", False) and sys.stdin.isatty() and sys.stdout.isatty()


def tables_make() -> None:
    """Make the tables, or bring them up to this version."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def foundation_lay(*, at: datetime, tell: Callable[[str], object] = lambda _what: None) -> Foundation:
    """Load what every installation stands on, by its services; what is there stays as it is.

    ``tell`` hears a message id before each step. The tables are made by ``tables_make`` before.
    """
    from shanhe.ground.divisions.shipped import shipped_load
    from shanhe.ground.people.scope import system_actor
    from shanhe.ground.people.services import posts_load
    from shanhe.ground.policies.services import holidays_load, pack_load

    by = system_actor("cli")
    tell(STEPS[1])
    divisions = shipped_load(by=by, at=at)
    tell(STEPS[2])
    posts = posts_load(by=by, at=at)
    tell(STEPS[3])
    pack = pack_load(name="default", by=by, at=at)
    tell(STEPS[4])
    holidays = holidays_load(by=by, at=at)
    return Foundation(divisions.divisions + divisions.boundaries, posts, pack.created, holidays)


def _given_password(from_stdin: bool) -> str:
    if not from_stdin:
        return os.environ.get(PASSWORD_VARIABLE, "")
    password = sys.stdin.readline().rstrip("\r\n")
    if not password:
        raise Refusal("init.no_password", _("No password came on standard input."))
    return password


def _open_administrator(given: str, at: datetime) -> None:
    from shanhe.ground.people.scope import system_actor
    from shanhe.ground.people.services import user_open

    password = given or secrets.token_urlsafe(12)
    try:
        user_open(
            username=USERNAME,
            password=password,
            is_administrator=True,
            by=system_actor("cli"),
            at=at,
        )
    except Refusal as refusal:
        if refusal.code != "account.taken":
            raise
        print(_say(_("The account %(username)s is there already; its password was not changed."), **_NAME))
        return
    if given:
        sentence = _("The account %(username)s is open with the password you gave; it is changed at sign-in.")
        print(_say(sentence, **_NAME))
    else:
        sentence = _("The account %(username)s is open. First password, changed at sign-in: %(password)s")
        print(_say(sentence, password=password, **_NAME))


_NAME = {"username": USERNAME}


def _say(msgid: str, **params: object) -> str:
    from django.utils.translation import gettext

    return Text(msgid, params).render(gettext)
