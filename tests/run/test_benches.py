"""The benchmark runner finds scripts by their names and keeps stdout for results."""

from __future__ import annotations

import json

import pytest

from tools import benches


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """Two benchmarks, one of which fails."""
    good, bad = tmp_path / "bench_good.py", tmp_path / "bench_bad.py"
    good.write_text('import sys; print(\'[{"bench": "good"}]\' if "--json" in sys.argv else "good  1 ms")\n')
    bad.write_text("raise SystemExit(1)\n")
    found = benches.known(tmp_path)
    monkeypatch.setattr(benches, "known", lambda: found)


def test_a_benchmark_has_its_script_s_name(scripts):
    assert list(benches.known()) == ["bad", "good"]


def test_json_of_several_benchmarks_is_one_list_and_nothing_else(scripts, capfd):
    assert benches.main(["good", "good", "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == [{"bench": "good"}, {"bench": "good"}]


def test_a_table_goes_to_the_terminal(scripts, capfd):
    assert benches.main(["good"]) == 0
    assert "good  1 ms" in capfd.readouterr().out


def test_a_failing_benchmark_is_named_and_the_others_still_count(scripts, capfd):
    assert benches.main(["--json"]) == 1
    said = capfd.readouterr()
    assert json.loads(said.out) == [{"bench": "good"}]
    assert "Failed: bad" in said.err


def test_an_unknown_name_exits_with_2_and_says_which_there_are(scripts, capfd):
    assert benches.main(["fast"]) == 2
    assert "bad, good" in capfd.readouterr().err


def test_one_that_missed_a_bar_still_shows_its_figures(tmp_path, monkeypatch, capfd):
    missed = tmp_path / "bench_missed.py"
    missed.write_text('print(\'[{"bench": "missed", "ok": false}]\'); raise SystemExit(1)\n')
    found = benches.known(tmp_path)
    monkeypatch.setattr(benches, "known", lambda: found)
    assert benches.main(["--json"]) == 1
    assert json.loads(capfd.readouterr().out) == [{"bench": "missed", "ok": False}]
