"""/tiles/LAYER/{z}/{x}/{y}.mvt: for anybody's map, cacheable, and nothing but public attributes."""

import gzip

import mapbox_vector_tile
import pytest

from shanhe.ground.registry.tiles import tiles_version

HERE = (117.0, 30.4)
ADDRESS = "/tiles/areas/13/6758/3369.mvt"  # the tile about HERE


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def reach(make):
    return make.reach("测试一段", at=HERE)


def test_anybody_gets_a_tile_without_signing_in(client, reach):
    answer = client.get(ADDRESS)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/vnd.mapbox-vector-tile"
    assert answer["Access-Control-Allow-Origin"] == "*"
    (feature,) = mapbox_vector_tile.decode(answer.content)["areas"]["features"]
    assert feature["properties"]["code"] == reach.code


def test_no_keeper_no_state_and_no_visit_is_in_it(client, make, reach):
    make.appointment(make.person(name="张三"), areas=[reach])
    told = mapbox_vector_tile.decode(client.get(ADDRESS).content)["areas"]["features"][0]["properties"]
    assert set(told) == {"layer", "code", "name", "kind", "level", "sketch"}


def test_it_comes_compressed_to_who_takes_that(client, reach):
    packed = client.get(ADDRESS, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == client.get(ADDRESS).content


def test_an_empty_tile_is_204(client, reach):
    assert client.get("/tiles/areas/13/6700/3369.mvt").status_code == 204


@pytest.mark.parametrize(
    "address", ["/tiles/people/3/1/1.mvt", "/tiles/areas/3/8/1.mvt", "/tiles/areas/15/1/1.mvt"]
)
def test_a_layer_or_a_tile_that_does_not_exist_is_404(client, db, address):
    assert client.get(address).status_code == 404


def test_the_same_tile_asked_for_again_is_not_sent_again(client, reach):
    etag = client.get(ADDRESS)["ETag"]
    again = client.get(ADDRESS, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


def test_an_address_with_the_version_may_be_kept_longer(client, reach):
    assert "max-age=60" in client.get(ADDRESS)["Cache-Control"]
    assert "max-age=3600" in client.get(f"{ADDRESS}?v={tiles_version()}")["Cache-Control"]


def test_a_tile_changes_when_a_line_is_drawn(client, make, reach):
    before = client.get("/tiles/areas/10/844/421.mvt")
    make.reach("测试二段", at=HERE, length_m=5_000)
    after = client.get("/tiles/areas/10/844/421.mvt", headers={"If-None-Match": before["ETag"]})
    assert after.status_code == 200
    assert len(mapbox_vector_tile.decode(after.content)["areas"]["features"]) == 2
