"""The posts that the river and the forest chief system have everywhere, by level; local names are added.

After 《关于全面推行河长制的意见》 (2016) and 《关于全面推行林长制的意见》 (2021). Two general chiefs
(双总河长, Party secretary and head of government) are common since 2018, so that post is not exclusive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["posts"]

LEVELS = {
    "province": ("省级", "Provincial"),
    "prefecture": ("市级", "Prefecture"),
    "county": ("县级", "County"),
    "township": ("乡镇级", "Township"),
    "village": ("村级", "Village"),
}
SYSTEMS = {"river": ("河长", "river chief", "河长办"), "forest": ("林长", "forest chief", "林长办")}
#: kind → (Chinese and English name with holes, exclusive, keeper, rank)
CHIEFS = {
    "general_chief": ("总{chief}", "General {chief_en}", False, False, 10),
    "deputy_general_chief": ("副总{chief}", "Deputy general {chief_en}", False, False, 20),
    "chief": ("{chief}", "{chief_en}", True, True, 30),
    "deputy_chief": ("副{chief}", "Deputy {chief_en}", False, False, 35),
}
OFFICE = {
    "office_director": ("{office}主任", "Director, {chief_en}'s office", True, False, 60),
    "clerk": ("{office}工作人员", "Clerk, {chief_en}'s office", False, False, 70),
    "liaison": ("{chief}联络员", "Liaison officer, {chief_en}", False, False, 65),
}
#: Named alike in no system: (kind, system, Chinese, English, keeper, rank, levels)
OTHERS = (
    ("police", "river", "河道警长", "River police chief", False, 45, ("county", "township")),
    ("police", "forest", "林区警长", "Forest police chief", False, 45, ("county", "township")),
    ("patroller", "river", "巡河员", "Patroller", True, 80, ("township", "village")),
    ("ranger", "forest", "护林员", "Ranger", True, 80, ("township", "village")),
    (
        "member",
        "both",
        "成员单位联系人",
        "Member unit officer",
        False,
        90,
        ("province", "prefecture", "county", "township"),
    ),
    (
        "observer",
        "both",
        "观察员",
        "Observer",
        False,
        95,
        ("province", "prefecture", "county", "township"),
    ),
)


def posts() -> Iterator[dict[str, Any]]:
    """Fields of every post; codes are ``system.level.kind``."""
    for system, (chief, chief_en, office) in SYSTEMS.items():
        words = {"chief": chief, "chief_en": chief_en, "office": office}
        for level in LEVELS:
            offices = {} if level == "village" else OFFICE
            for kind, (name, name_en, is_exclusive, is_keeper, rank) in {**CHIEFS, **offices}.items():
                if level == "village" and "general" in kind:
                    continue
                yield _post(
                    kind,
                    system,
                    level,
                    name.format(**words),
                    name_en.format(**words),
                    is_exclusive=is_exclusive,
                    is_keeper=is_keeper,
                    rank=rank,
                )
    for kind, system, name, name_en, is_keeper, rank, levels in OTHERS:
        for level in levels:
            yield _post(
                kind, system, level, name, name_en, is_exclusive=False, is_keeper=is_keeper, rank=rank
            )


def _post(kind: str, system: str, level: str, name: str, name_en: str, **fields: Any) -> dict[str, Any]:
    level_name, level_en = LEVELS[level]
    return {
        "code": f"{system}.{level}.{kind}",
        "name": level_name + name,
        "name_en": f"{level_en} {name_en[0].lower()}{name_en[1:]}",
        "kind": kind,
        "system": system,
        "level": level,
        **fields,
    }
