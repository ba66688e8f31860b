"""Compiling ahead: after it nobody waits for the compiler, whatever comes."""

import importlib
import pkgutil

import numpy as np
import pytest
from numba.core.dispatcher import Dispatcher

import shanhe.kernel.geo
import shanhe.kernel.tracks
from kernel.tracks.walks import points, reach, square, walk
from shanhe.kernel.geo import wgs84_to_gcj02
from shanhe.kernel.tracks import Earlier, Rules, Track, verify, warm


def compiled():
    """How many kinds of arguments each compiled function of the kernel has been compiled for."""
    found = {}
    for package in (shanhe.kernel.geo, shanhe.kernel.tracks):
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            module = importlib.import_module(info.name)
            for name, value in vars(module).items():
                if isinstance(value, Dispatcher):
                    found[f"{value.py_func.__module__}.{name}"] = len(value.signatures)
    return found


def frozen(raw):
    """The track in arrays that may not be written and do not lie together, as buffers and slices come."""
    return Track(*(np.repeat(a, 2)[::2] for a in (raw.t_ms, raw.lon, raw.lat)))


def shifted(raw):
    lon, lat = wgs84_to_gcj02(raw.lon, raw.lat)
    return Track(raw.t_ms, lon, lat)


@pytest.fixture(scope="module")
def warmed():
    warm()
    return compiled()


def test_after_warming_no_verification_waits_for_the_compiler(warmed):
    long = walk(to_m=9_000, dt_s=1.0)
    tracks = [
        long,
        frozen(long),
        shifted(walk()),
        walk(aside_m=900),
        walk(mps=16),
        Track(long.t_ms, long.lon, long.lat, np.full(len(long), 8.0), np.ones(len(long), np.bool_)),
        Track(np.zeros(0, np.int64), np.zeros(0), np.zeros(0)),
    ]
    line = reach()
    line.parts[0].flags.writeable = False
    areas = [line, reach(half_width_m=100), square(), points((0, 0), (900, 0))]
    history = (Earlier("one", walk(seed=7)), Earlier("same", frozen(long)))
    for area in areas:
        for rules in (Rules(), Rules(kind="stops")):
            for raw in tracks:
                verify(area, raw, rules, history)
    assert compiled() == warmed
