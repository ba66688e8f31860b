"""The quality bars, on the real tracks kept in the repo; ``bench/bench_truth.py`` reads them on many more."""

from collections import Counter

import pytest

from shanhe.kernel.tracks import verify
from truth.cases import BEYOND, cases_of
from truth.copies import COPIED, PASSED_ON
from truth.histories import REPLAYED, SHARED
from truth.recordings import KEPT, recordings

PASSED = ("valid", "partial")
TRACKS = [track for track in recordings(str(KEPT)) if track.name in {p.stem for p in KEPT.glob("*.csv")}]
#: Found mostly, not always (see signs_mock): changing speeds, own lines, errors that look real.
HARD = BEYOND | {"steady_mock_wandering", "steady_mock_late", "offset_line", "clicked_line"}
COPIES = REPLAYED | COPIED | SHARED | PASSED_ON


@pytest.fixture(scope="module")
def judged():
    """(case, outcome) of all kinds, from one section of each kept track."""
    found = []
    for track in TRACKS:
        for case in cases_of(track, seed=1, most=1):
            found.append((case, verify(case.area, case.track, history=case.history).outcome))
    return found


def test_honest_patrols_are_left_in_peace(judged):
    honest = [(case.kind, case.source, outcome) for case, outcome in judged if case.is_honest]
    stopped = [row for row in honest if row[2] not in PASSED]
    assert len(honest) > 150
    assert len(stopped) <= 0.01 * len(honest), stopped


def test_fakes_are_caught(judged):
    fakes = [(case.kind, case.source, outcome) for case, outcome in judged if not case.is_honest]
    passed = [row for row in fakes if row[2] in PASSED and row[0] not in HARD]
    assert len(fakes) > 200
    assert len(passed) <= 0.02 * len(fakes), passed


def test_replays_and_shared_tracks_are_all_found(judged):
    again = [(case, outcome) for case, outcome in judged if case.kind in COPIES]
    passed = Counter(case.kind for case, outcome in again if outcome in PASSED)
    assert sum(passed.values()) <= 1, passed


def test_the_same_seed_gives_the_same_cases():
    one, two = ([case.track.lon.sum() for case in cases_of(TRACKS[0], 5, 1)] for _ in range(2))
    assert one == two
