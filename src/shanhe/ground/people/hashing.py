"""Passwords by argon2, a few at a time: each takes 100 MB and a core, and a flood must not take all."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.contrib.auth.hashers import Argon2PasswordHasher

from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["PATIENCE_S", "PLACES", "BoundedArgon2PasswordHasher"]

#: So many passwords are hashed at once in one process. Two leave cores to those who are signed in already.
PLACES = max(1, min(4, (os.cpu_count() or 2) // 2))
#: So many may wait beside them, and so long: a person at a form waits that long without a word.
QUEUE = 16
PATIENCE_S = 5.0

_places = threading.BoundedSemaphore(PLACES)
_queue = threading.BoundedSemaphore(PLACES + QUEUE)


class BoundedArgon2PasswordHasher(Argon2PasswordHasher):
    """Django's argon2id, with a bounded number of places and a short queue before them.

    Refusal ``account.busy`` (503) when the queue is full or somebody has waited for ``PATIENCE_S``.
    """

    def encode(self, password: str, salt: str) -> str:
        """The hash of a password; waits for a place."""
        with _place():
            return str(super().encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Whether the password is the one; waits for a place."""
        with _place():
            return bool(super().verify(password, encoded))


@contextmanager
def _place() -> Iterator[None]:
    if not _queue.acquire(blocking=False):
        raise _busy()
    try:
        if not _places.acquire(timeout=PATIENCE_S):
            raise _busy()
        try:
            yield
        finally:
            _places.release()
    finally:
        _queue.release()


def _busy() -> Refusal:
    return Refusal(
        "account.busy",
        _("Very many people are signing in just now. Please try again in a minute."),
        status=503,
    )
