"""``shanhe divisions``: take in a file of divisions, load those that come with the program, find one."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

if TYPE_CHECKING:
    from shanhe.ground.divisions.rows import RowRefused
    from shanhe.ground.divisions.services import Imported

__all__ = ["register"]

MOST_LINES = 5  # so many refused rows are said in the one line on stderr; --json prints all


def register(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the ``divisions`` family."""
    family = commands.add_parser("divisions", help="administrative divisions")
    actions = family.add_subparsers(title="actions", metavar="ACTION", required=True)

    one = actions.add_parser("import", help="take in a CSV file, all rows or none")
    one.add_argument("file", type=Path, metavar="FILE.csv[.gz]", help="code,name,level,parent_code")
    one.add_argument(
        "--valid-from", type=_day, metavar="YYYY-MM-DD", help="day on which changed names begin (today)"
    )
    one.add_argument("--json", action="store_true", help="print JSON and nothing else")
    one.set_defaults(run=run_import, needs_django=True)

    one = actions.add_parser("load", help="load the divisions that come with the program")
    one.add_argument("--json", action="store_true", help="print JSON and nothing else")
    one.set_defaults(run=run_load, needs_django=True)

    one = actions.add_parser("find", help="find divisions by code, name, pinyin or initials")
    one.add_argument("text")
    one.add_argument("--json", action="store_true", help="print JSON and nothing else")
    one.set_defaults(run=run_find, needs_django=True)


def run_import(options: argparse.Namespace) -> int:
    """Import one file; 2 and the refused rows when it cannot be used."""
    from shanhe.ground import clock
    from shanhe.ground.divisions.rows import DivisionsRefused, read_csv
    from shanhe.ground.divisions.services import divisions_import

    try:
        with _Bar("division") as bar:
            done = divisions_import(
                rows=read_csv(_content(options.file)),
                by=None,
                at=clock.now(),
                valid_from=options.valid_from,
                progress=bar,
            )
    except DivisionsRefused as refusal:
        _say_refused(refusal, refusal.rows, options.json)
        return 2
    _say_done(done, options.json)
    return 0


def run_load(options: argparse.Namespace) -> int:
    """Load what is shipped; nothing happens the second time."""
    from shanhe.ground import clock
    from shanhe.ground.divisions.shipped import shipped_load

    with _Bar("file") as bar:
        done = shipped_load(by=None, at=clock.now(), progress=bar)
    if options.json:
        _print_json({"divisions": done.divisions, "boundaries": done.boundaries})
    else:
        sentence = _("%(divisions)d divisions and %(boundaries)d boundaries loaded.")
        print(_said(sentence, divisions=done.divisions, boundaries=done.boundaries))
    return 0


def run_find(options: argparse.Namespace) -> int:
    """Print what is found, a line each with the path of names; 1 when nothing is."""
    from shanhe.ground.divisions.queries import division_paths, divisions_found

    found = divisions_found(options.text)
    paths = division_paths(one.code for one in found)
    if options.json:
        _print_json([{"code": one.code, "name": one.name, "level": one.level} for one in found])
    else:
        for one in found:
            print(one.code, " ".join(above.name for above in paths[one.code]))
    return 0 if found else 1


class _Bar:
    """A bar on a terminal's stderr, nothing elsewhere; called with done and total."""

    def __init__(self, unit: str) -> None:
        self._bar: tqdm[Any] = tqdm(unit=unit, disable=not sys.stderr.isatty(), leave=False)

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_error: object) -> None:
        self._bar.close()

    def __call__(self, done: int, total: int) -> None:
        self._bar.total = total
        self._bar.update(done - self._bar.n)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as fault:
        raise Refusal(
            "file.unreadable",
            _("%(path)s cannot be read: %(fault)s."),
            {"file": _("The file cannot be read.")},
            path=str(path),
            fault=fault.strerror or str(fault),
        ) from None


def _say_done(done: Imported, as_json: bool) -> None:
    figures = {
        "created": done.created,
        "updated": done.updated,
        "unchanged": done.unchanged,
    }
    if as_json:
        _print_json({**figures, "renamed": done.renamed, "moved": done.moved, "refused": []})
    else:
        print(_said(_("%(created)d created, %(updated)d updated, %(unchanged)d unchanged."), **figures))


def _say_refused(refusal: Refusal, rows: tuple[RowRefused, ...], as_json: bool) -> None:
    listed = [{"row": one.row, "field": one.field, "reason": _sentence(one.reason)} for one in rows]
    if as_json:
        _print_json({"created": 0, "updated": 0, "unchanged": 0, "refused": listed})
    reasons = [_said(_("row %(row)d, %(field)s: %(reason)s"), **one) for one in listed[:MOST_LINES]]
    if len(listed) > MOST_LINES:
        reasons.append(_said(_("and %(more)d more"), more=len(listed) - MOST_LINES))
    print(f"shanhe: {_sentence(refusal.message)} {'; '.join(reasons)}", file=sys.stderr)


def _said(msgid: str, **params: object) -> str:
    return _sentence(Text(msgid, params))


def _sentence(text: Text) -> str:
    from django.utils.translation import gettext

    return text.render(gettext)


def _print_json(value: object) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day like 2026-03-02") from None
