"""GCJ-02 and BD-09: published pairs, and there and back."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhe.kernel.geo import (
    bd09_to_gcj02,
    gcj02_to_bd09,
    gcj02_to_wgs84,
    in_shifted_region,
    wgs84_to_gcj02,
)

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "datum.json").read_text("utf-8"))


@pytest.mark.parametrize("pair", VECTORS["wgs84_to_gcj02"], ids=lambda pair: pair["name"])
def test_published_pairs_are_met(pair):
    lon, lat = wgs84_to_gcj02(*pair["wgs84"])
    assert (lon[0], lat[0]) == pytest.approx(pair["gcj02"], abs=1e-9)
    lon, lat = gcj02_to_wgs84(*pair["gcj02"])
    assert (lon[0], lat[0]) == pytest.approx(pair["wgs84"], abs=1e-9)


@given(lon=st.floats(73.5, 135.0), lat=st.floats(18.2, 53.5))
def test_there_and_back_is_a_tenth_of_a_millimetre(lon, lat):
    back = gcj02_to_wgs84(*wgs84_to_gcj02(lon, lat))
    assert (back[0][0], back[1][0]) == pytest.approx((lon, lat), abs=2e-9)
    back = bd09_to_gcj02(*gcj02_to_bd09(lon, lat))
    assert (back[0][0], back[1][0]) == pytest.approx((lon, lat), abs=1e-8)


@given(lon=st.floats(74.0, 134.5), lat=st.floats(18.5, 53.0))
def test_the_shift_is_some_hundred_metres(lon, lat):
    there = wgs84_to_gcj02(lon, lat)
    metres = np.hypot((there[0][0] - lon) * np.cos(np.radians(lat)), there[1][0] - lat) * 111_000
    assert 20 < metres < 1_000


def test_outside_the_region_nothing_is_shifted():
    lon, lat = wgs84_to_gcj02(np.array([12.4, 140.0]), np.array([51.3, 36.0]))
    assert lon.tolist() == [12.4, 140.0]
    assert lat.tolist() == [51.3, 36.0]
    assert not in_shifted_region(12.4, 51.3)
    assert in_shifted_region(117.0, 30.0)
