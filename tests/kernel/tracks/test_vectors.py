"""The cases that the kernel shares with the phone."""

import json
from pathlib import Path

import numpy as np
import pytest

from shanhe.kernel.tracks import Track, verify
from shanhe.kernel.tracks.formats.areas import area_of

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "tracks.json").read_text("utf-8"))


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_the_kernel_passes_the_cases_it_shares_with_the_phone(case):
    geometry = {name: value for name, value in case["area"].items() if name != "half_width_m"}
    width = {"half_width_m": case["area"]["half_width_m"]}
    area = area_of({"type": "Feature", "properties": width, "geometry": geometry})
    sent = case["track"]
    t_ms = VECTORS["start_ms"] + np.array(sent["t"], np.int64)
    verdict = verify(area, Track(t_ms, np.array(sent["lon"]), np.array(sent["lat"])))
    assert verdict.outcome == case["expect"]["verdict"]
    assert sorted({flag.code for flag in verdict.flags}) == sorted(case["expect"]["flags"])
    assert verdict.coverage == pytest.approx(case["expect"]["coverage"], abs=0.005)
