"""Finding areas by place and by keeper among 100,000: python bench/bench_window.py [--json] [--areas N].

- "What lies in this window", "what lies within d metres of here", on the embedded database. The opponent is
  bounding-box columns with a plain index over them, followed by the same exact test.
- Gaps (areas without a keeper), who answers for all areas on one day, and the chain of one area.
- 5,000 areas as GeoJSON for the map. The opponent builds the same features through ``json``.
- The import that makes the world: through ``areas_import``, with its events on the ledger.

The world is made once in the data directory and used again: 20,000 villages in 100 counties.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

WINDOW_BAR_MS = 10.0  # the slowest twentieth, at most
GAPS_BAR_MS = 1_000.0
AREAS = 100_000
VILLAGES_PER_TOWN, TOWNS_PER_COUNTY, COUNTIES_PER_PREFECTURE, PREFECTURES = 20, 10, 10, 10
AREAS_PER_VILLAGE = 5
AT = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
DAY = date(2026, 3, 2)
STEP_DEG = 0.02  # from one village to the next
CALLS = 200


def main() -> None:
    """Run all cases and print them as a table or as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--areas", type=int, default=AREAS, help="size of the world")
    options = parser.parse_args()
    set_up(options.areas)
    cases = list(all_cases(options.areas))
    if options.json:
        print(json.dumps(cases, ensure_ascii=False, indent=1))
    else:
        print_table(cases)
    sys.exit(0 if all(case["ok"] is not False for case in cases) else 1)


def set_up(areas: int) -> None:
    """Django on a database of this bench's own."""
    folder = bench_folder()
    os.environ["SHANHE_DATA_DIR"] = str(folder)
    os.environ["SHANHE_DATABASE_URL"] = f"sqlite:///{(folder / f'window-{areas}.sqlite3').as_posix()}"
    os.environ["DJANGO_SETTINGS_MODULE"] = "shanhe.project.settings"
    import django

    django.setup()


def bench_folder() -> Path:
    """Where large worlds are kept."""
    from platformdirs import user_data_path

    home = os.environ.get("SHANHE_DATA_DIR") or user_data_path("shanhe", appauthor=False)
    folder = Path(home).absolute() / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def all_cases(areas: int) -> Iterator[dict[str, Any]]:
    """Every case, on a world that is made first if need be."""
    took = made_world(areas)
    if took is not None:
        yield case(f"import of {areas:,} areas", took, "s")
    yield from window_cases()
    yield from near_cases()
    yield from keeper_cases()
    yield map_case()


# -- the world ---------------------------------------------------------------------------------------------


