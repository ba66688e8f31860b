"""``shanhe tracks``: verify a track against an area, one or a whole list of them.

This path imports no Django: one call has to answer within 1.5 seconds.
"""

from __future__ import annotations

import argparse
import csv
import gettext
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

if TYPE_CHECKING:
    from shanhe.kernel.tracks.types import Area, Verification

__all__ = ["register"]

DAY_MS = 86_400_000
CHUNK = 16  # pairs handed to a worker at once
ALONE = 2 * CHUNK  # so few pairs are not worth starting workers for


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``tracks verify`` and ``tracks verify-batch`` to the program's commands."""
    family = commands.add_parser("tracks", help="verify patrol tracks").add_subparsers(required=True)
    one = family.add_parser("verify", help="one track against one area")
    one.add_argument("--area", required=True, type=Path, help="GeoJSON: reach, forest unit or checkpoints")
    one.add_argument(
        "--track", required=True, type=Path, help="GPX, CSV (time,lon,lat[,accuracy]) or GeoJSON"
    )
    _common(one)
    one.set_defaults(run=verify_one, needs_django=False)
    many = family.add_parser("verify-batch", help="many pairs, one JSON object a line")
    many.add_argument("pairs", type=Path, help="CSV with the columns area,track")
    _common(many)
    many.set_defaults(run=verify_batch, needs_django=False)


def _common(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tolerance", type=_metres, default=50.0, help="metres from the area (default 50)")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")


