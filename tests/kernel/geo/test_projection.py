"""Local planes: true to 0.5 % anywhere in China, and back again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from shanhe.kernel.geo import Projection, chainage_m, geodesic_area_m2, geodesic_length_m

GEOD = Geod(ellps="WGS84")
CHINA = {"lon": st.floats(73.5, 135.0), "lat": st.floats(18.2, 53.5)}


@given(
    **CHINA,
    away_deg=st.floats(-5.0, 5.0),
    north_deg=st.floats(-5.0, 5.0),
    bearing=st.floats(0, 360),
    long_m=st.floats(10, 5_000),
)
def test_a_length_in_the_plane_is_true_to_half_a_percent(lon, lat, away_deg, north_deg, bearing, long_m):
    start = lon + away_deg, min(max(lat + north_deg, 18.0), 54.0)
    end = GEOD.fwd(*start, bearing, long_m)[:2]
    x, y = Projection(lon, lat).forward(np.array([start[0], end[0]]), np.array([start[1], end[1]]))
    assert np.hypot(*np.diff([x, y])[:, 0]) == pytest.approx(long_m, rel=0.005)


@given(**CHINA)
def test_near_its_middle_the_plane_is_true_to_a_tenth_of_a_per_mille(lon, lat):
    end = GEOD.fwd(lon, lat, 37.0, 1_000.0)[:2]
    x, y = Projection(lon, lat).forward(np.array([lon, end[0]]), np.array([lat, end[1]]))
    assert np.hypot(*np.diff([x, y])[:, 0]) == pytest.approx(1_000.0, rel=1e-4)


def test_the_series_agrees_with_proj_to_centimetres_up_to_seven_degrees_aside():
    rng = np.random.default_rng(3)
    lon, lat = 100 + rng.uniform(-7, 7, 500), rng.uniform(18, 54, 500)
    proj = Transformer.from_crs(
        "EPSG:4326", "+proj=tmerc +lon_0=100 +lat_0=35 +k=1 +ellps=WGS84", always_xy=True
    )
    expected = proj.transform(lon, lat)
    x, y = Projection(100.0, 35.0).forward(lon, lat)
    assert np.abs(x - expected[0]).max() < 0.05
    assert np.abs(y - expected[1]).max() < 0.05


@given(**CHINA, x=st.floats(-300_000, 300_000), y=st.floats(-300_000, 300_000))
def test_inverse_undoes_forward(lon, lat, x, y):
    plane = Projection(lon, lat)
    there = plane.forward(*plane.inverse(np.array([x]), np.array([y])))
    assert there[0][0] == pytest.approx(x, abs=1e-2)
    assert there[1][0] == pytest.approx(y, abs=1e-2)


def test_what_is_far_stays_far():
    x, _ = Projection(117.0, 30.0).forward(np.array([-60.0, 10.0]), np.array([30.0, 30.0]))
    assert np.abs(x).min() > 2_000_000


@given(**CHINA, bearing=st.floats(0, 360), long_m=st.floats(1, 20_000))
def test_chainage_follows_the_ellipsoid(lon, lat, bearing, long_m):
    end = GEOD.fwd(lon, lat, bearing, long_m)[:2]
    along = chainage_m(np.array([lon, end[0]]), np.array([lat, end[1]]))
    assert along[1] == pytest.approx(long_m, rel=1e-5)


def test_published_lengths_and_areas():
    equator = np.array([[0.0, 0.0], [1.0, 0.0]])
    assert geodesic_length_m([equator]) == pytest.approx(111_319.491, abs=0.01)
    square = np.array([[117.0, 30.0], [117.01, 30.0], [117.01, 30.01], [117.0, 30.01], [117.0, 30.0]])
    inner = 117.0 + (square - 117.0) * 1.0
    whole = geodesic_area_m2([square])
    assert whole == pytest.approx(964.6 * 1108.5, rel=1e-3)
    assert geodesic_area_m2([square, inner], [False, True]) == pytest.approx(0.0, abs=1e-6)
