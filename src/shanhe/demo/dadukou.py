"""Dadukou town 大渡口镇 in Dongzhi county: villages between the Yangtze and Shengjin Lake.

The bank of the Yangtze and Shengjin Lake come from open data. Where the villages' seats lie is sketched; so
are the two polder channels, whose names are invented, all village reaches and all forest grids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np
import shapely

from shanhe.demo.kashgar import NFGIS
from shanhe.demo.lines import Course, blob, shipped, shipped_lake, sketched
from shanhe.ground.registry.rows import AreaRow, FacilityRow, WaterRow

__all__ = ["COUNTY", "TOWN", "VILLAGES", "ZONES", "Village", "areas", "facilities", "waters"]

COUNTY = "341721000000"
TOWN = "341721102000"
SKETCH = "示意：按村庄大致方位手绘，非测绘成果"
DIVIDED_LAKE = "示意：片区划分为演示虚构；岸线取自 Natural Earth"
NATURAL_EARTH = "Natural Earth 1:10m（公有领域），误差 5–10 km"


@dataclass(frozen=True, slots=True)
class Village:
    """A village, where its seat is drawn, which water it lies at, and how many forest grids it has."""

    code: str
    short: str
    seat: tuple[float, float]
    water: str
    grids: int = 2
    offsets: tuple[
        tuple[float, float], ...
    ] = ()  # of the grids from the seat, where the usual ones do not fit


YANGTZE, CHANNEL, DITCH, LAKE = "DZ-CJ", "DZ-ZQ", "DZ-BD", "DZ-SJ"
#: From west to east along each water.
VILLAGES = (
    Village("341721102214", "新丰圩", (116.958, 30.4495), YANGTZE),
    Village("341721102200", "白沙洲", (116.983, 30.4655), YANGTZE, 3),
    Village("341721102003", "大公馆", (117.008, 30.4835), YANGTZE, 1),
    Village("341721102001", "渡口", (117.034, 30.4885), YANGTZE, 1),
    Village("341721102002", "新深", (117.063, 30.4890), YANGTZE, 1),
    Village("341721102213", "庆丰", (117.092, 30.4880), YANGTZE),
    Village("341721102210", "联合", (117.124, 30.4790), YANGTZE),
    Village("341721102205", "新丰", (116.984, 30.4400), CHANNEL),
    Village("341721102203", "安全", (117.008, 30.4560), CHANNEL),
    Village("341721102204", "杨桥", (117.034, 30.4640), CHANNEL),
    Village("341721102201", "杨墩", (117.060, 30.4670), CHANNEL),
    Village("341721102202", "大同", (117.086, 30.4655), CHANNEL),
    Village("341721102206", "新桥", (117.110, 30.4625), CHANNEL, 2, ((0.010, 0.0065), (0.001, 0.0085))),
    Village("341721102211", "四合", (116.988, 30.4130), DITCH, 3),
    Village("341721102207", "镇荣", (117.010, 30.4270), DITCH, 3),
    Village("341721102209", "八都湖", (117.033, 30.4360), DITCH),
    Village("341721102212", "麻石桥", (117.056, 30.4400), DITCH),
    Village("341721102208", "大桥", (117.080, 30.4440), DITCH),
)
#: The town's three forest zones 片区 and the waters whose villages belong to each.
ZONES = (("沿江片", YANGTZE), ("圩区片", CHANNEL), ("沿湖片", DITCH))
REACH_NAMES = {YANGTZE: "长江{}段", CHANNEL: "圩内中心渠{}段", DITCH: "八都撇洪沟{}段"}
#: Where a village's grids lie from its seat, degrees: away from the bank, and short of the lake.
GRID_OFFSETS = {
    YANGTZE: ((0.004, -0.009), (0.014, -0.0105), (-0.005, -0.0135)),
    CHANNEL: ((0.004, -0.009), (0.014, -0.0105), (-0.005, -0.0135)),
    DITCH: ((0.004, -0.009), (0.012, -0.006), (-0.005, -0.0135)),
}
CATEGORIES = (("防护林", "意杨"), ("护堤林", "垂柳、意杨"), ("公益林", "马尾松、枫香"))


def waters() -> Iterator[WaterRow]:
    """The Yangtze's bank and the lake as shipped; the two channels as sketched, with invented names."""
    lines = _lines()
    yield _water(1, "长江（大渡口段）", YANGTZE, lines[YANGTZE].line, NFGIS, level="province")
    yield _water(2, "圩内中心渠", CHANNEL, lines[CHANNEL].line, SKETCH, kind="canal", is_simulated=True)
    yield _water(3, "八都撇洪沟", DITCH, lines[DITCH].line, SKETCH, kind="canal", is_simulated=True)
    yield _water(4, "升金湖", LAKE, _lake(), NATURAL_EARTH, kind="lake", level="prefecture", division=COUNTY)


