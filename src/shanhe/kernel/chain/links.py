"""One record's two hashes: its leaf, which binds and hides the content, and its link to all before it."""

from __future__ import annotations

from hashlib import sha256

__all__ = ["GENESIS", "HASH_BYTES", "SALT_BYTES", "chain_hash", "leaf_hash"]

HASH_BYTES = 32
SALT_BYTES = 32

#: What stands before the first record.
GENESIS = bytes(HASH_BYTES)


def leaf_hash(salt: bytes, content: bytes) -> bytes:
    """SHA-256(0x00 ‖ salt ‖ content): the RFC 6962 leaf hash of salt and canonical JSON, 32 bytes.

    Most records can be guessed from a short list of people, days and verdicts; the salt, random and 32 bytes
    long, keeps a published neighbour's hash from telling which. ValueError on a salt of another length.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return sha256(b"\x00" + salt + content).digest()


def chain_hash(previous: bytes, leaf: bytes) -> bytes:
    """SHA-256(0x02 ‖ previous ‖ leaf), 32 bytes; ``previous`` is the record before, or ``GENESIS``.

    0x02, so that no link can be taken for a leaf (0x00) or a node (0x01) of the hash tree.
    """
    return sha256(b"\x02" + previous + leaf).digest()
