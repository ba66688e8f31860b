"""Real recorded tracks: those kept in the repo, and more where a folder of them is named."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

__all__ = ["KEPT", "TUNING", "Recording", "folders", "is_tuning", "recordings"]

KEPT = Path(__file__).parent / "data"

#: Recorders that were looked at while thresholds were set. All others are held out: they are only reported
#: on.
TUNING = ("GPSBabel", "GpsPrune", "garmin", "EDGE705", "suunto", "Garmin Training Center(r)")


@dataclass(frozen=True, slots=True)
class Recording:
    """One real track: seconds from its start, degrees WGS 84, and who recorded it how."""

    name: str
    mode: str  # walk run bike swim vehicle defective
    recorder: str
    t: np.ndarray  # (n,) s from the first fix
    lon: np.ndarray
    lat: np.ndarray
    start_ms: int


def is_tuning(recorder: str) -> bool:
    """Whether thresholds may be set by tracks of this recorder."""
    return recorder in TUNING or recorder.startswith("GpsPrune")


def folders(extra: str | None = None) -> list[Path]:
    """Where tracks are: the one named, else ``SHANHE_TRACKS_DIR``, else a data folder beside the checkout;
    and ours.
    """
    beside = Path(__file__).parents[3] / "shared" / "data" / "tracks"
    named = Path(extra or os.environ.get("SHANHE_TRACKS_DIR") or beside)
    return [folder for folder in (named, KEPT) if (folder / "index.csv").is_file()]


def _read(path: Path, row: dict[str, str]) -> Recording:
    with path.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    ms = np.array([datetime.fromisoformat(r["time"].replace("Z", "+00:00")).timestamp() for r in rows]) * 1000
    ms = np.round(ms).astype(np.int64)
    _, first = np.unique(ms, return_index=True)
    lon = np.array([float(r["lon"]) for r in rows])[first]
    lat = np.array([float(r["lat"]) for r in rows])[first]
    t = (ms[first] - ms[first][0]) / 1000
    return Recording(
        path.stem, row["mode_guess"], row["recorder"] or "unnamed", t, lon, lat, int(ms[first][0])
    )


def recordings(extra: str | None = None) -> list[Recording]:
    """All tracks of all folders, each once, in order of name."""
    found: dict[str, Recording] = {}
    for folder in folders(extra):
        with (folder / "index.csv").open(encoding="utf-8") as lines:
            for row in csv.DictReader(lines):
                path = folder / row["file"]
                if path.stem not in found and path.is_file():
                    found[path.stem] = _read(path, row)
    return [found[name] for name in sorted(found)]
