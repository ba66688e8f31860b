"""Kinds of the ground: reaches, forest units, waters and facilities, on the registry's own intake."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shanhe.ground.incoming.kinds import (
    SHEETS,
    VECTORS,
    Done,
    Fault,
    Field,
    Kind,
    Progress,
    Report,
    incoming_kind,
)
from shanhe.ground.incoming.tables import Row, Table
from shanhe.ground.people.scope import Actor
from shanhe.ground.registry.columns import KINDS, fields_of
from shanhe.ground.registry.models import Area, Facility
from shanhe.ground.registry.rows import RawRow, RowRefused
from shanhe.ground.registry.services import registry_import
from shanhe.kernel.errors import Text, gettext_noop

__all__ = ["GroundKind"]

_CODE = Field(
    "code",
    _("Code"),
    synonyms=("编码", "代码", "编号", "唯一编码", "责任区编码", "河段编码", "网格编号", "bm", "bh"),
    help=_("Without a code the record is known by its name and division; it gets a code of its own."),
)
_NAME = Field(
    "name",
    _("Name"),
    required=True,
    synonyms=("名称", "河段名称", "河道名称", "责任区名称", "网格名称", "小班名", "mc", "title"),
)
_DIVISION = Field(
    "division",
    _("Division"),
    required=True,
    synonyms=(
        *("行政区划", "区划代码", "行政区划代码", "所属行政区", "所在行政区", "政区代码", "村代码", "xzqdm"),
        *("所属村", "所在村", "行政村", "所在地", "division_code", "乡镇村"),
    ),
    example="341721102201",
    help=_("Its 12-digit code, or its name where only one of your divisions is called so."),
)
_SOURCE = Field(
    "source",
    _("Source"),
    synonyms=("来源", "数据来源", "资料来源"),
    example="2025年河湖划界成果",
    help=_("Where the shape comes from."),
)
_SKETCH = Field(
    "sketch",
    _("Sketch"),
    synonyms=("示意", "是否示意", "示意图形"),
    example="否",
    help=_("Yes for a shape that was drawn for orientation and not surveyed."),
)
_LEVEL = Field(
    "level",
    _("Level"),
    synonyms=("级别", "层级", "河长级别", "林长级别", "责任级别"),
    example="村级",
    help=_("Of the chief who answers for it; without it the level of its division."),
)
_PARENT = Field(
    "parent",
    _("Lies within"),
    synonyms=("上级", "上级编码", "上级责任区", "上级河段编码", "上级网格编号", "父级编码"),
    help=_("Code of the area of a higher level that it lies in."),
)
_SINCE = Field(
    "since",
    _("Valid from"),
    synonyms=("生效日期", "启用日期", "设立日期"),
    example="2026-01-01",
)

_OF_A_REACH = (
    Field(
        "water",
        _("Water"),
        required=True,
        synonyms=("河湖", "河流", "所属河湖", "所属河流", "河流名称", "河湖名称", "水体", "river"),
        example="龙泉河",
        help=_("Name or code of the river or lake, which must be registered already."),
    ),
    Field("bank", _("Bank"), synonyms=("岸别", "左右岸"), example="两岸", help=_("left, right or both.")),
    Field(
        "from_m",
        _("From chainage (m)"),
        synonyms=("起点里程", "起点桩号", "起始里程"),
        help=_("Metres along the water from its source."),
    ),
    Field("to_m", _("To chainage (m)"), synonyms=("终点里程", "终点桩号", "终止里程")),
    Field(
        "start_name", _("Begins at"), synonyms=("起点", "起点位置", "起点名称", "起始断面"), example="杨墩桥"
    ),
    Field("end_name", _("Ends at"), synonyms=("终点", "终点位置", "终点名称", "终止断面"), example="入江口"),
    Field(
        "half_width_m",
        _("Half width (m)"),
        synonyms=("半宽", "半河宽"),
        help=_("Of a broad river: so much farther from the line a patrol still counts."),
    ),
)
_OF_A_UNIT = (
    Field(
        "unit_kind",
        _("Kind of forest unit"),
        synonyms=("类型", "类别", "责任区类型", "网格类型"),
        example="网格",
        help=_("grid, compartment, subcompartment, wetland, grassland or ancient_tree."),
    ),
    Field("category", _("Forest category"), synonyms=("林种", "森林类别", "sen_lin_lb"), example="公益林"),
    Field("tenure", _("Tenure"), synonyms=("权属", "林地权属", "ld_qs"), example="集体"),
    Field("owner", _("Owner or contractor"), synonyms=("经营者", "承包人", "经营单位", "使用权人")),
    Field("species", _("Main species"), synonyms=("优势树种", "树种", "you_shi_sz"), example="马尾松"),
)
_OF_A_WATER = (
    Field(
        "kind",
        _("Kind of water"),
        synonyms=("类型", "类别", "水体类型", "河湖类型"),
        example="河流",
        help=_("river, lake, reservoir or canal."),
    ),
)
_OF_A_FACILITY = (
    Field(
        "area",
        _("Area"),
        synonyms=("责任区", "河段", "责任区编码", "所属河段", "所在河段", "河段编码"),
        help=_("Code of the area it stands at."),
    ),
)

_ALL = {
    each.name: each
    for each in (
        *(_CODE, _NAME, _DIVISION, _SOURCE, _SKETCH, _LEVEL, _PARENT, _SINCE),
        *(*_OF_A_REACH, *_OF_A_UNIT, *_OF_A_WATER, *_OF_A_FACILITY),
    )
}
#: In this order people fill them in: what it is, where, what belongs to its kind, and what is rarely known.
_ORDER = (
    *("code", "name", "division", "level", "water", "unit_kind", "kind", "area", "bank", "start_name"),
    *("end_name", "from_m", "to_m", "half_width_m", "category", "tenure", "owner", "species"),
    *("parent", "since", "source", "sketch"),
)


class GroundKind(Kind):
    """One of the registry's kinds, by its name there."""

    formats = (*VECTORS, *SHEETS)
    has_shapes = True

    def __init__(
        self, key: str, title: Any, text: Any, icon: str, record: str, name: str, group: str = "ground"
    ) -> None:
        self.group = group
        self.key, self.title, self.text, self.icon, self.record = key, title, text, icon, record
        own = set(fields_of(key))
        self.fields = tuple(_ALL[each] for each in _ORDER if each in own)
        self.example = name

    def examples(self) -> Sequence[Mapping[str, Any]]:
        """One record as an office would write it."""
        row = {each.name: each.example for each in self.fields if each.example}
        return [row | {"name": self.example}]

    def take(
        self,
        table: Table,
        mapping: Mapping[str, str],
        *,
        by: Actor,
        at: datetime,
        good_rows: bool = False,
        write: bool = True,
        progress: Progress | None = None,
    ) -> Report:
        """Create, bring up to date, leave alone or refuse each row; see ``Kind.take``."""
        own, others = _own_rows(table, self.key)
        report = registry_import(
            records=[RawRow(row.number, row.cells, row.geometry, row.problem) for row in own],
            kind=self.key,
            mapping=mapping,
            by=by,
            at=at,
            good_rows=good_rows,
            write=write,
            progress=progress,
        )
        return Report(
            [Done(each.row, each.did, each.name, each.code) for each in report.done],
            [_fault(each) for each in report.refused],
            [*others, *(_fault(each) for each in report.notes)],
        )


