"""Squares of a web map: where they lie, and places within them."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhe.kernel.geo.tiles import EXTENT, MOST_ZOOM, Tile

lons = st.floats(-179.999, 179.999)
lats = st.floats(-85, 85)
zooms = st.integers(0, 18)


def tile_at(z, lon, lat):
    column = int((lon + 180) / 360 * 2**z)
    row = int((0.5 - math.atanh(math.sin(math.radians(lat))) / (2 * math.pi)) * 2**z)
    return Tile(z, column, row)


def test_the_first_tile_is_the_world():
    assert Tile(0, 0, 0).box() == pytest.approx((-180, -85.0511287798, 180, 85.0511287798))


def test_peking_lies_where_every_web_map_has_it():
    assert tile_at(10, 116.3913, 39.9075) == Tile(10, 843, 388)  # as OpenStreetMap's wiki computes it


@pytest.mark.parametrize(
    ("z", "x", "y"), [(0, 1, 0), (3, 8, 0), (3, 0, 8), (2, -1, 0), (MOST_ZOOM + 1, 0, 0)]
)
def test_a_tile_that_does_not_exist_is_refused(z, x, y):
    with pytest.raises(ValueError, match="there is no tile"):
        Tile(z, x, y)


@given(zooms, lons, lats)
def test_a_place_lies_within_the_box_of_its_tile_and_within_its_units(z, lon, lat):
    tile = tile_at(z, lon, lat)
    west, south, east, north = tile.box()
    assert west - 1e-9 <= lon <= east + 1e-9
    assert south - 1e-9 <= lat <= north + 1e-9
    across, down = tile.units(np.array([lon]), np.array([lat]))
    assert -1e-3 <= across[0] <= EXTENT + 1e-3
    assert -1e-3 <= down[0] <= EXTENT + 1e-3


@given(zooms, lons, lats)
def test_the_corners_of_a_box_are_the_corners_of_the_units(z, lon, lat):
    tile = tile_at(z, lon, lat)
    west, south, east, north = tile.box()
    across, down = tile.units(np.array([west, east]), np.array([north, south]))
    assert across == pytest.approx([0, EXTENT], abs=1e-3 * 2 ** max(0, z - 10))
    assert down == pytest.approx([0, EXTENT], abs=1e-3 * 2 ** max(0, z - 10))


def test_a_rim_widens_the_box_to_all_sides():
    plain, wide = Tile(8, 200, 100).box(), Tile(8, 200, 100).box(0.25)
    width = plain[2] - plain[0]
    assert wide[0] == pytest.approx(plain[0] - width / 4)
    assert wide[2] == pytest.approx(plain[2] + width / 4)
    assert wide[1] < plain[1]
    assert wide[3] > plain[3]