def _water(
    number: int, name: str, code: str, geometry: shapely.Geometry, source: str, **more: object
) -> WaterRow:
    fields: dict[str, object] = {"division": TOWN, "is_sketch": source == SKETCH, **more}
    return WaterRow(number=number, name=name, code=code, geometry=geometry, source=source, **fields)  # type: ignore[arg-type]


def areas(names: Mapping[str, str]) -> list[AreaRow]:
    """The lake's zone of the county, the town's reaches and forest zones, and in them the villages' own."""
    rows = [
        _area("reach", "升金湖东至片", COUNTY, 1, _lake(), water=LAKE, source=DIVIDED_LAKE),
    ]
    serials = iter(range(2, 1_000))
    lines, town = _lines(), {}
    for water, course in lines.items():
        town[water] = _area(
            "reach",
            REACH_NAMES[water].format("大渡口镇"),
            TOWN,
            next(serials),
            course.line,
            water=water,
            from_m=0.0,
            to_m=course.length_m,
        )
        rows.append(town[water])
    for water, course in lines.items():
        for village, from_m, to_m in _sections(course, water):
            name = REACH_NAMES[water].format(
                names[village.code].removesuffix("村委会").removesuffix("居委会")
            )
            rows.append(
                _area(
                    "reach",
                    name,
                    village.code,
                    next(serials),
                    course.piece(from_m, to_m),
                    water=water,
                    parent=town[water].code,
                    from_m=from_m,
                    to_m=to_m,
                    half_width_m=25.0 if water == YANGTZE else 5.0,
                )
            )
    return [replace(row, number=number) for number, row in enumerate([*rows, *_forest(serials)], 1)]


def _forest(serials: Iterator[int]) -> Iterator[AreaRow]:
    for zone, water in ZONES:
        grids = list(_grids(water))
        outline = shapely.buffer(
            shapely.concave_hull(shapely.union_all([grid for *_, grid in grids]), 0.2), 0.001
        )
        code = f"341721{next(serials):06d}"
        yield _area(
            "forest-unit", f"大渡口镇{zone}林区", TOWN, int(code[6:]), shapely.simplify(outline, 0.0003)
        )
        for village, number, grid in grids:
            category, species = CATEGORIES[(number + len(village.short)) % 3]
            name = f"{village.short}{number}号林地网格"
            facts = {"category": category, "tenure": "集体", "species": species}
            yield _area("forest-unit", name, village.code, next(serials), grid, parent=code, **facts)


def facilities(rows: Sequence[AreaRow]) -> Iterator[FacilityRow]:
    """A signboard at every village's reach and forest grid no. 1, and what else stands at the water."""
    number = 0
    for row in rows:
        is_first = row.kind == "reach" or "1号" in row.name
        if row.division in (TOWN, COUNTY) or not is_first:
            continue
        number += 1
        place = (
            Course(row.geometry).at(120.0)[0]
            if row.kind == "reach"
            else shapely.get_coordinates(row.geometry)[0]
        )
        chief = "河长" if row.kind == "reach" else "林长"
        facts = {"材质": "铝板", "二维码": "有"}
        yield _facility(number, "signboard", f"{row.name}{chief}公示牌", row, place, facts)
    by_name = {row.name: row for row in rows}
    others: tuple[tuple[str, str, str, float, dict[str, object]], ...] = (
        ("sluice", "杨墩节制闸", "圩内中心渠杨墩段", 0.7, {"孔数": 2}),
        ("sluice", "大桥排涝闸", "八都撇洪沟大桥段", 0.9, {"孔数": 3}),
        ("outfall", "渡口社区生活污水排口", "长江渡口社区段", 0.4, {"类型": "城镇生活污水"}),
        ("outfall", "大同养殖尾水排口", "圩内中心渠大同段", 0.5, {"类型": "养殖尾水"}),
        ("intake", "大渡口水厂取水口", "长江大公馆社区段", 0.6, {"用途": "生活饮用水"}),
        ("source_zone", "大渡口水厂水源地一级保护区", "长江大公馆社区段", 0.65, {"级别": "一级"}),
        ("station", "新桥水位站", "圩内中心渠新桥段", 0.8, {"监测项目": "水位"}),
        ("marker", "白沙洲岸线界桩 1", "长江白沙洲段", 0.2, {}),
        ("marker", "白沙洲岸线界桩 2", "长江白沙洲段", 0.8, {}),
    )  # fmt: skip
    for kind, name, at, share, facts_of in others:
        number += 1
        course = Course(by_name[at].geometry)
        place = course.at(course.length_m * share)[0]
        yield _facility(number, kind, name, by_name[at], place, facts_of)


