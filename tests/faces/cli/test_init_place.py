"""``shanhe init`` sets up a place: by flags, or by asking whoever sits at the terminal."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import Any

import pytest

from shanhe.faces.cli.init_place import Wishes, add_flags, place_ask, place_set_up, wishes_of
from shanhe.ground.people.catalogue import posts
from shanhe.ground.people.models import Appointment, Organization, Post
from shanhe.ground.policies.models import Policy
from shanhe.kernel.errors import Refusal


@pytest.fixture
def county(make: Any) -> Any:
    make.village  # noqa: B018 (the places appear)
    Post.objects.bulk_create(Post(**each) for each in posts())
    make.reach("白土河杨墩段")
    return make


@pytest.fixture
def people(tmp_path: Any) -> str:
    file = tmp_path / "人员.csv"
    lines = [
        "姓名,乡镇,村,河长级别,责任河段,任职时间",
        "李英,大渡口镇,杨墩村,村级河长,白土河杨墩段,2024年3月",
    ]
    file.write_bytes("\n".join(lines).encode("gb18030"))
    return str(file)


def answers(*words: str) -> Any:
    left: Iterator[str] = iter(words)
    return lambda _question: next(left, "")


def flags(*words: str) -> Wishes:
    parser = ArgumentParser()
    add_flags(parser)
    return wishes_of(parser.parse_args(words))


def test_without_flags_nothing_is_asked_for() -> None:
    assert not flags()
    assert not wishes_of(Namespace(password=False))


def test_flags_set_a_place_up_and_a_second_time_changes_nothing(
    county: Any, people: str, capsys: Any
) -> None:
    wishes = flags(
        *("--region", "东至县", "--office", "东至县河长办", "--pack", "sixian-dinghu", "--people", people)
    )
    place_set_up(wishes, at=county.now)
    assert Organization.objects.get(kind="chiefs_office").name == "东至县河长办"
    assert set(Policy.objects.values_list("division_id", flat=True)) == {"341721000000"}
    assert Appointment.objects.get(person__name="李英").post.code == "river.village.chief"
    capsys.readouterr()
    place_set_up(wishes, at=county.now)
    assert "0" in capsys.readouterr().out
    assert Organization.objects.count() == 1
    assert Appointment.objects.filter(person__name="李英").count() == 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--region", "无此县"), "init.region"),
        (("--region", "县"), "init.regions"),
        (("--office", "东至县河长办"), "init.no_region"),
        (("--region", "东至县", "--pack", "none"), "pack.unknown"),
        (("--people", "/nowhere.csv"), "incoming.file"),
    ],
)
def test_what_cannot_be_done_is_refused(county: Any, words: tuple[str, ...], code: str) -> None:
    county.shitai  # noqa: B018
    with pytest.raises(Refusal) as refused:
        place_set_up(flags(*words), at=county.now)
    assert refused.value.code == code


def test_faulty_rows_are_named_and_nothing_is_written(county: Any, tmp_path: Any) -> None:
    file = tmp_path / "people.csv"
    file.write_text("姓名,村,职务\n李英,杨墩村,村级合长\n", "utf-8")
    with pytest.raises(Refusal) as refused:
        place_set_up(flags("--people", str(file)), at=county.now)
    assert "村级合长" in str(refused.value.message)
    assert not Appointment.objects.filter(person__name="李英").exists()


def test_a_terminal_is_asked_step_by_step_and_again_after_a_fault(
    county: Any, people: str, capsys: Any
) -> None:
    ask = answers("无此县", "东至县", "东至县河长办", "", "", "", "", "/nowhere.csv", people)
    place_ask(ask, at=county.now)
    assert Appointment.objects.filter(person__name="李英").exists()
    assert Organization.objects.filter(name="东至县河长办").exists()
    assert "sixian-dinghu" in capsys.readouterr().out


def test_an_empty_answer_leaves_all_for_later(county: Any) -> None:
    place_ask(answers(""), at=county.now)
    assert not Organization.objects.exists()
