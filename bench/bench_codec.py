"""How few bytes a track takes: python bench/bench_codec.py [--json].

Real tracks (``tests/truth/data``, and the folder of more where there is one), with times and places, and with
accuracies that change at every fix, as phones send them. Each comes back as it was, or the run breaks off.
The opponent is what was kept before: the same columns as JSON, compressed by zlib.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import zlib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests")]

import numpy as np  # noqa: E402

from shanhe.kernel.tracks.codec import decode, encode  # noqa: E402
from shanhe.kernel.tracks.types import Track  # noqa: E402

BAR_BYTES = 6.0  # a fix, of every single track


def main() -> None:
    """Measure every track and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    cases = all_cases()
    if options.json:
        print(json.dumps(cases, ensure_ascii=False, indent=1))
        return
    for one in cases:
        word = {True: "ok ", False: "NOT", None: "   "}[one["ok"]]
        versus = f"{one['baseline']} {one['baseline_name']} (× {one['ratio']})" if one["baseline"] else ""
        print(f"{word} {one['case']:<60}{one['ours']:>9} {one['unit']:<8} {versus}")
    sys.exit(0 if all(one["ok"] is not False for one in cases) else 1)


def all_cases() -> list[dict[str, Any]]:
    """Bytes a fix, all together and the worst; time to pack and to read."""
    from truth.recordings import recordings

    tracks = {
        found.name: Track(found.start_ms + np.round(found.t * 1000).astype(np.int64), found.lon, found.lat)
        for found in recordings()
    }
    rng = np.random.default_rng(1)
    with_acc = {name: with_accuracies(track, rng) for name, track in tracks.items()}
    cases = []
    for title, some in (("times and places", tracks), ("with accuracies", with_acc)):
        sizes = {name: len(checked(track)) / len(track) for name, track in some.items()}
        fixes = sum(len(track) for track in some.values())
        ours = sum(sizes[name] * len(track) for name, track in some.items()) / fixes
        plain = sum(len(as_json(track)) for track in some.values()) / fixes
        worst = max(sizes, key=lambda name: sizes[name])
        cases.append(case(f"{len(some)} real tracks, {fixes:,} fixes, {title}", ours, plain, bar=BAR_BYTES))
        cases.append(case(f"the worst of them, {title} ({worst})", sizes[worst], None, bar=BAR_BYTES))
    long = max(with_acc.values(), key=len)
    packed = encode(long)
    for title, call in (("packed", lambda: encode(long)), ("read", lambda: decode(packed))):
        cases.append(case(f"fixes {title} a second", per_second(call, len(long)), None, unit="million/s"))
    return cases


def with_accuracies(track: Track, rng: np.random.Generator) -> Track:
    """The track as a phone sends it: an accuracy to a decimetre for each fix."""
    drift = np.cumsum(rng.normal(0, 0.4, len(track)))
    return Track(track.t_ms, track.lon, track.lat, np.round(3 + np.abs(drift) % 30, 1))


def checked(track: Track) -> bytes:
    """The packed track, once it has come back as it was."""
    packed = encode(track)
    back = decode(packed)
    assert np.array_equal(back.t_ms, track.t_ms)
    assert np.abs(back.lon - track.lon).max() < 1e-6
    assert np.abs(back.lat - track.lat).max() < 1e-6
    return packed


def as_json(track: Track) -> bytes:
    """The opponent."""
    columns = {"t": track.t_ms.tolist(), "lon": track.lon.tolist(), "lat": track.lat.tolist()}
    if track.acc is not None:
        columns["acc"] = track.acc.tolist()
    return zlib.compress(json.dumps(columns, separators=(",", ":")).encode(), 3)


def per_second(call: Any, fixes: int) -> float:
    """Millions of fixes a second of one processor."""
    call()
    begun, runs = time.process_time(), 20
    for _ in range(runs):
        call()
    return fixes * runs / (time.process_time() - begun) / 1e6


def case(
    title: str, ours: float, baseline: float | None, *, unit: str = "bytes", bar: float | None = None
) -> dict[str, Any]:
    """One line of ``--json``; ``ratio`` says how many times more the opponent takes."""
    return {
        "bench": "codec",
        "case": title,
        "ours": round(ours, 2),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 2),
        "baseline_name": None if baseline is None else "JSON and zlib",
        "ratio": None if baseline is None else round(baseline / ours, 1),
        "bar": bar,
        "ok": None if bar is None else ours <= bar,
    }


if __name__ == "__main__":
    main()
