"""``shanhe registry import``: records from a file into the registry."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from shanhe.ground import clock
from shanhe.ground.incoming.files import file_taken
from shanhe.ground.incoming.kinds import Fault, Report
from shanhe.ground.people.scope import system_actor
from shanhe.ground.registry.columns import KINDS

__all__ = ["register"]

SHOWN = 20  # refused rows named on the terminal


def register(commands: Any) -> None:
    """Add ``registry import`` to the program."""
    family = commands.add_parser("registry", help="rivers, forests and what belongs to them")
    actions = family.add_subparsers(title="actions", metavar="ACTION", required=True)
    importing = actions.add_parser("import", help="take records from a file")
    importing.add_argument(
        "file", metavar="FILE", help="GeoPackage, zipped Shapefile, GeoJSON, KML, KMZ, xlsx, xls or csv"
    )
    importing.add_argument(
        "--kind", required=True, choices=sorted(KINDS), metavar="KIND", help=", ".join(KINDS)
    )
    importing.add_argument(
        "--map",
        dest="mapping",
        action="extend",
        nargs="+",
        default=[],
        metavar="FIELD=COLUMN",
        help="which column of the file holds which field",
    )
    importing.add_argument("--sheet", "--layer", default="", metavar="NAME", help="which sheet or layer")
    importing.add_argument(
        "--crs", default="", metavar="EPSG", help="coordinate system, where the file does not say it"
    )
    importing.add_argument(
        "--datum", choices=("wgs84", "gcj02"), default="wgs84", help="gcj02: from a Chinese web map"
    )
    importing.add_argument(
        "--good-rows", action="store_true", help="take the good rows, leave the refused out"
    )
    importing.add_argument("--json", action="store_true", help="print the result as JSON")
    importing.add_argument("--data-dir", help=argparse.SUPPRESS)
    importing.set_defaults(run=_import, needs_django=True)


def _import(options: argparse.Namespace) -> int:
    with tqdm(total=0, file=sys.stderr, disable=not sys.stderr.isatty(), leave=False, unit="rows") as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        report = file_taken(
            path=Path(options.file),
            kind=options.kind,
            by=system_actor("cli"),
            at=clock.now(),
            mapping=options.mapping,
            sheet=options.sheet,
            crs=options.crs,
            datum=options.datum,
            good_rows=options.good_rows,
            progress=progress,
        )
    (_print_json if options.json else _print_text)(report)
    if report.refused:
        _say_refused(report, options.good_rows)
    return 2 if report.refused and not options.good_rows else 0


def _print_json(report: Report) -> None:
    print(
        json.dumps(
            {
                **_counts(report),
                "refused": [_shown(fault) for fault in report.refused],
                "notes": [_shown(note) for note in report.notes],
            },
            ensure_ascii=False,
        )
    )


def _counts(report: Report) -> dict[str, int]:
    """What was written; nothing, where a refused row has refused all."""
    counts = report.counts
    return {name: counts[name] * report.written for name in ("created", "updated", "unchanged")}


def _shown(fault: Fault) -> dict[str, Any]:
    return {"row": fault.row, "field": fault.field, "reason": fault.reason.render(_)}


def _print_text(report: Report) -> None:
    print(_("%(created)d created, %(updated)d updated, %(unchanged)d unchanged") % _counts(report))
    for fault in report.refused[:SHOWN]:
        print(_("Row %(row)d, %(field)s: %(reason)s") % _shown(fault))
    if len(report.refused) > SHOWN:
        print(_("… and %(n)d more") % {"n": len(report.refused) - SHOWN})


def _say_refused(report: Report, good_rows: bool) -> None:
    n = report.counts["refused"]
    sentence = (
        ngettext("%(n)d row was left out.", "%(n)d rows were left out.", n)
        if good_rows
        else ngettext(
            "%(n)d row was refused; nothing was written.", "%(n)d rows were refused; nothing was written.", n
        )
    )
    print("shanhe: " + sentence % {"n": n}, file=sys.stderr)
