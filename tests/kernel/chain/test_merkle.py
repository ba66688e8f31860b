"""The hash tree against published vectors, and what must hold for trees of every size."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhe.kernel.chain.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_holds,
    consistency_path,
    inclusion_holds,
    inclusion_path,
    node_hash,
    root,
)

# The leaves and roots of Google's Certificate Transparency test data (merkletree/merkle_tree_test.cc).
CT_LEAVES = [
    sha256(b"\x00" + bytes.fromhex(data)).digest()
    for data in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
CT_ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def leaves_of(count: int) -> list[bytes]:
    return [sha256(b"\x00" + number.to_bytes(4, "big")).digest() for number in range(count)]


def test_the_root_of_nothing_is_the_hash_of_nothing():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root([]) == EMPTY_ROOT


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_are_those_of_the_published_vectors(size):
    assert root(CT_LEAVES[:size]).hex() == CT_ROOTS[size - 1]


@pytest.mark.parametrize(
    ("index", "size", "path"),
    [
        (0, 1, []),
        (
            0,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            5,
            8,
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (2, 3, ["fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"]),
        (
            1,
            5,
            [
                "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ],
)
def test_the_inclusion_paths_are_those_of_the_published_vectors(index, size, path):
    assert [step.hex() for step in inclusion_path(CT_LEAVES[:size], index)] == path


@pytest.mark.parametrize(
    ("earlier", "size", "path"),
    [
        (1, 1, []),
        (
            1,
            8,
            [
                "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
            ],
        ),
        (
            6,
            8,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ],
        ),
        (
            2,
            5,
            [
                "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            ],
        ),
    ],
)
def test_the_consistency_paths_are_those_of_the_published_vectors(earlier, size, path):
    assert [step.hex() for step in consistency_path(CT_LEAVES[:size], earlier)] == path


def test_a_leaf_outside_the_tree_has_no_path():
    for index in (-1, 3):
        with pytest.raises(IndexError):
            inclusion_path(leaves_of(3), index)


def test_a_beginning_is_neither_empty_nor_longer_than_the_tree():
    for earlier in (0, 4):
        with pytest.raises(ValueError, match="no beginning"):
            consistency_path(leaves_of(3), earlier)


@given(st.data(), st.integers(1, 70))
def test_every_leaf_of_every_tree_is_included(data, size):
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    assert inclusion_holds(leaves[index], index, size, inclusion_path(leaves, index), root(leaves))


@given(st.data(), st.integers(1, 70))
def test_a_proof_holds_for_nothing_else(data, size):
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    path, top = inclusion_path(leaves, index), root(leaves)
    other = data.draw(st.integers(-1, size).filter(lambda number: number != index))
    assert not inclusion_holds(leaves[index], other, size, path, top)
    assert not inclusion_holds(sha256(b"forged").digest(), index, size, path, top)
    assert not inclusion_holds(leaves[index], index, size, [*path, top], top)
    assert not inclusion_holds(leaves[index], index, size, path, sha256(b"other").digest())
    if path:
        assert not inclusion_holds(leaves[index], index, size, path[:-1], top)


@given(st.data(), st.integers(1, 70))
def test_every_beginning_is_consistent_with_the_whole(data, size):
    leaves = leaves_of(size)
    earlier = data.draw(st.integers(1, size))
    path = consistency_path(leaves, earlier)
    assert consistency_holds(earlier, root(leaves[:earlier]), size, root(leaves), path)


@given(st.data(), st.integers(2, 70))
def test_a_rewritten_beginning_is_not_consistent(data, size):
    leaves = leaves_of(size)
    earlier = data.draw(st.integers(1, size - 1))
    forged = [*leaves[: earlier - 1], sha256(b"forged").digest()]
    path = consistency_path(leaves, earlier)
    assert not consistency_holds(earlier, root(forged), size, root(leaves), path)
    assert not consistency_holds(earlier, root(leaves[:earlier]), size, root(forged), path)
    assert not consistency_holds(earlier, root(leaves[:earlier]), size, root(leaves), [*path, EMPTY_ROOT])
    assert not consistency_holds(0, EMPTY_ROOT, size, root(leaves), path)


@given(st.lists(st.integers(0, 9), max_size=8))
def test_a_frontier_fed_in_pieces_has_the_root_of_the_whole(pieces):
    leaves, tree = leaves_of(sum(pieces)), Frontier()
    for done, piece in enumerate(pieces):
        start = sum(pieces[:done])
        tree.extend(leaves[start : start + piece])
    assert (tree.size, tree.root()) == (len(leaves), root(leaves))


def test_a_node_is_no_leaf():
    left, right = leaves_of(2)
    assert node_hash(left, right) != sha256(b"\x00" + left + right).digest()
