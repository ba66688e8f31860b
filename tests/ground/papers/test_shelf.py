"""Papers that a job has made lie for a week."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from shanhe.ground.papers.shelf import KEPT, fetch, shelve, sweep

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


def test_what_a_job_has_made_is_fetched_by_its_number_and_no_other():
    number = uuid4()
    shelve(number, b"%PDF-1")
    assert fetch(number).read_bytes() == b"%PDF-1"
    assert fetch(uuid4()) is None


def test_made_again_it_replaces_what_was_there():
    number = uuid4()
    shelve(number, b"first")
    shelve(number, b"second")
    assert fetch(number).read_bytes() == b"second"
    assert len(list(fetch(number).parent.iterdir())) == 1


def test_after_a_week_it_is_thrown_away_and_not_before():
    old, young = uuid4(), uuid4()
    for number, age in ((old, KEPT + timedelta(minutes=1)), (young, KEPT - timedelta(minutes=1))):
        made = (NOW - age).timestamp()
        os.utime(shelve(number, b"x"), (made, made))
    assert sweep(NOW) == 1
    assert fetch(old) is None
    assert fetch(young) is not None


def test_where_nothing_was_made_there_is_nothing_to_throw_away():
    assert sweep(NOW) == 0
