"""A record's proof: holds for the record as it was, for nothing else, and can be read by anybody."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhe.kernel.chain.canonical import canonical_json
from shanhe.kernel.chain.links import GENESIS, chain_hash, leaf_hash
from shanhe.kernel.chain.merkle import inclusion_path, root
from shanhe.kernel.chain.proof import (
    Proof,
    PublishedRoot,
    hash_read,
    proof_check,
    proof_read,
    published_root_read,
)
from shanhe.kernel.errors import Refusal

DAY = date(2026, 3, 2)


def a_proof(size: int = 5, index: int = 3) -> Proof:
    records = [({"seq": seq, "action": "patrol.submit"}, bytes([seq]) * 32) for seq in range(size)]
    leaves = [leaf_hash(salt, canonical_json(content)) for content, salt in records]
    content, salt = records[index]
    path = tuple(inclusion_path(leaves, index))
    return Proof(content=content, salt=salt, index=index, size=size, path=path, root=root(leaves), day=DAY)


def told(proof: Proof, **other: object) -> Proof:
    return proof_read({**proof.as_json(), **other})


def refused(proof: Proof, published: bytes) -> str:
    with pytest.raises(Refusal) as refusal:
        proof_check(proof, published)
    return refusal.value.code


def test_a_leaf_is_the_hash_of_zero_salt_and_content():
    salt = bytes(range(32))
    assert leaf_hash(salt, b"{}") == sha256(b"\x00" + salt + b"{}").digest()


def test_a_salt_of_another_length_is_a_mistake():
    with pytest.raises(ValueError, match="32 bytes"):
        leaf_hash(b"short", b"{}")


def test_a_link_is_the_hash_of_two_the_link_before_and_the_leaf():
    leaf = sha256(b"leaf").digest()
    assert chain_hash(GENESIS, leaf) == sha256(b"\x02" + bytes(32) + leaf).digest()


@given(st.data(), st.integers(1, 40))
def test_a_proof_survives_its_file(data, size):
    proof = a_proof(size, data.draw(st.integers(0, size - 1)))
    again = proof_read(json.loads(json.dumps(proof.as_json())))
    assert again == proof
    proof_check(again, proof.root)


@pytest.mark.parametrize(
    "other",
    [
        {"content": {"seq": 3, "action": "patrol.withdraw"}},
        {"salt": "00" * 32},
        {"index": 2},
        {"size": 9},
        {"path": []},
        {"root": "ab" * 32},
    ],
)
def test_a_proof_with_one_thing_changed_is_broken(other):
    proof = a_proof()
    assert refused(told(proof, **other), proof.root) == "proof.broken"


def test_the_leaf_in_the_file_is_not_believed():
    proof = a_proof()
    forged = told(proof, content={"seq": 3, "action": "patrol.withdraw"}, leaf=proof.leaf.hex())
    assert refused(forged, proof.root) == "proof.broken"


def test_a_whole_proof_under_another_root_is_told_apart_from_a_broken_one():
    assert refused(a_proof(), bytes(32)) == "proof.other_root"


def test_all_that_is_wrong_in_a_file_is_named_at_once():
    with pytest.raises(Refusal) as refusal:
        proof_read({"format": "other", "content": [], "salt": "AB", "index": -1, "size": True, "root": None})
    assert refusal.value.code == "proof.malformed"
    assert set(refusal.value.fields) == {"format", "content", "salt", "index", "size", "path", "root", "day"}


@pytest.mark.parametrize("value", [None, [], "text", 1, {}])
def test_what_is_no_proof_at_all_is_refused(value):
    for read in (proof_read, published_root_read):
        with pytest.raises(Refusal):
            read(value)


@pytest.mark.parametrize(
    "other",
    [{"path": ["zz"]}, {"path": ["00" * 32] * 65}, {"content": {"km": float("nan")}}, {"day": "2026-2-30"}],
)
def test_values_of_the_right_kind_may_still_be_unreadable(other):
    with pytest.raises(Refusal) as refusal:
        told(a_proof(), **other)
    assert list(refusal.value.fields) == list(other)


def test_a_published_root_survives_its_file():
    published = PublishedRoot(DAY, 11, 5, bytes(32), sha256(b"").digest(), "2026-03-03T01:30:00.000000Z")
    assert published_root_read(json.loads(json.dumps(published.as_json()))) == published
    assert published.last_seq == 15


def test_a_root_that_begins_before_the_first_record_is_refused():
    published = PublishedRoot(DAY, 0, 5, bytes(32), bytes(32), "2026-03-03T01:30:00.000000Z")
    with pytest.raises(Refusal) as refusal:
        published_root_read(published.as_json())
    assert list(refusal.value.fields) == ["first_seq"]


def test_a_hash_is_64_small_hexadecimal_digits():
    assert hash_read("00" * 32) == bytes(32)
    for wrong in ("00", "AB" * 32, "00" * 32 + "\n", 5, None):
        with pytest.raises(ValueError, match="SHA-256"):
            hash_read(wrong)
