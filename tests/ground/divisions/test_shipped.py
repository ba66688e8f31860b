"""The divisions that come with the program."""

from __future__ import annotations

import sys
import time

from shanhe.ground import clock
from shanhe.ground.divisions.models import Division, DivisionShape
from shanhe.ground.divisions.shipped import shipped_load


def test_the_shipped_divisions_load_within_ten_seconds_and_once(db, capsys):
    begin = time.perf_counter()
    done = shipped_load(by=None, at=clock.now())
    took_s = time.perf_counter() - begin
    with capsys.disabled():
        sys.stdout.write(
            f"\nshipped divisions: {done.divisions} divisions, {done.boundaries} boundaries, {took_s:.1f} s\n"
        )
    assert took_s < 10
    assert Division.objects.filter(level="county").count() == 2975
    assert Division.objects.filter(code__startswith="653", level="village").count() == 2886
    assert Division.objects.filter(code__startswith="341721102", level="village").count() == 18
    assert DivisionShape.objects.filter(division__code__startswith="341721").exists()
    assert shipped_load(by=None, at=clock.now()).divisions == 0
