"""Every code that a verdict can carry has a name and a sentence, with its figures in it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from django.utils import translation

import shanhe.kernel.tracks as kernel
from shanhe.evidence.patrols.words import FLAGS, REASONS, flag_told, flag_words, reason_words
from shanhe.kernel.tracks.judge import DOUBTS, NOTHING


def kernel_calls(*names: str) -> set[str]:
    """First arguments of calls to Flag, Reason and Minimum in the kernel's own source."""
    found: set[str] = set()
    for path in Path(kernel.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names and node.args:
                found |= {
                    each.value
                    for each in ast.walk(node.args[0])
                    if isinstance(each, ast.Constant) and isinstance(each.value, str)
                }
    return found


def test_the_kernels_source_speaks_of_flags_and_minima():
    assert {"asleep", "mock", "replayed", "shared", "teleport"} <= kernel_calls("Flag")
    assert {"coverage.low", "stops.few"} <= kernel_calls("Minimum")


@pytest.mark.parametrize("code", sorted(DOUBTS | NOTHING | kernel_calls("Flag")))
def test_every_flag_the_kernel_can_raise_has_words(code):
    assert code in FLAGS
    assert flag_words(code) != code


@pytest.mark.parametrize("code", sorted(kernel_calls("Minimum")))
def test_every_minimum_the_kernel_knows_has_words(code):
    assert code in REASONS


#: Figures as the kernel gives them, and what must be read in the sentence.
SPOKEN = [
    ("flag.asleep", {"gap_s": 900.0}, ["15 minutes"]),
    ("flag.datum_gcj02", {"shift_m": 512.3}, ["512 m"]),
    ("flag.synthetic", {"test": "straight"}, ["program"]),
    ("flag.replayed", {"of": "17", "metres": 1800.0}, ["No. 17", "1,800 m"]),
    ("flag.shared", {"of": "18", "metres": 950.0}, ["No. 18", "950 m"]),
    ("flag.mock", {"fixes": 300, "share": 0.51}, ["300", "51 %"]),
    ("flag.clock_skew", {"back_s": 3600.0, "row": 7, "rows": 2}, ["back by 60 minutes"]),
    ("flag.clock_skew", {"ahead_s": 90.0}, ["90 seconds ahead"]),
    ("flag.clock_skew", {"apart_s": 7200.0}, ["120 minutes outside"]),
    ("flag.teleport", {"jumps": 1, "metres": 4000.0, "seconds": 5.0}, ["4,000 m", "5 seconds"]),
    ("flag.too_fast", {"mean_mps": 11.1, "fast_share": 0.8}, ["40 km/h", "80 %"]),
    ("flag.confined", {"distance_m": 2000.0, "extent_m": 60.0}, ["2,000 m", "60 m"]),
    ("flag.code_unknown", {"code": "222-2223"}, ["222-2223"]),
    ("flag.code_far", {"name": "打卡点 4", "apart_m": 1512.3}, ["打卡点 4", "1,512 m"]),
    ("flag.outside", {"near_share": 0.03}, ["3 %"]),
    ("flag.stationary", {"spread_m": 12.0, "distance_m": 40.0}, ["12 m"]),
    ("flag.sparse", {"points": 4, "unseen_s": 900.0}, ["4 "]),
    ("flag.truncated", {"coverage.low": 0.2, "minutes.short": 0.1}, ["Coverage 20 %", "Duration 10 %"]),
    ("coverage.low", {"is_share": 0.41, "least_share": 0.6}, ["41 %", "60 %"]),
    ("minutes.short", {"is_minutes": 4.25, "least_minutes": 5.0}, ["4.2", "5 "]),
    ("distance.short", {"is_m": 250.4, "least_m": 300.0}, ["250 m", "300 m"]),
    ("extent.short", {"is_m": 90.0, "least_m": 150.0}, ["90 m", "150 m"]),
    ("decision.stretch", {"added_m": 480.0}, ["480 m"]),
    ("decision.whole", {}, ["valid"]),
    ("decision.refuted", {}, ["confirmed"]),
    ("stops.few", {"is_stops": 2.0, "least_stops": 3}, ["2 stops", "3"]),
]


@pytest.mark.parametrize(("code", "figures", "parts"), SPOKEN)
def test_the_sentence_holds_the_figures(code, figures, parts):
    with translation.override("en"):
        sentence = reason_words(code, figures)
    for part in parts:
        assert part in sentence


def test_every_sentence_is_tried_above():
    tried = {code for code, _figures, _parts in SPOKEN}
    assert tried == {f"flag.{code}" for code in FLAGS} | set(REASONS)


@pytest.mark.parametrize("code", [f"flag.{code}" for code in FLAGS] + list(REASONS))
def test_a_sentence_whose_figures_are_missing_falls_back_to_the_name(code):
    with translation.override("en"):
        assert reason_words(code, {})


def test_an_unknown_code_is_shown_as_it_is():
    assert reason_words("moon.full", {}) == "moon.full"
    assert flag_words("moon") == "moon"


def test_a_stored_flag_is_told_with_its_interval():
    flag = {"code": "teleport", "from_s": 60.0, "to_s": 65.0, "figures": {"metres": 400.0, "seconds": 5.0}}
    with translation.override("en"):
        told = flag_told(flag)
    assert (told.name, told.from_s, told.to_s) == ("Jump", 60.0, 65.0)
    assert "400 m" in told.sentence


@pytest.mark.parametrize(
    ("code", "figures", "said"),
    [
        ("coverage.low", {"is_share": 0.5999, "least_share": 0.6}, "59 %"),
        ("minutes.short", {"is_minutes": 4.99, "least_minutes": 5.0}, "4.9 minutes"),
        ("distance.short", {"is_m": 299.8, "least_m": 300.0}, "299 m"),
        ("stops.few", {"is_stops": 2, "least_stops": 3}, "2 stops"),
    ],
)
def test_what_falls_short_never_reads_as_the_minimum_itself(code, figures, said):
    with translation.override("en"):
        assert said in reason_words(code, figures)
