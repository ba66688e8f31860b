"""``shanhe audit``: verify the ledger, publish a day's root, hand out a proof and check it anywhere."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from shanhe.ground.audit.root_files import json_read, root_write, roots_read
from shanhe.kernel.chain.proof import Proof, hash_read, proof_check, proof_read
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

if TYPE_CHECKING:
    from shanhe.ground.audit.verify import Broken, Step

__all__ = ["register"]

SENTENCES = {
    "changed": _("Record %(seq)s was changed."),
    "missing": _("Record %(seq)s is missing."),
    "inserted": _("Record %(seq)s was inserted."),
    "reordered": _("Record %(seq)s stands in another's place."),
    "cut": _("The ledger is cut off: record %(seq)s and all after it are missing."),
    "rewritten": _("Records %(seq)s to %(last_seq)s are not those of %(day)s whose root was published."),
    "head": _("The head of the ledger does not agree with its last record, %(seq)s."),
    "root": _("The root of %(day)s is not as it was published (record %(seq)s)."),
}


def register(commands: argparse._SubParsersAction[Any]) -> None:
    """Add the ``audit`` family."""
    family = commands.add_parser("audit", help="the tamper-evident ledger")
    actions = family.add_subparsers(title="actions", metavar="ACTION", required=True)

    one = actions.add_parser(
        "verify", help="walk the whole ledger; 1 and the first broken record if it fails"
    )
    _roots_option(one, "compare with the DATE.json files in this folder too (default: the data directory's)")
    one.add_argument("--json", action="store_true")
    one.set_defaults(run=run_verify, needs_django=True)

    one = actions.add_parser("publish", help="publish the root of each day that is over")
    one.add_argument("--day", type=_day, metavar="YYYY-MM-DD", help="only this day")
    _roots_option(one, "write DATE.json into this folder (default: the data directory's)")
    one.add_argument("--json", action="store_true")
    one.set_defaults(run=run_publish, needs_django=True)

    one = actions.add_parser("proof", help="print one record's PROOF.json")
    one.add_argument("seq", type=int, metavar="RECORD", help="its number on the ledger")
    one.set_defaults(run=run_proof, needs_django=True)

    one = actions.add_parser("check", help="check a PROOF.json against a published root, offline")
    one.add_argument("proof", type=Path, metavar="PROOF.json")
    against = one.add_mutually_exclusive_group()
    against.add_argument("--root", type=_root, metavar="HEX", help="the published root")
    _roots_option(against, "DATE.json or a folder of them (default: DATE.json beside the proof, if there)")
    one.add_argument("--json", action="store_true")
    one.set_defaults(run=run_check, needs_django=False)


def run_verify(options: argparse.Namespace) -> int:
    """Walk the ledger under a progress bar; 1 and the first broken record when it does not hold."""
    from shanhe.ground.audit.verify import verify

    started = time.monotonic()
    roots = (
        roots_read(options.roots) if options.roots else roots_read(_folder()) if _folder().is_dir() else []
    )
    step = _watched(verify(roots))
    took = time.monotonic() - started
    if options.json:
        _print_json(_verified(step, took, len(roots)))
    elif step.broken is None:
        print(_say(_("The ledger holds: %(n)s records, %(s).1f s."), n=f"{step.done:,}", s=took))
    else:
        print(f"shanhe: {_broken_sentence(step.broken)}", file=sys.stderr)
    return 0 if step.broken is None else 1


def run_publish(options: argparse.Namespace) -> int:
    """Publish what is due, or one day, and put the files where they belong."""
    from shanhe.ground import clock
    from shanhe.ground.audit import queries, services

    folder = options.roots or _folder()
    roots = []
    if options.day:
        roots.append(services.day_root_publish(day=options.day, by=None, at=clock.now()))
    else:
        with tqdm(disable=None, unit="day", leave=False) as bar:
            for step in services.day_roots_publish_due(by=None, at=clock.now()):
                roots.append(step.root)
                bar.total = step.total
                bar.update()
    for row in queries.day_roots():  # also those whose file got lost between commit and writing
        root_write(folder, queries.published(row))
    if options.json:
        _print_json([root.as_json() for root in roots])
    else:
        print(_say(_("%(n)s days published in %(folder)s."), n=len(roots), folder=folder))
    return 0


def run_proof(options: argparse.Namespace) -> int:
    """Print the proof of one record."""
    from shanhe.ground.audit import queries

    _print_json(queries.proof_of(queries.event_numbered(options.seq)).as_json())
    return 0


def run_check(options: argparse.Namespace) -> int:
    """Check a proof with nothing but the files; without a published root, against the root that it names."""
    proof = proof_read(json_read(options.proof))
    root = options.root or _published_root(options, proof)
    try:
        proof_check(proof, root or proof.root)
    except Refusal as refusal:
        if options.json:
            _print_json({"ok": False, "code": refusal.code, **_checked(proof, root)})
        else:
            print(f"shanhe: {refusal.message}", file=sys.stderr)
        return 1
    if options.json:
        _print_json({"ok": True, "code": None, **_checked(proof, root)})
    else:
        _print_checked(proof, root)
    return 0


def _watched(steps: Any) -> Step:
    """Draw ``steps`` as a bar on a terminal and give the last one."""
    with tqdm(disable=None, unit="rec", unit_scale=True, leave=False) as bar:
        for step in steps:
            bar.total = step.total
            bar.update(step.done - bar.n)
    return step  # type: ignore[no-any-return]


def _verified(step: Step, took_s: float, roots: int) -> dict[str, Any]:
    broken = step.broken
    return {
        "ok": broken is None,
        "records": step.done,
        "published_roots": roots,
        "seconds": round(took_s, 2),
        "first_broken": broken
        and {
            "seq": broken.seq,
            "fault": broken.fault,
            "day": broken.day and broken.day.isoformat(),
            "last_seq": broken.last_seq,
            "message": _broken_sentence(broken),
        },
    }


def _broken_sentence(broken: Broken) -> str:
    return _say(SENTENCES[broken.fault], seq=broken.seq, last_seq=broken.last_seq, day=broken.day)


def _published_root(options: argparse.Namespace, proof: Proof) -> bytes | None:
    """The root published for the proof's day, from the files; None when nobody gave any."""
    if options.roots is None:
        beside = options.proof.parent / f"{proof.day.isoformat()}.json"
        return roots_read(beside)[0].root if beside.is_file() else None
    found = [root.root for root in roots_read(options.roots) if root.day == proof.day]
    if not found:
        raise Refusal(
            "root.not_found", _("There is no published root of %(day)s."), day=proof.day.isoformat()
        )
    return found[0]