def _facility(
    number: int, kind: str, name: str, row: AreaRow, place: np.ndarray, facts: Mapping[str, object]
) -> FacilityRow:
    return FacilityRow(
        number=number,
        kind=kind,
        name=name,
        division=row.division,
        area=row.code,
        facts=dict(facts),
        geometry=shapely.Point(np.round(place, 6)),
        is_sketch=True,
        source=SKETCH,
        is_simulated=True,
    )


def _area(
    kind: str, name: str, division: str, serial: int, geometry: shapely.Geometry, **more: object
) -> AreaRow:
    fields: dict[str, object] = {"source": SKETCH, **more}
    for metres in ("from_m", "to_m"):
        if isinstance(fields.get(metres), float):
            fields[metres] = round(fields[metres], 1)  # type: ignore[call-overload]
    return AreaRow(
        number=serial,
        kind=kind,
        name=name,
        division=division,
        code=f"341721{serial:06d}",
        geometry=geometry,
        is_sketch=True,
        is_simulated=True,
        **fields,  # type: ignore[arg-type]
    )


@cache
def _lines() -> dict[str, Course]:
    """The town's three waters, from west to east."""
    channel = [village.seat for village in VILLAGES if village.water == CHANNEL]
    ditch = [village.seat for village in VILLAGES if village.water == DITCH]
    return {
        YANGTZE: _bank(),
        CHANNEL: sketched(_stretched(channel), step_m=90.0, sway_m=70.0, seed=11),
        DITCH: sketched(_stretched(ditch), step_m=90.0, sway_m=110.0, seed=12),
    }


def _stretched(seats: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The seats with a kilometre more at either end."""
    first, last = seats[0], seats[-1]
    return [_beyond(seats[1], first), *seats, _beyond(seats[-2], last)]


def _beyond(one: tuple[float, float], other: tuple[float, float]) -> tuple[float, float]:
    return other[0] + 0.45 * (other[0] - one[0]), other[1] + 0.45 * (other[1] - one[1])


def _bank() -> Course:
    """The Yangtze's south bank before the town, of the shipped double line."""
    parts = shapely.get_parts(shipped("长江", (116.94, 30.40, 117.15, 30.4945)))
    bank = max((part for part in parts if part.geom_type == "LineString"), key=lambda part: part.length)
    degrees = shapely.get_coordinates(bank)
    return Course(bank if degrees[0, 0] < degrees[-1, 0] else shapely.reverse(bank))


def _lake() -> shapely.Geometry:
    return shipped_lake((117.04, 30.41))


def _sections(course: Course, water: str) -> Iterator[tuple[Village, float, float]]:
    """The villages along a water, each from half way to its neighbour above to half way to the one below."""
    villages = [village for village in VILLAGES if village.water == water]
    at = [course.where(village.seat) for village in villages]
    cuts = [0.0, *((one + other) / 2 for one, other in pairwise(at)), course.length_m]
    yield from ((village, *ends) for village, ends in zip(villages, pairwise(cuts), strict=True))


def _grids(water: str) -> Iterator[tuple[Village, int, shapely.Polygon]]:
    """The forest grids of the villages along a water, numbered within each village."""
    for village in VILLAGES:
        if village.water == water:
            for number in range(1, village.grids + 1):
                east, north = (village.offsets or GRID_OFFSETS[water])[number - 1]
                at = (village.seat[0] + east, village.seat[1] + north)
                seed = int(village.code[-3:]) * 10 + number
                yield village, number, blob(at, 260.0 + 35.0 * number, seed=seed)
