"""Sheets about people: who holds which post for what; the units there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shanhe.ground.incoming.kinds import Done, Field, Kind, Progress, Report, incoming_kind
from shanhe.ground.incoming.staff.planning import StaffRow, plan_staff
from shanhe.ground.incoming.staff.unit_rows import UnitRow, take_units
from shanhe.ground.incoming.staff.writing import staff_write
from shanhe.ground.incoming.tables import Table
from shanhe.ground.people.scope import Actor

__all__ = ["People", "Units"]


def _rows(
    table: Table, mapping: Mapping[str, str], fields: Sequence[Field]
) -> list[tuple[int, Mapping[str, str]]]:
    """Rows with their number, texts by field; columns that were not matched are absent."""
    known = {each.name for each in fields}
    columns = {name: column for name, column in mapping.items() if name in known and column}
    return [(row.number, {name: row.text(column) for name, column in columns.items()}) for row in table.rows]


@incoming_kind
class People(Kind):
    """One row: a person with unit and place, the post, what it is for, from when to when, an account."""

    key = "people"
    title = _("People and appointments")
    text = _("Chiefs, rangers, patrollers and officers with their posts, areas and work telephones.")
    group = "people"
    icon = "people"
    record = "person"
    fields = (
        Field(
            "name",
            pgettext_lazy("person", "Name"),
            required=True,
            synonyms=(
                "姓名",
                "人员姓名",
                "河长姓名",
                "林长姓名",
                "河长",
                "林长",
                "责任人",
                "护林员姓名",
                "巡河员姓名",
                "河湖长姓名",
            ),
            example="王建国",
            help=_("Two people may bear one name: their telephone numbers tell them apart."),
        ),
        Field(
            "unit",
            _("Unit"),
            synonyms=("单位", "所在单位", "工作单位", "单位名称", "任职单位"),
            example="大渡口镇人民政府",
            help=_("A unit that is not known yet is registered with the row."),
        ),
        Field(
            "division",
            _("Division"),
            synonyms=(
                "行政区划",
                "所属区划",
                "所在地",
                "所属行政区",
                "区划代码",
                "行政区划代码",
                "所在行政区",
            ),
            help=_("Name or code. Empty: by the unit or the area."),
        ),
        Field("township", _("Township"), synonyms=("乡镇", "镇", "所在乡镇", "乡镇街道", "镇(街道)", "街道")),
        Field(
            "village", _("Village"), synonyms=("村", "村社区", "行政村", "所在村", "村名", "社区", "村(社区)")
        ),
        Field(
            "post",
            _("Post"),
            synonyms=("职务", "担任职务", "河长职务", "林长职务", "河湖长职务", "岗位", "职责", "类型"),
            example="镇级河长",
            help=_("Name or code, local names too; with the level, or with the level beside it."),
        ),
        Field(
            "level",
            _("Level"),
            synonyms=("河长级别", "林长级别", "河湖长级别", "级别", "层级", "河长类型", "责任级别"),
            help=_("County, township, village …; needed when the post does not say it."),
        ),
        Field(
            "over",
            _("Answers for"),
            synonyms=(
                *(
                    "责任河段",
                    "负责范围",
                    "责任区",
                    "责任区域",
                    "责任河湖",
                    "责任林区",
                    "责任网格",
                    "负责河段",
                    "河段名称",
                ),
                *("管护区域", "责任范围", "包保河段", "网格名称", "负责区域"),
            ),
            example="白土河大渡口段、白土河杨墩段",
            help=_("Areas by name or code, several with commas; or a division. Empty: the whole division."),
        ),
        Field(
            "since",
            _("In office from"),
            synonyms=("任职时间", "任职日期", "任职起始", "开始时间", "上任时间", "起始日期", "聘用时间"),
            example="2024-03-05",
            help=_("2024-03-05, 2024.3, or a date of Excel. Empty: the day of the import."),
        ),
        Field(
            "until",
            _("In office until"),
            synonyms=("离任时间", "离任日期", "卸任时间", "结束时间", "截止日期", "到期时间"),
            help=_("The first day no longer in office. Empty: still in office."),
        ),
        Field(
            "phone",
            _("Work telephone"),
            synonyms=(
                "联系电话",
                "工作电话",
                "电话",
                "手机",
                "手机号",
                "手机号码",
                "联系方式",
                "办公电话",
                "移动电话",
            ),
            example="0566-7012345",
        ),
        Field(
            "username",
            _("Account"),
            synonyms=("登录名", "账号", "用户名", "开通账号", "登录账号"),
            example="是",
            help=_("Yes: one is made from the name in pinyin. Or the name it shall have. Empty: none."),
        ),
        Field(
            "basis",
            _("Appointed by"),
            synonyms=("任职文件", "任命文件", "文号", "依据"),
            example="东河〔2024〕3号",
        ),
    )

    def examples(self) -> Sequence[Mapping[str, Any]]:
        """A township chief, a village chief by level, a ranger who leaves, a clerk."""
        first = {each.name: each.example for each in self.fields if each.example}
        return [
            first,
            {
                "name": "李秀英",
                "unit": "杨墩村委会",
                "township": "大渡口镇",
                "village": "杨墩村",
                "post": "村党总支书记",
                "level": "村级河长",
                "over": "白土河杨墩段",
                "since": "2023年6月",
                "phone": "13900000001",
                "username": "是",
            },
            {
                "name": "张卫东",
                "township": "大渡口镇",
                "village": "杨墩村",
                "post": "护林员",
                "level": "村级",
                "over": "杨墩网格1、杨墩网格2",
                "since": "2022-01-01",
                "until": "2026-01-01",
                "phone": "13900000002",
            },
            {
                "name": "陈静",
                "unit": "大渡口镇河长办",
                "township": "大渡口镇",
                "post": "镇级河长办工作人员",
                "since": "2024-09-01",
                "phone": "0566-7012346",
                "username": "chenjing",
            },
        ]

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
        """People registered or mended, appointments made or ended, accounts opened: row by row."""
        rows: list[tuple[int, StaffRow]] = _rows(table, mapping, self.fields)
        plan = plan_staff(rows, by, at, None if write else progress)
        planned = [Done(row.row, row.did, row.somebody.name, row.somebody.code) for row in plan.rows]
        if not write or (plan.refused and not good_rows):
            return Report(planned, plan.refused, plan.notes)
        written = staff_write(plan.rows, by=by, at=at, good_rows=good_rows, progress=progress)
        refused = sorted([*plan.refused, *written.refused], key=lambda fault: fault.row)
        return Report(written.done or planned, refused, plan.notes)


@incoming_kind
class Units(Kind):
    """One row: a unit with its kind, place and office telephone."""

    key = "units"
    title = _("Units")
    text = _("Chiefs' offices, member units, committees and party branches.")
    group = "people"
    icon = "people"
    record = "organization"
    fields = (
        Field(
            "name",
            _("Name"),
            required=True,
            synonyms=("单位名称", "单位", "名称", "成员单位"),
            example="东至县水利局",
        ),
        Field(
            "kind",
            _("Kind"),
            synonyms=("单位类型", "类型", "类别", "性质"),
            example="成员单位",
            help=_("Chief's office, government, member unit, committee, party branch. Empty: by the name."),
        ),
        Field(
            "division",
            _("Division"),
            synonyms=("行政区划", "所在地", "区划代码", "所属区划", "乡镇", "行政区划代码"),
            example="东至县",
            help=_("Name or code. Empty: by the unit's name."),
        ),
        Field(
            "system",
            _("System"),
            synonyms=("体系", "制度", "河长制林长制"),
            help=_("River or forest. Empty: both."),
        ),
        Field("parent", _("Unit above"), synonyms=("上级单位", "主管单位")),
        Field(
            "phone",
            _("Office phone"),
            synonyms=("联系电话", "办公电话", "电话"),
            example="0566-7011234",
            help=_("Shown to everybody, also on signboards."),
        ),
        Field("code", _("Code"), synonyms=("编码", "单位编码", "代码"), help=_("Empty: made for you.")),
    )

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
        """Units registered; one that is there is left alone, or refused where its row says otherwise."""
        rows: list[tuple[int, UnitRow]] = _rows(table, mapping, self.fields)
        return take_units(rows, by=by, at=at, good_rows=good_rows, write=write, progress=progress)
