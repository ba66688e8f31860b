"""Maps of 100,000 areas and 620,000 villages: bench_tiles.py [--json] [--areas N].

- Each tile of a row across the world is made cold, without the kept files, from zoom 6 to 14; the slowest
  twentieth is told. The opponent sends the same part of the map as GeoJSON: all its lines, not thinned.
- A tile that was kept, by the route.
- The states of all areas, as the map asks for them.
- The office map in Chromium, served by ``shanhe serve``: from the click to the first frame that shows areas,
  and how long a frame takes while the map is dragged. The opponent of the drag is the same map with nothing
  drawn on it: without a graphics card that alone misses 60 frames a second.

The world is that of bench_window, with 600,000 villages more that have seats.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "src")]

import bench_window as window_bench  # noqa: E402

AREAS, VILLAGES = 100_000, 600_000
DAY = date(2026, 3, 2)
PAINT_BAR_S, FRAME_BAR_MS, CLOSE_BAR_MS, KEPT_BAR_MS = 1.5, 17.0, 50.0, 10.0
VILLAGES_PER_TOWN, TOWNS_PER_COUNTY, COUNTIES_PER_PREFECTURE = 20, 50, 20
PASSWORD = "bench-of-tiles"  # noqa: S105  of an account in the bench's own database


def main() -> None:
    """Make the world, run all cases, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--areas", type=int, default=AREAS)
    options = parser.parse_args()
    window_bench.set_up(options.areas)
    folder = world(options.areas)
    cases = [*tile_cases(), states_case(), *browser_cases(folder)]
    if options.json:
        print(json.dumps(cases, ensure_ascii=False, indent=1))
    else:
        window_bench.print_table(cases)
    sys.exit(0 if all(case["ok"] is not False for case in cases) else 1)


def world(areas: int) -> Path:
    """The folder of a world with the villages, made once; Django speaks to it from here on."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    window_bench.made_world(areas)
    connection.close()
    plain = Path(connection.settings_dict["NAME"])
    folder = plain.parent / f"tiles-{areas}"
    file = folder / "world.sqlite3"
    if not file.exists():
        folder.mkdir(exist_ok=True)
        shutil.copyfile(plain, folder / "half.sqlite3")
        connection.settings_dict["NAME"] = str(folder / "half.sqlite3")
        add_villages()
        add_account()
        connection.close()
        (folder / "half.sqlite3").rename(file)
    connection.settings_dict["NAME"] = str(file)
    settings.DATA_DIR = folder
    call_command("migrate", verbosity=0)
    return folder


def add_villages() -> None:
    """600,000 villages with seats, spread over China, and everything above them."""
    from django.core.management import call_command

    from shanhe.ground.divisions.models import Division

    call_command("migrate", verbosity=0)
    rows = {"350000000000": Division(code="350000000000", name="外省", level="province")}
    for number in range(VILLAGES):
        town, village = divmod(number, VILLAGES_PER_TOWN)
        county, town = divmod(town, TOWNS_PER_COUNTY)
        prefecture, county = divmod(county, COUNTIES_PER_PREFECTURE)
        head, parent = f"35{prefecture + 1:02d}", "350000000000"
        parts = (
            ("prefecture", f"{head}00000000"),
            ("county", f"{head}{county + 1:02d}000000"),
            ("township", f"{head}{county + 1:02d}{town + 100:03d}000"),
            ("village", f"{head}{county + 1:02d}{town + 100:03d}{village + 200:03d}"),
        )
        lon, lat = 75 + number % 1_000 * 0.055, 20 + number // 1_000 * 0.05
        for level, code in parts:
            if code not in rows:
                rows[code] = Division(
                    code=code, name=f"村{code}", level=level, parent_id=parent, lon=lon, lat=lat
                )
            parent = code
    Division.objects.bulk_create(rows.values(), batch_size=5_000)


def add_account() -> None:
    """An administrator, who sees all of it."""
    from shanhe.ground.people.models import User

    user = User(username="bench", is_administrator=True, must_change_password=False)
    user.set_password(PASSWORD)
    user.save()


# -- tiles -------------------------------------------------------------------------------------------------


def tiles_of(zoom: int) -> list[Any]:
    """Up to 24 tiles over the world's areas, from its west to its east through the middle."""
    import numpy as np

    from shanhe.kernel.geo.tiles import EXTENT, Tile

    lons = np.linspace(110.05, 113.95, 24)
    across, down = Tile(0, 0, 0).units(lons, np.full(24, 29.0))
    found = {
        (int(x / EXTENT * 2**zoom), int(y / EXTENT * 2**zoom)) for x, y in zip(across, down, strict=True)
    }
    return [Tile(zoom, x, y) for x, y in sorted(found)]


def tile_cases() -> Iterator[dict[str, Any]]:
    """Cold tiles by zoom, and one that was kept."""
    from shanhe.ground.registry.tile_store import MOST_KEPT_ZOOM
    from shanhe.ground.registry.tiles import tile_bytes

    for layer, zooms in (("areas", (6, 8, 9, 10, 12, 14)), ("divisions", (8, 10, 12))):
        for zoom in zooms:
            tiles = tiles_of(zoom)
            ours = [
                window_bench.timed_ms(lambda layer=layer, tile=tile: tile_bytes(layer, tile, DAY))
                for tile in tiles
            ]
            plain = [window_bench.timed_ms(lambda tile=tile: unthinned(tile)) for tile in tiles]
            bar = CLOSE_BAR_MS if zoom > MOST_KEPT_ZOOM else None
            name = f"{layer}, zoom {zoom}, cold"
            if layer == "areas":
                yield case(
                    name, slow(ours), "ms", slow(plain), "the same part as GeoJSON, all lines", bar=bar
                )
            else:
                yield case(name, slow(ours), "ms", bar=bar)
    yield case("areas, zoom 8, kept, by the route", kept_ms(), "ms", bar=KEPT_BAR_MS)


