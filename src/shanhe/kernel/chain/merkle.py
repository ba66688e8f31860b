"""The hash tree of RFC 6962 (Certificate Transparency): one root for many leaves, a short path for each.

Leaves are given as their hashes. A leaf hash begins with 0x00 and a node hash with 0x01, so that a node can
never be passed off as a leaf.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256

__all__ = [
    "EMPTY_ROOT",
    "Frontier",
    "consistency_holds",
    "consistency_path",
    "inclusion_holds",
    "inclusion_path",
    "node_hash",
    "root",
]

#: The root of no leaves: SHA-256 of nothing. RFC 6962, 2.1.
EMPTY_ROOT = sha256(b"").digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right), 32 bytes. RFC 6962, 2.1."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that grows to the right and keeps the roots of its full subtrees only: log2(n) hashes."""

    def __init__(self) -> None:
        self.size = 0
        self._full: list[bytes] = []  # roots of full subtrees, from large to small, as the bits of size

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Put ``leaves``, 32-byte leaf hashes, to the right of what is there."""
        full, size = self._full, self.size
        for leaf in leaves:
            rest = size
            while rest & 1:
                leaf = sha256(b"\x01" + full.pop() + leaf).digest()
                rest >>= 1
            full.append(leaf)
            size += 1
        self.size = size

    def root(self) -> bytes:
        """The root of all leaves so far; the empty root before the first."""
        if not self._full:
            return EMPTY_ROOT
        top = self._full[-1]
        for left in reversed(self._full[:-1]):
            top = node_hash(left, top)
        return top


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, in their order; of none: SHA-256 of nothing. RFC 6962, 2.1."""
    tree = Frontier()
    tree.extend(leaves)
    return tree.root()


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The hashes that lead from leaf ``index`` (from 0) up to the root, lowest first. RFC 6962, 2.1.1.

    IndexError when there is no such leaf. A single leaf has an empty path: it is the root.
    """
    if not 0 <= index < len(leaves):
        raise IndexError(f"no leaf {index} among {len(leaves)}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_path(leaves[:split], index), root(leaves[split:])]
    return [*inclusion_path(leaves[split:], index - split), root(leaves[:split])]


def inclusion_holds(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected_root: bytes) -> bool:
    """Whether ``path`` leads from leaf hash ``leaf`` at ``index`` in a tree of ``size`` leaves to the root.

    False, never an error, on an index outside the tree and on a path too long or too short. RFC 9162,
    2.1.3.2.
    """
    if not 0 <= index < size:
        return False
    node, here, last = leaf, index, size - 1
    for step in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            node = node_hash(step, node)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            node = node_hash(node, step)
        here, last = here >> 1, last >> 1
    return last == 0 and node == expected_root


def consistency_path(leaves: Sequence[bytes], earlier: int) -> list[bytes]:
    """The hashes that show that the first ``earlier`` leaves are a beginning of ``leaves``. RFC 6962, 2.1.2.

    ValueError unless 0 < earlier <= len(leaves). Empty when both trees are the same.
    """
    if not 0 < earlier <= len(leaves):
        raise ValueError(f"{earlier} leaves are no beginning of {len(leaves)}")
    return _consistency(leaves, earlier, is_known=True)


def consistency_holds(
    earlier: int, earlier_root: bytes, size: int, root: bytes, path: Sequence[bytes]
) -> bool:
    """Whether the tree of ``size`` leaves begins with the tree of ``earlier`` leaves. RFC 9162, 2.1.4.2."""
    if not 0 < earlier <= size:
        return False
    if earlier == size:
        return not path and earlier_root == root
    steps = list(path)
    if earlier & (earlier - 1) == 0:  # a full subtree: its root is known and not sent
        steps.insert(0, earlier_root)
    if not steps:
        return False
    here, last = earlier - 1, size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, step)
        here, last = here >> 1, last >> 1
    return last == 0 and old == earlier_root and new == root


def _consistency(leaves: Sequence[bytes], earlier: int, *, is_known: bool) -> list[bytes]:
    if earlier == len(leaves):
        return [] if is_known else [root(leaves)]
    split = _split(len(leaves))
    if earlier <= split:
        return [*_consistency(leaves[:split], earlier, is_known=is_known), root(leaves[split:])]
    return [*_consistency(leaves[split:], earlier - split, is_known=False), root(leaves[:split])]


def _split(size: int) -> int:
    """The largest power of two smaller than ``size``, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1