def _own_rows(table: Table, key: str) -> tuple[list[Row], list[Fault]]:
    """The rows of this kind, and remarks on those that say they are of another one.

    Files that hold several kinds in one layer have a column ``kind``, as our own exports do.
    """
    said = gettext_noop("This row is of another kind (%(kind)s) and was passed over.")
    own: list[Row] = []
    others: list[Fault] = []
    for row in table:
        kind = row.text("kind")
        if kind in KINDS and kind != key:
            others.append(Fault(row.number, "", Text(said, {"kind": kind})))
        else:
            own.append(row)
    return own, others


def _fault(refused: RowRefused) -> Fault:
    return Fault(refused.row, refused.field, refused.reason, refused.code)


_FACILITIES: tuple[tuple[str, Any, str], ...] = (
    (Facility.Kind.OUTFALL, pgettext_lazy("kinds", "Outfalls"), "杨墩村一号排污口"),
    (Facility.Kind.INTAKE, pgettext_lazy("kinds", "Intakes"), "大渡口水厂取水口"),
    (Facility.Kind.SAND_SITE, pgettext_lazy("kinds", "Sand-mining sites"), "龙泉河一号采砂区"),
    (Facility.Kind.SIGNBOARD, pgettext_lazy("kinds", "Signboards"), "龙泉河杨墩段公示牌"),
    (Facility.Kind.MARKER, pgettext_lazy("kinds", "Boundary markers"), "LQH-Z-001"),
    (Facility.Kind.SOURCE_ZONE, pgettext_lazy("kinds", "Source protection zones"), "大渡口水源一级保护区"),
    (Facility.Kind.STATION, pgettext_lazy("kinds", "Stations"), "龙泉河出境断面"),
    (Facility.Kind.SLUICE, pgettext_lazy("kinds", "Sluices and weirs"), "杨墩闸"),
    (Facility.Kind.CHECKPOINT, pgettext_lazy("kinds", "Checkpoints"), "杨墩打卡点 1"),
)

incoming_kind(
    GroundKind(
        "water",
        pgettext_lazy("kinds", "Rivers and lakes"),
        _("Waters come first: reaches are stretches of them."),
        "water",
        "",
        "龙泉河",
    )
)
incoming_kind(
    GroundKind(
        Area.Kind.REACH.value,
        pgettext_lazy("kinds", "Reaches"),
        _("Stretches of a river or parts of a lake that one chief answers for."),
        "water",
        "area",
        "龙泉河杨墩段",
    )
)
incoming_kind(
    GroundKind(
        Area.Kind.FOREST_UNIT.value,
        pgettext_lazy("kinds", "Forest units"),
        _("Grid cells, compartments, sub-compartments, wetlands, grassland and ancient trees."),
        "forest",
        "area",
        "杨墩村一号网格",
    )
)
for _kind, _title, _example in _FACILITIES:
    incoming_kind(
        GroundKind(
            str(_kind).replace("_", "-"),
            _title,
            "",
            "place",
            "facility",
            _example,
            "facilities",
        )
    )
