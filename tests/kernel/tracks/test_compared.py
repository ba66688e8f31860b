"""A track is compared with its history once, whatever the number of areas it is judged in."""

from __future__ import annotations

from dataclasses import replace

from kernel.tracks.walks import reach, walk
from shanhe.kernel.tracks import Earlier, compared, verify
from shanhe.kernel.tracks.compared import Compared

DAY_MS = 86_400_000
NOW = walk(seed=1)
HISTORY = [
    Earlier("own", replace(NOW, t_ms=NOW.t_ms - DAY_MS)),
    Earlier("another walk", walk(seed=2)),
    Earlier("another's", replace(NOW, t_ms=NOW.t_ms - 2 * DAY_MS), same_holder=False),
]
AREAS = [reach(), reach(length_m=1_500), reach(bend_m=20)]


def test_the_verdicts_are_the_same(monkeypatch):
    once = Compared(HISTORY)
    asked = []
    monkeypatch.setattr(
        compared, "match_history", lambda *given, ask=compared.match_history: asked.append(1) or ask(*given)
    )
    together = [verify(area, NOW, history=once) for area in AREAS]
    assert together == [verify(area, NOW, history=HISTORY) for area in AREAS]
    assert {flag.code for answer in together for flag in answer.flags} == {"replayed", "shared"}
    assert len(asked) == 1


def test_another_track_is_compared_anew():
    once = Compared(HISTORY)
    verify(AREAS[0], NOW, history=once)
    assert verify(AREAS[0], walk(seed=3), history=once) == verify(AREAS[0], walk(seed=3), history=HISTORY)


def test_it_is_a_sequence_of_earlier_tracks():
    assert list(Compared(HISTORY)) == HISTORY
    assert len(Compared(HISTORY)) == 3