def unthinned(tile: Any) -> str:
    """The opponent: every area that meets the tile, as it is."""
    import shapely

    from shanhe.ground.registry.window import Window, candidates

    rows = candidates(Window(*tile.box())).filter(area__isnull=False)
    told = rows.values_list("wkb", "area__code", "area__name")
    return json.dumps([(shapely.to_geojson(shapely.from_wkb(bytes(wkb))), *rest) for wkb, *rest in told])


def kept_ms() -> float:
    """The route's answer to a tile that was made before."""
    from django.conf import settings
    from django.test import Client

    settings.ALLOWED_HOSTS = ["*"]
    client, tile = Client(), tiles_of(8)[0]
    address = f"/tiles/areas/{tile.z}/{tile.x}/{tile.y}.mvt"
    client.get(address)
    return window_bench.median_ms(lambda: client.get(address, headers={"Accept-Encoding": "gzip"}), 20)


def states_case() -> dict[str, Any]:
    """Codes of all areas by how they stand."""
    from shanhe.faces.office.area_looks import codes_by_look
    from shanhe.ground.registry.queries import areas_of

    scope = window_bench.operator().scope
    took = window_bench.median_ms(lambda: codes_by_look(areas_of(scope), DAY), 3)
    return case("states of all areas", took, "ms")


# -- the map in a browser ------------------------------------------------------------------------------------

FIRST_FRAME = """() => new Promise((resolve) => {
  const look = () =>
    window.shanheMap?.rendered() > 0 ? resolve(performance.now()) : requestAnimationFrame(look);
  look();
})"""
DRAG = """() => new Promise((resolve) => {
  const times = []; let last = performance.now(), going = true;
  const tick = () => {
    const now = performance.now();
    times.push(now - last);
    last = now;
    if (going) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  window.shanheMap.view.panBy([300, 100], { duration: 2000, easing: (x) => x });
  window.shanheMap.view.once("moveend", () => {
    going = false;
    resolve(times.sort((a, b) => a - b)[times.length >> 1]);
  });
})"""
NOTHING = """() => {
  const view = window.shanheMap.view;
  const drawn = view.getStyle().layers.filter((layer) => layer.id !== "ground");
  for (const layer of drawn) view.setLayoutProperty(layer.id, "visibility", "none");
}"""


def browser_cases(folder: Path) -> Iterator[dict[str, Any]]:
    """The office map as somebody meets it, the tiles not yet kept."""
    from playwright.sync_api import sync_playwright

    shutil.rmtree(folder / "tiles", ignore_errors=True)
    with served(folder) as base, sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{base}/accounts/login/")
        page.fill("[name=username]", "bench")
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url("**/office/**")
        first = paint_s(page, base)
        later = statistics.median(paint_s(page, base) for _ in range(5))
        page.wait_for_selector("[data-map][data-drawn]")
        dragged = page.evaluate(DRAG)
        page.evaluate(NOTHING)
        page.wait_for_timeout(500)
        empty = page.evaluate(DRAG)
        browser.close()
    yield case("office map, first frame with areas, first time", first, "s")
    yield case("office map, first frame with areas", later, "s", bar=PAINT_BAR_S)
    yield case(
        "a frame while dragging", dragged, "ms", empty, "the same map, nothing on it", bar=FRAME_BAR_MS
    )


def paint_s(page: Any, base: str) -> float:
    """Seconds from the navigation to the first frame in which an area is drawn."""
    page.goto(f"{base}/office/map/", wait_until="commit")
    return float(page.evaluate(FIRST_FRAME)) / 1_000


class served:  # noqa: N801  used like a function
    """The program itself, on a free port, over the world."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.env = {
            **os.environ,
            "SHANHE_DATA_DIR": str(folder),
            "SHANHE_DATABASE_URL": f"sqlite:///{(folder / 'world.sqlite3').as_posix()}",
            "PYTHONPATH": str(Path(__file__).parents[1] / "src"),
        }

    def __enter__(self) -> str:
        command = [sys.executable, "-m", "shanhe", "serve", "--port", str(self.port)]
        self.process = subprocess.Popen(
            command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        base = f"http://127.0.0.1:{self.port}"
        for _ in range(100):
            try:
                urllib.request.urlopen(f"{base}/healthz", timeout=2)  # noqa: S310
                return base
            except OSError:
                time.sleep(0.2)
        raise SystemExit("the server did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(20)


def slow(times_ms: list[float]) -> float:
    """The value that 95 % stay below."""
    return window_bench.slow_twentieth(times_ms)


def case(title: str, ours: float, unit: str, *versus: Any, bar: float | None = None) -> dict[str, Any]:
    """One line of ``--json``."""
    return window_bench.case(title, ours, unit, *versus, bar=bar) | {"bench": "tiles"}


if __name__ == "__main__":
    main()
