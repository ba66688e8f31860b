"""Passwords are hashed by argon2, a few at a time; a flood is turned away politely."""

from __future__ import annotations

import threading

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher

from shanhe.ground.people import hashing
from shanhe.ground.people.hashing import PLACES, QUEUE, BoundedArgon2PasswordHasher
from shanhe.kernel.errors import Refusal
from shanhe.project import settings as real_settings


@pytest.fixture
def gate(monkeypatch):
    """Hashing stands still until the gate opens; ``gate.most`` is how many stood there at once."""

    class Gate:
        def __init__(self) -> None:
            self.opened, self.inside, self.most = threading.Event(), 0, 0
            self._lock = threading.Lock()

        def stand(self, *_args: object) -> str:
            with self._lock:
                self.inside += 1
                self.most = max(self.most, self.inside)
            self.opened.wait(20)
            with self._lock:
                self.inside -= 1
            return "argon2$hash"

    gate = Gate()
    monkeypatch.setattr(Argon2PasswordHasher, "encode", lambda self, *args: gate.stand(*args))
    return gate


def crowd(size: int) -> tuple[list[threading.Thread], list[str]]:
    outcomes: list[str] = []

    def come() -> None:
        try:
            outcomes.append(BoundedArgon2PasswordHasher().encode("password", "salt1234"))
        except Refusal as refusal:
            outcomes.append(refusal.code)

    threads = [threading.Thread(target=come) for _ in range(size)]
    for thread in threads:
        thread.start()
    return threads, outcomes


def wait_until(condition) -> None:
    pause = threading.Event()
    for _ in range(400):
        if condition():
            return
        pause.wait(0.01)
    raise AssertionError("it never came about")


def test_installations_hash_by_argon2_through_the_bounded_hasher():
    assert real_settings.PASSWORD_HASHERS == ["shanhe.ground.people.hashing.BoundedArgon2PasswordHasher"]


def test_a_password_is_hashed_and_known_again():
    hasher = BoundedArgon2PasswordHasher()
    encoded = hasher.encode("mountains-and-rivers", "saltsaltsalt")
    assert encoded.startswith("argon2$argon2id$")
    assert hasher.verify("mountains-and-rivers", encoded)
    assert not hasher.verify("mountains", encoded)


def test_no_more_than_the_places_are_hashed_at_once_and_the_others_wait(gate):
    threads, outcomes = crowd(PLACES + 3)
    wait_until(lambda: gate.inside == PLACES)
    assert outcomes == []
    gate.opened.set()
    for thread in threads:
        thread.join()
    assert gate.most == PLACES
    assert outcomes == ["argon2$hash"] * (PLACES + 3)


def test_when_the_queue_is_full_people_are_asked_to_come_again(gate):
    threads, outcomes = crowd(PLACES + QUEUE + 5)
    wait_until(lambda: len(outcomes) == 5)
    assert set(outcomes) == {"account.busy"}
    gate.opened.set()
    for thread in threads:
        thread.join()
    assert outcomes.count("argon2$hash") == PLACES + QUEUE


def test_nobody_waits_longer_than_their_patience(gate, monkeypatch):
    monkeypatch.setattr(hashing, "PATIENCE_S", 0.05)
    threads, outcomes = crowd(PLACES + 2)
    wait_until(lambda: outcomes == ["account.busy"] * 2)
    gate.opened.set()
    for thread in threads:
        thread.join()


def test_a_busy_moment_is_said_at_the_sign_in_page_and_by_the_api(make, monkeypatch):
    make.village_chief  # noqa: B018  the account exists

    def busy(*_args: object, **_more: object) -> None:
        raise hashing._busy()

    monkeypatch.setattr("django.contrib.auth.hashers.MD5PasswordHasher.verify", busy)
    body = {"username": "village-chief", "password": make.password}
    assert make.client().post("/accounts/login/", body).status_code == 503
    answer = make.client().post("/api/v1/auth/token", body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "account.busy")
