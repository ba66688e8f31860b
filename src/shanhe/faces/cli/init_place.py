"""What ``shanhe init`` sets up for one place: rules, divisions, areas and people out of files.

The same steps as on ``/office/start/``: asked for on a terminal, or given by flags.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

if TYPE_CHECKING:
    from shanhe.ground.divisions.models import Division
    from shanhe.ground.incoming.kinds import Report

__all__ = ["Wishes", "add_flags", "place_ask", "place_set_up", "wishes_of"]

FAULTS_SHOWN = 10
OFFERED = 9  # divisions of one name that are offered by number
#: Kinds of files in the order in which they are taken, by flag; areas before the people who answer for them.
FILES = {
    "divisions": ("divisions", _("File of townships and villages")),
    "reaches": ("reach", _("File of reaches")),
    "forests": ("forest-unit", _("File of forest units")),
    "people": ("people", _("Sheet of people")),
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for; "" for nothing."""

    region: str = ""
    office: str = ""
    pack: str = ""
    divisions: str = ""
    reaches: str = ""
    forests: str = ""
    people: str = ""
    good_rows: bool = False

    def __bool__(self) -> bool:
        return any(getattr(self, each.name) for each in fields(self))


def add_flags(command: argparse.ArgumentParser) -> None:
    """The flags of the place."""
    command.add_argument("--region", default="", metavar="NAME", help="place: name or 12-digit code")
    command.add_argument(
        "--office", default="", metavar="NAME", help="register its chief's office by this name"
    )
    command.add_argument("--pack", default="", metavar="NAME", help="take over a pack of rules for it")
    for flag, (kind, _question) in FILES.items():
        command.add_argument(f"--{flag}", default="", metavar="FILE", help=f"take in a file of kind {kind}")
    command.add_argument("--good-rows", action="store_true", help="take the good rows of faulty files")
    command.add_argument("--no-ask", action="store_true", help="ask nothing, also on a terminal")


def wishes_of(options: argparse.Namespace) -> Wishes:
    """What the flags ask for."""
    given: dict[str, Any] = {each.name: getattr(options, each.name, each.default) for each in fields(Wishes)}
    return Wishes(**given)


def place_set_up(wishes: Wishes, *, at: datetime) -> None:
    """Do what was asked for, in order. Refusal on the first thing that cannot be; what was done stays."""
    place = _region(wishes.region) if wishes.region else None
    if (wishes.office or wishes.pack) and place is None:
        raise Refusal("init.no_region", _("Say with --region for which place."))
    if place is not None:
        print(_say(_("Place: %(name)s (%(code)s)."), name=place.name, code=place.code))
        _office(place, wishes.office, at)
        _rules(place, wishes.pack, at)
    for flag in FILES:
        path = getattr(wishes, flag)
        if path:
            _take(flag, path, wishes.good_rows, at)


def place_ask(ask: Callable[[str], str], *, at: datetime) -> None:
    """Ask for the same on a terminal; an empty answer leaves a step for later."""
    print(_say(_("An empty answer leaves a step for later: /office/start/ goes on with it.")))
    place = _asked_region(ask)
    if place is None:
        return
    _again(ask, _("Name of its chief's office"), lambda answer: _office(place, answer, at))
    _offer_packs()
    _again(ask, _("Rules to take over"), lambda answer: _rules(place, answer, at))
    for flag, (_kind, question) in FILES.items():
        _again(ask, question, partial(_take_all, flag, at=at))


def _asked_region(ask: Callable[[str], str]) -> Division | None:
    while answer := ask(_say(_("Which place? Name, code or pinyin")) + ": ").strip():
        try:
            return _region(answer)
        except Refusal as refusal:
            _print(refusal)
    return None


def _again(ask: Callable[[str], str], question: str, act: Callable[[str], None]) -> None:
    """Until it worked, or nothing was answered."""
    while answer := ask(f"{_say(question)}: ").strip():
        try:
            return act(answer)
        except Refusal as refusal:
            _print(refusal)
    return None


