"""Writes the worked examples of /try/ anew: ``python tests/faces/portal/make_examples.py``.

Needs src and tests on the path. Nobody walked them. The reach is invented; the honest walk goes as people do
(rhythm, rests, a wandering receiver, a phone asleep for six minutes, and home before the end); the other is
what a mock-location app sends.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

import shanhe
from truth.outings import Outing, correlated, degrees, natural_speed
from truth.reaches import Reach

EXAMPLES = Path(shanhe.__file__).parent / "faces" / "portal" / "examples"
AT = (117.045, 30.443)  # lon, lat in Dongzhi county, some kilometres from the Yangtze
START = datetime(2025, 5, 12, 0, 40, tzinfo=UTC)


def reach() -> Reach:
    """A brook of 3 km that winds a little."""
    s = np.linspace(0, 1, 49)
    x = 1_900 * s + 60 * np.sin(9 * s)
    y = 420 * np.sin(2.2 * np.pi * s) + 130 * np.sin(6.1 * np.pi * s + 0.6) - 300 * s
    return Reach(x, y, _nowhere())


def _nowhere() -> Outing:
    one = np.zeros(1)
    return Outing(one, one, one, *AT, int(START.timestamp() * 1000))


def honest(line: Reach) -> Outing:
    """Most of the reach on foot, a fix every five seconds."""
    rng = np.random.default_rng(20260312)
    t = np.arange(0, 3_600, 1.0)
    gone = np.cumsum(natural_speed(t, 1.15, rng))
    end = int(np.searchsorted(gone, 0.9 * line.length_m))
    x, y = line.at(gone[:end])
    way = replace(_nowhere(), t=t[:end], x=x, y=y)
    beside = correlated(way.t, 7, 200, rng), correlated(way.t, 7, 200, rng)
    receiver = correlated(way.t, 2.5, 45, rng), correlated(way.t, 2.5, 45, rng)
    way = way.moved(*beside).moved(*receiver).pick(np.arange(0, end, 5))
    return way.pick((way.t < 900) | (way.t > 900 + 360))


def mocked(line: Reach) -> Outing:
    """The whole reach at 1.4 m/s, shaken by a metre: it covers more than the honest walk."""
    rng = np.random.default_rng(7)
    t = np.arange(0, line.length_m / 1.4, 5.0)
    x, y = line.at(1.4 * t)
    return replace(_nowhere(), t=t, x=x + rng.normal(0, 1, len(t)), y=y + rng.normal(0, 1, len(t)))


def gpx(way: Outing, name: str) -> str:
    """A GPX 1.1 file."""
    lon, lat = way.degrees()
    ms = way.start_ms + np.round(way.t * 1000)
    times = [f"{datetime.fromtimestamp(at / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}" for at in ms]
    points = [
        f'<trkpt lat="{y:.6f}" lon="{x:.6f}"><time>{at}</time></trkpt>'
        for x, y, at in zip(lon, lat, times, strict=True)
    ]
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<gpx version="1.1" creator="Shanhe example, simulated" '
    body = "\n".join(points)
    return (
        f'{head}xmlns="http://www.topografix.com/GPX/1/1">\n<trk><name>{name}</name><trkseg>\n{body}\n'
        "</trkseg></trk>\n</gpx>\n"
    )


def main() -> None:
    """Write the three files."""
    line = reach()
    lon, lat = degrees(line.x, line.y, *AT)
    positions = np.round(np.column_stack((lon, lat)), 6).tolist()
    shape = {"type": "LineString", "coordinates": positions}
    (EXAMPLES / "reach.geojson").write_text(json.dumps(shape) + "\n", encoding="utf-8")
    (EXAMPLES / "honest.gpx").write_text(gpx(honest(line), "honest walk"), encoding="utf-8")
    (EXAMPLES / "mocked.gpx").write_text(gpx(mocked(line), "mock location"), encoding="utf-8")


if __name__ == "__main__":
    main()
