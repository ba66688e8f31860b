"""What the office hands out: each day's root and a record's proof, as JSON that anybody can check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shanhe.kernel.chain.canonical import canonical_json
from shanhe.kernel.chain.links import leaf_hash
from shanhe.kernel.chain.merkle import inclusion_holds
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Proof", "PublishedRoot", "hash_read", "proof_check", "proof_read", "published_root_read"]

PROOF_FORMAT = "shanhe-proof/1"
ROOT_FORMAT = "shanhe-day-root/1"
_HEX = re.compile(r"[0-9a-f]{64}")
#: A path has one hash a level; 64 levels are more leaves than there can be.
_MAX_PATH = 64


@dataclass(frozen=True, slots=True)
class PublishedRoot:
    """A day's root as published: ``size`` records from ``first_seq`` on, and the chain's hash after them."""

    day: date
    first_seq: int
    size: int
    root: bytes
    head: bytes
    published_at: str  # ISO 8601, UTC

    @property
    def last_seq(self) -> int:
        """The last record that it covers; ``first_seq - 1`` when it covers none."""
        return self.first_seq + self.size - 1

    def as_json(self) -> dict[str, Any]:
        """The content of DATE.json."""
        return {
            "format": ROOT_FORMAT,
            "day": self.day.isoformat(),
            "first_seq": self.first_seq,
            "size": self.size,
            "root": self.root.hex(),
            "head": self.head.hex(),
            "published_at": self.published_at,
        }


@dataclass(frozen=True, slots=True)
class Proof:
    """That a record is leaf ``index`` (from 0) of the ``size`` leaves under the root of ``day``."""

    content: Mapping[str, Any]
    salt: bytes
    index: int
    size: int
    path: tuple[bytes, ...]
    root: bytes
    day: date

    @property
    def leaf(self) -> bytes:
        """The leaf hash, from salt and content."""
        return leaf_hash(self.salt, canonical_json(self.content))

    def as_json(self) -> dict[str, Any]:
        """The content of PROOF.json."""
        return {
            "format": PROOF_FORMAT,
            "content": dict(self.content),
            "salt": self.salt.hex(),
            "leaf": self.leaf.hex(),
            "index": self.index,
            "size": self.size,
            "path": [step.hex() for step in self.path],
            "root": self.root.hex(),
            "day": self.day.isoformat(),
        }


def proof_check(proof: Proof, root: bytes) -> None:
    """Say nothing when ``proof`` leads to ``root``, the published one; else raise a Refusal.

    Codes: ``proof.broken`` when content, salt and path do not even lead to the root the proof names,
    ``proof.other_root`` when they do but another root was published. The leaf is computed, never believed.
    """
    if not inclusion_holds(proof.leaf, proof.index, proof.size, proof.path, proof.root):
        raise Refusal(
            "proof.broken", _("The record does not lead to the root: it was changed, or its proof was.")
        )
    if proof.root != root:
        raise Refusal("proof.other_root", _("The proof leads to another root than the one published."))


def proof_read(value: Any) -> Proof:
    """A PROOF.json after ``json.loads``. A Refusal ``proof.malformed`` names all fields that are wrong."""
    fields = _Fields(value, PROOF_FORMAT)
    content = fields.take("content", _content)
    salt = fields.take("salt", hash_read)
    index = fields.take("index", _count)
    size = fields.take("size", _count)
    path = fields.take("path", _path)
    root = fields.take("root", hash_read)
    day = fields.take("day", date.fromisoformat)
    fields.check("proof.malformed", _("This is no proof of a record."))
    return Proof(content=content, salt=salt, index=index, size=size, path=path, root=root, day=day)


def published_root_read(value: Any) -> PublishedRoot:
    """A DATE.json after ``json.loads``. A Refusal ``root.malformed`` names all fields that are wrong."""
    fields = _Fields(value, ROOT_FORMAT)
    day = fields.take("day", date.fromisoformat)
    first_seq = fields.take("first_seq", _positive)
    size = fields.take("size", _count)
    root = fields.take("root", hash_read)
    head = fields.take("head", hash_read)
    published_at = fields.take("published_at", str)
    fields.check("root.malformed", _("This is no published root of a day."))
    return PublishedRoot(
        day=day, first_seq=first_seq, size=size, root=root, head=head, published_at=published_at
    )


def hash_read(value: Any) -> bytes:
    """64 lower-case hexadecimal digits as 32 bytes. ValueError on anything else."""
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise ValueError("no SHA-256 in hexadecimal")
    return bytes.fromhex(value)


class _Fields:
    """Reads an object's fields and remembers which were wrong, to name them all at once."""

    def __init__(self, value: Any, expected_format: str) -> None:
        self._value = value if isinstance(value, dict) else {}
        self._wrong: dict[str, str | Text] = {}
        if self._value.get("format") != expected_format:
            self._wrong["format"] = Text(_("Must be “%(format)s”."), {"format": expected_format})

    def take(self, name: str, read: Any) -> Any:
        try:
            return read(self._value[name])
        except KeyError:
            self._wrong[name] = _("Is missing.")
        except (TypeError, ValueError):
            self._wrong[name] = _("Is not readable.")
        return None

    def check(self, code: str, message: str) -> None:
        if self._wrong:
            raise Refusal(code, message, self._wrong)


def _content(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("content is an object")
    canonical_json(value)
    return value


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("no count")
    return value


def _positive(value: Any) -> int:
    return _count(value - 1) + 1


def _path(value: Any) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > _MAX_PATH:
        raise ValueError("no path")
    return tuple(hash_read(step) for step in value)