def _region(words: str) -> Division:
    from shanhe.ground.divisions.queries import division_paths, division_with, divisions_found
    from shanhe.kernel.codes import is_code

    if is_code(words):
        found = [each for each in [division_with(words)] if each is not None]
    else:
        found = divisions_found(words, limit=OFFERED + 1)
        found = [each for each in found if each.name == words] or found
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refusal("init.region", _("There is no division %(words)s."), words=words)
    paths = division_paths([each.code for each in found])
    listed = "; ".join(
        f"{each.code} {' '.join(above.name for above in paths[each.code])}" for each in found[:OFFERED]
    )
    raise Refusal(
        "init.regions", _("Several divisions may be meant, write the code: %(listed)s"), listed=listed
    )


def _office(place: Division, name: str, at: datetime) -> None:
    from shanhe.ground.people.queries import organization_code_free, organizations_of
    from shanhe.ground.people.scope import system_actor
    from shanhe.ground.people.services import organization_register

    by = system_actor("cli")
    if (
        not name
        or organizations_of(by.scope, kind="chiefs_office").filter(division=place, name=name).exists()
    ):
        return
    organization_register(
        code=organization_code_free(place), name=name, kind="chiefs_office", division=place, by=by, at=at
    )
    print(_say(_("%(name)s was registered."), name=name))


def _offer_packs() -> None:
    from shanhe.ground.policies.packs import packs_offered

    for pack in packs_offered():
        print(f"  {pack.name}  {pack.title_zh} ({pack.title})")


def _rules(place: Division, pack: str, at: datetime) -> None:
    from shanhe.ground.people.scope import system_actor
    from shanhe.ground.policies.services import pack_load

    if not pack:
        return
    done = pack_load(name=pack, division=place, by=system_actor("cli"), at=at)
    print(
        _say(_("Rules of %(pack)s: %(created)d new, %(kept)d of your own kept."), pack=pack, **_counts(done))
    )


def _counts(done: Any) -> dict[str, int]:
    return {"created": done.created, "kept": done.kept}


def _take_all(flag: str, path: str, *, at: datetime) -> None:
    _take(flag, path, False, at)


def _take(flag: str, path: str, good_rows: bool, at: datetime) -> None:
    from shanhe.ground.incoming.files import file_taken
    from shanhe.ground.people.scope import system_actor

    kind = FILES[flag][0]
    with tqdm(total=1, disable=None, leave=False) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        report = file_taken(
            path=Path(path),
            kind=kind,
            by=system_actor("cli"),
            at=at,
            good_rows=good_rows,
            progress=progress,
        )
    _tell(path, report, good_rows)


def _tell(path: str, report: Report, good_rows: bool) -> None:
    """What became of a file. Refusal naming its faults when they kept it out."""
    if report.refused and not good_rows:
        lines = [
            Text(_("row %(row)s, %(field)s: %(reason)s"), _fault(fault)).render(_translate())
            for fault in report.refused[:FAULTS_SHOWN]
        ]
        listed = "; ".join(lines)
        count = report.counts["refused"]
        message = _("%(path)s: %(count)s faulty rows, nothing was taken in: %(listed)s")
        raise Refusal("init.rows", message, path=path, count=count, listed=listed)
    sentence = _(
        "%(path)s: %(created)d new, %(updated)d changed, %(unchanged)d as they are, %(refused)d refused."
    )
    print(_say(sentence, path=path, **report.counts))


def _fault(fault: Any) -> dict[str, Any]:
    return {"row": fault.row, "field": fault.field or "-", "reason": fault.reason.render(_translate())}


def _print(refusal: Refusal) -> None:
    print(refusal.message.render(_translate()))


def _translate() -> Callable[[str], str]:
    from django.utils.translation import gettext

    return gettext


def _say(msgid: str, **params: object) -> str:
    return Text(msgid, params).render(_translate())