def _metres(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value <= 100_000:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 100000 metres")
    return value


def verify_one(args: argparse.Namespace) -> int:
    """Print the verdict on one track; 2 and one line on stderr if a file cannot be used."""
    try:
        verdict = _verified(str(args.area), str(args.track), args.tolerance)
    except Refusal as refusal:
        print(_one_line(refusal), file=sys.stderr)
        return 2
    print(json.dumps(as_json(verdict), ensure_ascii=False) if args.json else as_text(verdict))
    return 0


def verify_batch(args: argparse.Namespace) -> int:
    """Print one JSON object a pair in the order of the list; a bad pair is an ``error`` on its own line."""
    try:
        jobs = [(area, track, args.tolerance) for area, track in _pairs(args.pairs)]
    except Refusal as refusal:
        print(_one_line(refusal), file=sys.stderr)
        return 2
    from tqdm import tqdm

    lines = tqdm(
        _answers(jobs),
        total=len(jobs),
        unit="track",
        file=sys.stderr,
        disable=not sys.stderr.isatty(),
        leave=False,
    )
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
    return 0


def _answers(jobs: list[tuple[str, str, float]]) -> Iterator[str]:
    workers = min(
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 61
    )
    if len(jobs) <= ALONE or workers == 1:
        yield from map(_answer, jobs)
        return
    _answer(jobs[0])  # loads the compiled code once, for the workers to inherit where the system forks
    with multiprocessing.Pool(workers) as pool:
        yield from pool.imap(_answer, jobs, chunksize=min(CHUNK, -(-len(jobs) // workers)))


def _answer(job: tuple[str, str, float]) -> str:
    try:
        return json.dumps(as_json(_verified(*job)), ensure_ascii=False)
    except Refusal as refusal:
        return json.dumps({"error": _error(refusal)}, ensure_ascii=False)


def _verified(area: str, track: str, tolerance_m: float) -> Verification:
    from shanhe.kernel.tracks.formats import read_track
    from shanhe.kernel.tracks.types import Rules
    from shanhe.kernel.tracks.verify import verify

    latest_ms = int(time.time() * 1000) + DAY_MS
    place = _area(area)
    return verify(
        place, read_track(track, _content(track, "track"), latest_ms), Rules(tolerance_m=tolerance_m)
    )


@lru_cache(maxsize=512)
def _area(path: str) -> Area:
    from shanhe.kernel.tracks.formats import read_area

    return read_area(_content(path, "area"))


def _content(path: str, field: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as fault:
        raise Refusal(
            "file.unreadable",
            _("%(path)s cannot be read: %(fault)s."),
            fields={field: _("The file cannot be read.")},
            path=path,
            fault=fault.strerror or str(fault),
        ) from None


def _pairs(path: Path) -> list[tuple[str, str]]:
    from shanhe.kernel.tracks.formats.fixes import decoded

    rows = csv.DictReader(decoded(_content(str(path), "pairs")).splitlines(), skipinitialspace=True)
    missing = [name for name in ("area", "track") if name not in (rows.fieldnames or ())]
    if missing:
        raise Refusal(
            "pairs.columns",
            _("The list of pairs lacks the column %(missing)s."),
            fields={name: _("This column is missing.") for name in missing},
            missing=", ".join(missing),
        )
    return [(str(path.parent / (row["area"] or "")), str(path.parent / (row["track"] or ""))) for row in rows]


def as_json(verdict: Verification) -> dict[str, Any]:
    """The contract's object: ``flags`` are codes, ``evidence`` holds each flag's interval and figures."""
    return {
        "coverage": round(verdict.coverage, 6),
        "covered": [[round(a, 1), round(b, 1)] for a, b in verdict.covered],
        "length_m": round(verdict.length_m, 1),
        "distance_m": round(verdict.distance_m, 1),
        "duration_s": round(verdict.duration_s, 1),
        "moving_s": round(verdict.moving_s, 1),
        "max_gap_s": round(verdict.max_gap_s, 1),
        "max_speed_mps": round(verdict.max_speed_mps, 2),
        "points": verdict.points,
        "points_dropped": verdict.points_dropped,
        "flags": list(dict.fromkeys(flag.code for flag in verdict.flags)),
        "verdict": verdict.outcome,
        "reasons": [{"code": reason.code, **reason.figures} for reason in verdict.reasons],
        "evidence": [
            {"flag": flag.code, "from_s": flag.from_s, "to_s": flag.to_s, "figures": dict(flag.figures)}
            for flag in verdict.flags
        ],
        "asleep": [list(span) for span in verdict.asleep],
        "datum": verdict.datum,
        "rules": verdict.rules_id,
        "visits": list(verdict.visits),
        "cells_visited": verdict.cells_visited,
        "cells_total": verdict.cells_total,
        "boundary": round(verdict.boundary, 6),
    }


def as_text(verdict: Verification) -> str:
    """The same for people, some lines of plain words."""
    say = _catalogue()
    lines = [
        say(_("Verdict: %(verdict)s")) % {"verdict": say(_OUTCOMES[verdict.outcome])},
        say(_("Coverage: %(share).1f %%")) % {"share": 100 * verdict.coverage},
        say(_("Walked: %(km).2f km in %(minutes).0f min, moving for %(moving).0f min"))
        % {
            "km": verdict.distance_m / 1000,
            "minutes": verdict.duration_s / 60,
            "moving": verdict.moving_s / 60,
        },
        say(
            _("Fixes: %(points)d used, %(dropped)d dropped; longest gap %(gap).0f s; fastest %(speed).1f m/s")
        )
        % {
            "points": verdict.points,
            "dropped": verdict.points_dropped,
            "gap": verdict.max_gap_s,
            "speed": verdict.max_speed_mps,
        },
    ]
    lines += [f"  - {reason.code}{_figures(reason.figures)}" for reason in verdict.reasons]
    told = {reason.code for reason in verdict.reasons}
    lines += [
        f"  - {flag.code}{_figures(flag.figures)}"
        for flag in verdict.flags
        if f"flag.{flag.code}" not in told
    ]
    return "\n".join(lines)


_OUTCOMES = {
    "valid": _("valid"),
    "partial": _("partial"),
    "doubtful": _("doubtful"),
    "invalid": _("invalid"),
}


def _figures(figures: Any) -> str:
    return "".join(f" {name}={value}" for name, value in figures.items())


def _catalogue() -> Callable[[str], str]:
    """The translation for the terminal's language, read without Django; English where there is none."""
    language = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    if not language.startswith("zh"):
        return gettext.NullTranslations().gettext
    folder = Path(__file__).parents[2] / "locale"
    return gettext.translation("django", folder, languages=["zh_Hans"], fallback=True).gettext


def _error(refusal: Refusal) -> dict[str, Any]:
    say = _catalogue()
    return {
        "code": refusal.code,
        "message": refusal.message.render(say),
        "fields": {name: reason.render(say) for name, reason in refusal.fields.items()},
    }


def _one_line(refusal: Refusal) -> str:
    error = _error(refusal)
    reasons = "; ".join(f"{name}: {reason}" for name, reason in error["fields"].items())
    return (
        " ".join(f"{error['message']} ({reasons})".split()) if reasons else " ".join(error["message"].split())
    )
