"""``shanhe tracks``: the contract of the command line."""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import shanhe as shanhe_package
from kernel.tracks.walks import reach, walk
from shanhe.faces.cli import tracks

KEYS = [
    "coverage",
    "covered",
    "length_m",
    "distance_m",
    "duration_s",
    "moving_s",
    "max_gap_s",
    "max_speed_mps",
    "points",
    "points_dropped",
    "flags",
    "verdict",
]


@pytest.fixture
def folder(tmp_path):
    """A reach, an honest walk in three formats and a broken one."""
    positions = reach().parts[0].tolist()
    (tmp_path / "a.geojson").write_text(json.dumps({"type": "LineString", "coordinates": positions}))
    raw = walk()
    rows = zip(raw.t_ms.tolist(), raw.lon.tolist(), raw.lat.tolist(), strict=True)
    (tmp_path / "t.csv").write_text("time,lon,lat\n" + "".join(f"{t},{x},{y}\n" for t, x, y in rows))
    (tmp_path / "t.geojson").write_text(
        json.dumps(
            {
                "type": "Feature",
                "properties": {"times": raw.t_ms.tolist()},
                "geometry": {
                    "type": "LineString",
                    "coordinates": list(zip(raw.lon.tolist(), raw.lat.tolist(), strict=True)),
                },
            }
        )
    )
    (tmp_path / "bad.csv").write_text("time,lon,lat\nnoon,1,2\n")
    return tmp_path


def shanhe(*words):
    """Run the command in this process; gives its exit status."""
    parser = argparse.ArgumentParser()
    tracks.register(parser.add_subparsers(required=True))
    args = parser.parse_args(["tracks", *map(str, words)])
    return args.run(args)


def test_verify_prints_the_contracts_object_and_nothing_else(folder, capsys):
    assert shanhe("verify", "--area", folder / "a.geojson", "--track", folder / "t.csv", "--json") == 0
    out, err = capsys.readouterr()
    verdict = json.loads(out)
    assert err == ""
    assert list(verdict)[: len(KEYS)] == KEYS
    assert verdict["verdict"] == "valid"
    assert verdict["flags"] == []
    assert verdict["covered"] == [[0.0, pytest.approx(2_000, abs=2)]]


def test_every_format_gives_the_same_verdict(folder, capsys):
    answers = []
    for name in ("t.csv", "t.geojson"):
        shanhe("verify", "--area", folder / "a.geojson", "--track", folder / name, "--json")
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1]


def test_the_tolerance_is_the_callers(folder, capsys):
    command = ("verify", "--area", folder / "a.geojson", "--track", folder / "t.csv", "--json")
    shanhe(*command, "--tolerance", "3")
    assert json.loads(capsys.readouterr().out)["coverage"] < 0.5
    with pytest.raises(SystemExit) as ended:
        shanhe(*command, "--tolerance", "-5")
    assert ended.value.code == 2


def test_people_are_told_in_plain_words(folder, capsys, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    assert shanhe("verify", "--area", folder / "a.geojson", "--track", folder / "t.csv") == 0
    out = capsys.readouterr().out
    assert out.startswith("Verdict: valid\nCoverage: 100.0 %\n")


@pytest.mark.parametrize(
    ("area", "track"),
    [("none.geojson", "t.csv"), ("a.geojson", "none.csv"), ("a.geojson", "bad.csv"), ("t.csv", "t.csv")],
)
def test_bad_input_is_one_line_on_stderr_and_status_2(folder, capsys, area, track):
    assert shanhe("verify", "--area", folder / area, "--track", folder / track, "--json") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert err.strip()


def test_a_flag_comes_with_its_evidence(folder, capsys):
    text = (folder / "t.csv").read_text().splitlines(keepends=True)
    (folder / "few.csv").write_text("".join([text[0], *text[1::200]]))
    shanhe("verify", "--area", folder / "a.geojson", "--track", folder / "few.csv", "--json")
    verdict = json.loads(capsys.readouterr().out)
    assert "sparse" in verdict["flags"]
    (evidence,) = [item for item in verdict["evidence"] if item["flag"] == "sparse"]
    assert evidence["figures"]["points"] == verdict["points"]


def test_batch_keeps_order_and_goes_on_past_bad_pairs(folder, capsys):
    pairs = ["a.geojson,t.csv", "a.geojson,bad.csv", "gone.geojson,t.csv", "a.geojson,t.geojson"]
    (folder / "PAIRS.csv").write_text("area,track\n" + "\n".join(pairs) + "\n")
    assert shanhe("verify-batch", folder / "PAIRS.csv", "--json") == 0
    out, err = capsys.readouterr()
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line.get("verdict") for line in lines] == ["valid", None, None, "valid"]
    assert lines[1]["error"]["code"] == "track.bad_fixes"
    assert "row 2 time" in lines[1]["error"]["fields"]
    assert lines[2]["error"]["code"] == "file.unreadable"
    assert err == ""


def test_a_long_batch_runs_on_all_cores_and_gives_the_same(folder, capsys):
    pairs = ["a.geojson,t.csv", "a.geojson,bad.csv"] * 40
    (folder / "PAIRS.csv").write_text(
        "track,area\n" + "".join(f"{t},{a}\n" for a, t in (p.split(",") for p in pairs))
    )
    assert shanhe("verify-batch", folder / "PAIRS.csv") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 80
    assert len(set(lines)) == 2
    assert lines[::2] == lines[:1] * 40


@pytest.mark.parametrize("content", ["", "area\nx\n", "a,b\n1,2\n"])
def test_a_list_without_its_columns_is_bad_input(folder, capsys, content):
    (folder / "PAIRS.csv").write_text(content)
    assert shanhe("verify-batch", folder / "PAIRS.csv") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_command_imports_no_django(folder):
    code = (
        "import argparse, sys\n"
        "from shanhe.faces.cli import tracks\n"
        "parser = argparse.ArgumentParser()\n"
        "tracks.register(parser.add_subparsers(required=True))\n"
        "args = parser.parse_args(sys.argv[1:])\n"
        "status = args.run(args)\n"
        "assert not any(name.split('.')[0] == 'django' for name in sys.modules), 'Django was imported'\n"
        "sys.exit(status)\n"
    )
    command = ["tracks", "verify", "--area", folder / "a.geojson", "--track", folder / "t.csv", "--json"]
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, command)],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(shanhe_package.__file__).parents[1])},
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["verdict"] == "valid"
