"""What people tick and write on the way: checklists, findings, notes."""

from __future__ import annotations

import numpy as np

from shanhe.evidence.patrols.fields import LogSent

__all__ = ["checklist", "note"]

WATER = ("water", "activities", "works", "other")
WOOD = ("fire", "felling", "occupation", "pests", "wildlife", "other")
FOUND = {
    "water": (
        "岸边有生活垃圾约两袋，已当场清理",
        "水面有零星漂浮物，已通知保洁员",
        "局部水体颜色发黄，待复查",
    ),
    "activities": ("有人在禁钓区垂钓，已劝离", "发现一处地笼，已收缴"),
    "works": ("节制闸启闭机防护罩破损", "护坡有一处裂缝，长约 2 米"),
    "other": ("公示牌电话字迹不清", "界桩倾斜一根"),
    "fire": ("林缘有烧秸秆痕迹，已浇灭并教育当事人", "进山路口有人带火种，已劝返"),
    "felling": ("发现意杨被砍一株，已上报",),
    "occupation": ("林地边堆放建筑沙石，已要求清运",),
    "pests": ("意杨叶片有虫口，疑似杨小舟蛾",),
    "wildlife": ("拆除捕鸟网一张",),
}
NOTES = ("", "", "", "", "雨后路滑，绕行一段", "与村民组长同行一段", "汛期加密巡查", "上午有雾")
FINDS = 0.07  # share of outings that find something


def checklist(is_water: bool, rng: np.random.Generator) -> tuple[LogSent, ...]:
    """The points of a checklist, nearly always all in order."""
    items = WATER if is_water else WOOD
    found = str(rng.choice(items)) if rng.random() < FINDS else ""
    return tuple(
        LogSent(item, item != found, str(rng.choice(FOUND[item])) if item == found else "") for item in items
    )


def note(rng: np.random.Generator) -> str:
    """What is written beneath, mostly nothing."""
    return str(rng.choice(NOTES))