def made_world(areas: int) -> float | None:
    """Make the world unless it is there; seconds the import of its areas took, None when it was there."""
    from django.core.management import call_command

    from shanhe.ground.registry.models import Area

    call_command("migrate", verbosity=0)
    if Area.objects.count() == areas:
        return None
    if Area.objects.exists():
        raise SystemExit(f"{os.environ['SHANHE_DATABASE_URL']} holds half a world: delete it")
    villages = make_divisions(areas // AREAS_PER_VILLAGE)
    begun = time.perf_counter()
    make_areas(villages)
    took = time.perf_counter() - begun
    make_appointments(villages)
    make_plain_copy()
    return took


def make_divisions(count: int) -> list[tuple[str, float, float]]:
    """``count`` villages with all above them; code and place of each."""
    from shanhe.ground.divisions.models import Division

    rows: dict[str, Division] = {"340000000000": Division(code="340000000000", name="省", level="province")}
    villages = []
    for number in range(count):
        town, village = divmod(number, VILLAGES_PER_TOWN)
        county, town = divmod(town, TOWNS_PER_COUNTY)
        prefecture, county = divmod(county, COUNTIES_PER_PREFECTURE)
        codes = [
            f"34{prefecture + 1:02d}00000000",
            f"34{prefecture + 1:02d}{county + 1:02d}000000",
            f"34{prefecture + 1:02d}{county + 1:02d}{town + 100:03d}000",
            f"34{prefecture + 1:02d}{county + 1:02d}{town + 100:03d}{village + 200:03d}",
        ]
        parent = "340000000000"
        for code, level in zip(codes, ("prefecture", "county", "township", "village"), strict=True):
            rows.setdefault(code, Division(code=code, name=f"区{code}", level=level, parent_id=parent))
            parent = code
        lon, lat = 110 + (number % 200) * STEP_DEG, 28 + (number // 200) * STEP_DEG
        villages.append((codes[-1], lon, lat))
    Division.objects.bulk_create(rows.values(), batch_size=2_000)
    return villages


def make_areas(villages: list[tuple[str, float, float]]) -> None:
    """Five areas a village: three reaches within the town's, two grids; through the service."""
    import shapely
    from tqdm import tqdm

    from shanhe.ground.registry.rows import AreaRow
    from shanhe.ground.registry.services import areas_import, water_register

    by = operator()
    pick = random.Random(1)
    from shanhe.ground.divisions.models import Division

    water = water_register(
        name="长河", code="W", division=Division.objects.get(code="340000000000"), by=by, at=AT
    )
    rows = []
    for code, lon, lat in villages:
        for number in range(AREAS_PER_VILLAGE):
            kind = "reach" if number < 3 else "forest-unit"
            at = (lon + pick.uniform(0, STEP_DEG), lat + pick.uniform(0, STEP_DEG))
            shape = river(pick, at) if kind == "reach" else shapely.box(*at, at[0] + 0.004, at[1] + 0.004)
            rows.append(
                AreaRow(len(rows) + 1, kind, f"{code}第{number}区", code, geometry=shape, water=water.code)
            )
    with tqdm(total=len(rows), unit="areas", disable=not sys.stderr.isatty(), leave=False) as bar:
        report = areas_import(rows=rows, by=by, at=AT, progress=lambda done, _n: bar.update(done - bar.n))
    if report.refused:
        raise SystemExit(f"refused: {report.refused[0]}")


def river(pick: random.Random, at: tuple[float, float]) -> Any:
    """A winding line of 40 points, about 2 km."""
    import shapely

    lon, lat = at
    points = []
    for _ in range(40):
        lon, lat = lon + pick.uniform(0, 0.0008), lat + pick.uniform(-0.0004, 0.0004)
        points.append((lon, lat))
    return shapely.LineString(points)


def make_appointments(villages: list[tuple[str, float, float]]) -> None:
    """A chief for every division; one village in twenty lost its own."""
    from shanhe.ground.divisions.models import Division
    from shanhe.ground.people.models import Appointment, Person, Post, Remit, RemitPart

    posts = {
        level: Post.objects.create(
            code=f"both.{level}.chief", name="长", kind="chief", system="both", level=level, is_keeper=True
        )
        for level in ("prefecture", "county", "township", "village")
    }
    divisions = list(Division.objects.exclude(level="province"))
    people = Person.objects.bulk_create(
        [Person(name=f"人{d.code}", division=d) for d in divisions], batch_size=2_000
    )
    remits = Remit.objects.bulk_create(
        [Remit(kind="subtree", key=f"d:{d.code}", name=d.name, division=d) for d in divisions],
        batch_size=2_000,
    )
    RemitPart.objects.bulk_create(
        [RemitPart(remit=r, division=d) for r, d in zip(remits, divisions, strict=True)], batch_size=2_000
    )
    Appointment.objects.bulk_create(
        [
            Appointment(
                person=person,
                post=posts[division.level],
                remit=remit,
                since=date(2025, 1, 1),
                until=date(2026, 2, 1) if division.level == "village" and number % 20 == 0 else None,
            )
            for number, (division, person, remit) in enumerate(zip(divisions, people, remits, strict=True))
        ],
        batch_size=2_000,
    )


def make_plain_copy() -> None:
    """The opponent's table: the same boxes and geometry, and a plain index over the boxes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE plain_shape AS SELECT id, area_id, wkb, min_lon, min_lat, max_lon, max_lat "
            "FROM registry_shape"
        )
        cursor.execute("CREATE INDEX plain_box ON plain_shape (min_lon, max_lon, min_lat, max_lat)")
        cursor.execute("ANALYZE")


def operator() -> Any:
    """Somebody who may do everything."""
    from shanhe.ground.people.scope import Actor, Ground, Scope

    every = Ground(everything=True)
    return Actor(None, None, "cli", Scope(None, None, every, every, every, frozenset(), True))


# -- windows -----------------------------------------------------------------------------------------------


def places(size_deg: float) -> list[Any]:
    """Windows of that size somewhere in the world, the same ones each time."""
    from shanhe.ground.registry.window import Window

    pick = random.Random(2)
    corners = [(110 + pick.uniform(0, 4), 28 + pick.uniform(0, 2)) for _ in range(CALLS)]
    return [Window(lon, lat, lon + size_deg, lat + size_deg) for lon, lat in corners]


def window_cases() -> Iterator[dict[str, Any]]:
    """Windows of a village and of a town."""
    from shanhe.ground.registry.window import shapes_in

    for title, size_deg in (("2 km", 0.02), ("10 km", 0.1)):
        windows = places(size_deg)
        ours = [partial(shapes_in, window) for window in windows]
        plain = [partial(plain_in, window) for window in windows]
        yield compared(f"window of {title}", ours, plain)


def near_cases() -> Iterator[dict[str, Any]]:
    """Within 500 m and 5 km of a place."""
    for title, within_m in (("500 m", 500), ("5 km", 5_000)):
        windows = places(0.001)
        ours = [partial(near_ids, window, within_m) for window in windows]
        plain = [partial(plain_near, window.min_lon, window.min_lat, within_m) for window in windows]
        yield compared(f"within {title}", ours, plain)


def near_ids(window: Any, within_m: float) -> list[int]:
    """Our answer to a place: the ids alone."""
    from shanhe.ground.registry.window import shapes_near

    return sorted(near.id for near in shapes_near(window.min_lon, window.min_lat, within_m))


def plain_rows(window: Any) -> list[Any]:
    """The opponent's candidates."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT area_id, wkb FROM plain_shape WHERE min_lon <= %s AND max_lon >= %s "
            "AND min_lat <= %s AND max_lat >= %s",
            [window.max_lon, window.min_lon, window.max_lat, window.min_lat],
        )
        return cursor.fetchall()


def plain_in(window: Any) -> list[int]:
    """The opponent's answer to a window."""
    import shapely

    rows = plain_rows(window)
    pane = shapely.box(window.min_lon, window.min_lat, window.max_lon, window.max_lat)
    met = shapely.intersects(pane, shapely.from_wkb([row[1] for row in rows]))
    return [row[0] for row, yes in zip(rows, met, strict=True) if yes]


def plain_near(lon: float, lat: float, within_m: float) -> list[int]:
    """The opponent's answer to a place."""
    import shapely

    from shanhe.ground.registry.window import Window
    from shanhe.kernel.geo.degrees import metres_per_degree

    scale = metres_per_degree(lat)
    dlon, dlat = within_m / scale[0], within_m / scale[1]
    rows = plain_rows(Window(lon - dlon, lat - dlat, lon + dlon, lat + dlat))
    flat = shapely.transform(shapely.from_wkb([row[1] for row in rows]), lambda xy: (xy - (lon, lat)) * scale)
    near = shapely.distance(flat, shapely.Point(0, 0)) <= within_m
    return sorted(row[0] for row, yes in zip(rows, near, strict=True) if yes)


def compared(title: str, ours: list[Callable[[], Any]], plain: list[Callable[[], Any]]) -> dict[str, Any]:
    """Both on the same questions, same answers asserted, in turns; the slowest twentieth decides."""
    for one, other in zip(ours, plain, strict=True):
        assert sorted(one()) == sorted(other())
    own_ms, plain_ms = [], []
    for one, other in zip(ours, plain, strict=True):
        own_ms.append(timed_ms(one))
        plain_ms.append(timed_ms(other))
    slow = slow_twentieth(own_ms)
    other = slow_twentieth(plain_ms)
    return case(title, slow, "ms", other, "box columns with a plain index", bar=WINDOW_BAR_MS)


# -- keepers and map -----------------------------------------------------------------------------------------


def keeper_cases() -> Iterator[dict[str, Any]]:
    """Gaps, everybody who answers, one chain."""
    from shanhe.ground.registry.models import Area
    from shanhe.ground.registry.queries import areas_of
    from shanhe.ground.registry.responsibility import chain_of, gaps_on, responsibility_on, without_keeper

    scope = operator().scope
    gaps = median_ms(lambda: gaps_on(scope, DAY), 5)
    yield case(f"gaps of {Area.objects.count():,} areas, all named", gaps, "ms", bar=GAPS_BAR_MS)
    counted = median_ms(lambda: without_keeper(areas_of(scope), DAY).count(), 5)
    yield case("gaps, counted", counted, "ms", bar=GAPS_BAR_MS)
    yield case("who answers, all areas, one day", median_ms(lambda: responsibility_on(scope, DAY), 1), "ms")
    area = Area.objects.order_by("-pk")[0]
    yield case("chain of one area", median_ms(lambda: chain_of(area, DAY), 50), "ms", bar=WINDOW_BAR_MS)


def map_case() -> dict[str, Any]:
    """5,000 features for the map, encoded."""
    import shapely

    from shanhe.ground.registry.maps import areas_geojson
    from shanhe.ground.registry.models import Shape
    from shanhe.ground.registry.window import Window, candidates

    window = Window(110, 28, 113, 29.5)
    scope = operator().scope

    def plain() -> str:
        found: list[Shape] = list(candidates(window).select_related("area").order_by("-area_m2")[:5_000])
        return json.dumps(
            [
                {
                    "type": "Feature",
                    "geometry": shapely.geometry.mapping(shapely.from_wkb(shape.wkb)),
                    "properties": {"code": shape.area.code, "name": shape.area.name},
                }
                for shape in found
            ]
        )

    ours_ms = median_ms(lambda: areas_geojson(scope, window, limit=5_000), 5)
    return case("5,000 areas as GeoJSON", ours_ms, "ms", median_ms(plain, 5), "ORM rows, mapping, json")


def timed_ms(call: Callable[[], Any]) -> float:
    """Milliseconds of one call."""
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1_000


def median_ms(call: Callable[[], Any], times: int) -> float:
    """The middle of some calls."""
    return statistics.median(timed_ms(call) for _ in range(times))


def slow_twentieth(times_ms: list[float]) -> float:
    """The value that 95 % stay below."""
    return sorted(times_ms)[int(len(times_ms) * 0.95)]


def case(
    title: str,
    ours: float,
    unit: str,
    baseline: float | None = None,
    baseline_name: str | None = None,
    *,
    bar: float | None = None,
) -> dict[str, Any]:
    """One line of ``--json``; ``ratio`` says how many times faster ours is."""
    return {
        "bench": "window",
        "case": title,
        "ours": round(ours, 2),
        "unit": unit,
        "baseline": None if baseline is None else round(baseline, 2),
        "baseline_name": baseline_name,
        "ratio": None if baseline is None else round(baseline / ours, 2),
        "bar": bar,
        "ok": None if bar is None else ours <= bar,
    }


def print_table(cases: list[dict[str, Any]]) -> None:
    """The cases for people."""
    for one in cases:
        word = {True: "ok ", False: "NOT", None: "   "}[one["ok"]]
        bar = f"bar {one['bar']:>7,}" if one["bar"] else " " * 11
        versus = f"{one['baseline']:>9,} {one['baseline_name']} (× {one['ratio']})" if one["baseline"] else ""
        print(f"{word}  {one['case']:<40} {one['ours']:>10,} {one['unit']:<4} {bar}   {versus}")


if __name__ == "__main__":
    main()
