"""Invented people: names put together at random from common parts, and telephone numbers nobody can have."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count

__all__ = ["Invented"]

SURNAMES = "王李张刘陈杨黄赵吴周徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕汪洪章方金"
FIRST = "志文德家国光永世长正春秋明学建维永振立承启仁义兴万佳晓思子雨云海江山松柏桂梅兰玉金银"
SECOND = "平华强军勇林根生来发旺财福贵宝田水河清洪涛波民安宁康顺和祥瑞英芳娟珍燕琴霞红梅云"
#: Names of Kashgar's chiefs: a given name and a father's, as they are written in Chinese.
GIVEN = (
    *(
        "艾力",
        "买买提",
        "吐尔逊",
        "阿不都拉",
        "玉素甫",
        "库尔班",
        "热合曼",
        "卡德尔",
        "艾尔肯",
        "沙吾提",
        "亚森",
    ),
    *("阿迪力", "伊力哈木", "努尔买买提", "麦麦提明", "阿依古丽", "古丽娜尔", "帕提古丽", "热依汗", "图尔荪"),
)


class Invented:
    """Hands out names and numbers, each once; the same seed gives the same ones in the same order."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._given_out: set[str] = set()
        self._numbers = count(1)

    def name(self) -> str:
        """A name as in Anhui."""
        return self._once(
            lambda: self._pick(SURNAMES) + self._pick(FIRST) + (self._pick(SECOND) if self._often() else "")
        )

    def name_of_kashgar(self) -> str:
        """A name as in Kashgar, now and then a Han one."""
        if self._random.random() < 0.3:
            return self.name()
        return self._once(lambda: f"{self._random.choice(GIVEN)}·{self._random.choice(GIVEN)}")

    def phone(self) -> str:
        """A number that no network gives out: it begins with 000."""
        number = next(self._numbers)
        return f"000-{number // 10_000:04d}-{number % 10_000:04d}"

    def _often(self) -> bool:
        return self._random.random() < 0.85

    def _pick(self, letters: str) -> str:
        return self._random.choice(letters)

    def _once(self, make: Callable[[], str]) -> str:
        for _ in range(1_000):
            name = make()
            if name not in self._given_out:
                self._given_out.add(name)
                return name
        raise RuntimeError("the names have run out")