def _checked(proof: Proof, root: bytes | None) -> dict[str, Any]:
    return {
        "record": proof.content,
        "day": proof.day.isoformat(),
        "root": proof.root.hex(),
        "published_root": root and root.hex(),
    }


def _print_checked(proof: Proof, root: bytes | None) -> None:
    told = {name: proof.content.get(name) for name in ("seq", "action", "object_type", "object_id", "at")}
    day = proof.day.isoformat()
    print("Record {seq}: {action}, {object_type} {object_id}, {at}".format(**told))
    if root is not None:
        print(f"stands under the published root of {day}.")
    else:
        print(f"leads to the root {proof.root.hex()}.")
        print(f"Compare it with the one published for {day} (/proof/{day}.json), or give it with --root.")


def _folder() -> Path:
    from django.conf import settings

    return Path(settings.DATA_DIR) / "proof"


def _say(msgid: str, **params: object) -> str:
    from django.utils.translation import gettext

    return Text(msgid, params).render(gettext)


def _print_json(value: Mapping[str, Any] | list[Any]) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=1))


def _roots_option(parser: Any, explanation: str) -> None:
    parser.add_argument("--roots", type=Path, metavar="PATH", help=explanation)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no day like 2026-03-02") from None


def _root(text: str) -> bytes:
    try:
        return hash_read(text.strip().lower())
    except ValueError:
        raise argparse.ArgumentTypeError("a root has 64 hexadecimal digits") from None
