"""Patrols of a former system, out of a sheet or an archive of GPX files.

With a track a patrol is verified as if it came today. Without one it is kept as what it is, a record that
nobody can verify: its verdict is invalid for want of fixes, and it counts only where the policy
``patrol.untracked_counts`` says so. The same file again changes nothing: each record's uuid is made of what
it says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shanhe.evidence.patrols.former_rows import Books, Former, PersonFinder, former_read
from shanhe.evidence.patrols.judging import task_of
from shanhe.evidence.patrols.kerneltask import verify_all
from shanhe.evidence.patrols.looking import LookOnce
from shanhe.evidence.patrols.memory import TrackMemory
from shanhe.evidence.patrols.models import Patrol
from shanhe.evidence.patrols.services import Submission, patrol_submit, patrols_submit
from shanhe.evidence.patrols.services.readying import check_times, check_walked, make_ready
from shanhe.ground.incoming.kinds import SHEETS, Done, Fault, Field, Kind, Progress, Report, incoming_kind
from shanhe.ground.incoming.reading.tracks import FILE, FOLDER, OWN, TRACK
from shanhe.ground.incoming.staff.areas import AreaBook
from shanhe.ground.incoming.staff.cells import listed_in
from shanhe.ground.incoming.tables import Row, Table
from shanhe.ground.people.scope import Actor
from shanhe.kernel.errors import Refusal, Text, gettext_noop

__all__ = ["FormerPatrols"]

LOOKED_AT = 200  # rows whose areas and appointments are looked up together
WRITTEN = 50  # patrols of one transaction: a second or so of the database's one writer
#: Fields of the services' refusals, and the sheet's where they are called otherwise.
FIELDS = {"for": "person", "started_at": "started", "ended_at": "ended", "track.t": "started"}


@dataclass(slots=True)
class _Plan:
    """What would become of a file: records that are new, those that are there, faults and remarks."""

    new: list[Former]
    there: list[Done]
    refused: list[Fault]
    notes: list[Fault]


@incoming_kind
class FormerPatrols(Kind):
    """One row: an outing with person, area, start and end; or a GPX file."""

    key = "patrols"
    title = _("Patrols of a former system")
    text = _(
        "A sheet with a row for each patrol, or a .zip of GPX files with or without a list. With a track a "
        "patrol is verified; without one it is kept, and does not count unless a rule says so."
    )
    group = "patrols"
    icon = "patrol"
    record = "patrol"
    in_parts = True
    reads = OWN
    formats = (*SHEETS, ".zip", ".gpx")
    fields = (
        Field(
            "person",
            _("Who went"),
            synonyms=(
                *("姓名", "巡查人", "巡河人", "巡河员", "巡查人员", "巡护人员", "河长姓名", "林长姓名"),
                *("河长", "林长", "巡河人员", "person", "name"),
            ),
            example="李秀英",
            help=_("Or the telephone number, or the account. For GPX files also a name in the file's path."),
        ),
        Field(
            "phone",
            _("Work telephone"),
            synonyms=("联系电话", "电话", "手机", "手机号", "手机号码", "phone"),
            example="13900000001",
        ),
        Field("username", _("Account"), synonyms=("登录名", "账号", "用户名", "login", "username")),
        Field(
            "area",
            _("Area"),
            synonyms=(
                *("责任河段", "河段", "河段名称", "责任区", "河道名称", "河流名称", "巡查河段", "巡河河段"),
                *("网格", "巡护区域", "巡查区域", "area"),
            ),
            example="白土河杨墩段",
            help=_(
                "Name or code, several separated by commas. Empty with a track: the area that was walked."
            ),
        ),
        Field(
            "day",
            _("Day"),
            synonyms=("日期", "巡查日期", "巡河日期", "巡护日期", "巡查时间", "巡河时间", "date"),
            help=_("When start and end have only a time of day."),
        ),
        Field(
            "started",
            pgettext_lazy("patrol", "Start"),
            synonyms=("开始时间", "起始时间", "巡查开始时间", "巡河开始时间", "started", "start"),
            example="2025-03-05 08:30",
        ),
        Field(
            "ended",
            pgettext_lazy("patrol", "End"),
            synonyms=("结束时间", "终止时间", "巡查结束时间", "巡河结束时间", "ended", "end"),
            example="2025-03-05 09:40",
        ),
        Field(
            "minutes",
            _("Duration in minutes"),
            synonyms=("时长", "巡查时长", "巡河时长", "用时", "巡河用时", "minutes", "duration"),
        ),
        Field(
            "distance",
            pgettext_lazy("patrol", "Distance"),
            synonyms=("里程", "巡查里程", "巡河里程", "距离", "公里数", "巡河距离", "distance"),
            example="2.3公里",
            help=_("As the former system says; nobody has verified it."),
        ),
        Field(
            "result",
            pgettext_lazy("patrol", "Result"),
            synonyms=("巡查结果", "巡河结果", "结果", "是否发现问题", "巡查情况", "result"),
            example="正常",
        ),
        Field(
            "note",
            _("Note"),
            synonyms=("备注", "问题描述", "巡查记录", "巡河记录", "情况说明", "note"),
            example="水面清洁",
        ),
        Field("number", _("Number"), synonyms=("编号", "记录编号", "巡查编号", "巡河编号", "id")),
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
        """Records taken in by the services of patrols, some dozens a transaction."""
        plan = _planned(table, mapping, by, at, None if write else progress)
        done = [*plan.there, *(Done(each.row, "create", _told(each)) for each in plan.new)]
        report = Report(sorted(done, key=lambda one: one.row), plan.refused, plan.notes)
        if write and (good_rows or not plan.refused):
            _write(plan.new, by, at, report, progress)
        return report


def _told(former: Former) -> str:
    """Who and when, as a list of rows shows a record."""
    moment = timezone.localtime(former.started_at, timezone.get_default_timezone())
    return f"{former.person.name} {moment:%Y-%m-%d %H:%M}"


def _planned(
    table: Table, mapping: Mapping[str, str], by: Actor, at: datetime, progress: Progress | None
) -> _Plan:
    """What would become of every row; nothing is written."""
    rows = [(row, _texts(row, mapping)) for row in table.rows]
    books = _books(rows, mapping, by)
    plan = _Plan([], [], [], [])
    first: dict[Any, int] = {}
    for begin in range(0, len(rows), LOOKED_AT):
        some = [_read(row, texts, books, plan) for row, texts in rows[begin : begin + LOOKED_AT]]
        read = [each for each in some if each is not None and _is_first(each, first, plan)]
        _sort_out(read, by, at, plan)
        if progress is not None:
            progress(min(begin + LOOKED_AT, len(rows)), len(rows))
    plan.refused.sort(key=lambda fault: fault.row)
    return plan


def _texts(row: Row, mapping: Mapping[str, str]) -> dict[str, str]:
    return {name: row.text(column) for name, column in mapping.items() if column}


def _books(rows: Sequence[tuple[Row, Mapping[str, str]]], mapping: Mapping[str, str], by: Actor) -> Books:
    texts = [each for _row, each in rows]
    areas = {word for each in texts for word in listed_in(each.get("area", ""))}
    paths = {path for row, _texts in rows if (path := _path(row))}
    unit = mapping.get("distance", "").lower()
    metres = ("米" in unit and "千米" not in unit) or "(m)" in unit or "（m）" in unit
    return Books(PersonFinder(by.scope, texts, paths), AreaBook(by.scope, areas), metres)


def _path(row: Row) -> str:
    """The track's folders and name; "" for a row of a sheet."""
    return (
        "/".join(part for part in (row.text(FOLDER), row.text(FILE)) if part) if row.cells.get(TRACK) else ""
    )


def _read(row: Row, texts: Mapping[str, str], books: Books, plan: _Plan) -> Former | None:
    if row.problem is not None:
        plan.refused.append(Fault(row.number, "", row.problem))
        return None
    if not any(texts.values()) and not row.cells.get(TRACK):
        return None
    packed = row.cells.get(TRACK)
    content = str(packed[0]) if isinstance(packed, list) and packed else ""
    former, faults = former_read(row.number, texts, books, content, _path(row))
    plan.refused += [Fault(row.number, name, why) for name, why in faults.items()]
    return former


def _is_first(former: Former, first: dict[Any, int], plan: _Plan) -> bool:
    earlier = first.setdefault(former.uuid, former.row)
    if earlier == former.row:
        return True
    reason = Text(gettext_noop("The same record stands in row %(row)s."), {"row": earlier})
    plan.refused.append(Fault(former.row, "", reason))
    return False


def _sort_out(read: Sequence[Former], by: Actor, at: datetime, plan: _Plan) -> None:
    """Which records are there, which may come in, and what keeps the others out."""
    known = dict(
        Patrol.objects.filter(uuid__in=[each.uuid for each in read]).values_list("uuid", "content_sha256")
    )
    ids = dict(Patrol.objects.filter(uuid__in=known).values_list("uuid", "pk"))
    look = _look([each for each in read if each.uuid not in known])
    for each in read:
        if each.uuid in known:
            _compare(each, known[each.uuid], ids[each.uuid], plan)
            continue
        try:
            _check(each, by, at, look)
        except Refusal as refusal:
            plan.refused += _faults(each, refusal)
            continue
        if not each.packed:
            reason = Text(gettext_noop("Without a track it cannot be verified and does not count by itself."))
            plan.notes.append(Fault(each.row, "", reason, "patrol.untracked"))
        plan.new.append(each)


def _compare(each: Former, there: str, pk: int, plan: _Plan) -> None:
    if there == each.content_sha256:
        plan.there.append(Done(each.row, "unchanged", _told(each), str(pk)))
        return
    reason = Text(gettext_noop("This patrol is there with other words; what is there is not overwritten."))
    plan.refused.append(Fault(each.row, "note", reason, "patrol.uuid_taken"))


def _look(records: Sequence[Former]) -> LookOnce:
    codes: dict[date, set[str]] = {}
    for each in records:
        day = timezone.localtime(each.started_at, timezone.get_default_timezone()).date()
        codes.setdefault(day, set()).update(area.code for area in each.areas)
    people = {each.person.pk for each in records}
    return LookOnce(people, dict(codes), TrackMemory())


def _check(each: Former, by: Actor, at: datetime, look: LookOnce) -> None:
    """Refusal when the services would not take the record; also when no area is named and none was walked."""
    sent = each.sent()
    check_times(sent, at)
    ready = make_ready(sent, by, look)
    if not sent.areas:
        check_walked(verify_all(task_of(ready.cases, sent.track, ())))


def _faults(each: Former, refusal: Refusal) -> list[Fault]:
    fields = refusal.fields or {"": refusal.message}
    return [Fault(each.row, FIELDS.get(name, name), why, refusal.code) for name, why in fields.items()]


def _write(new: Sequence[Former], by: Actor, at: datetime, report: Report, progress: Progress | None) -> None:
    """Take the records in, the oldest first; ``report`` has what became of each instead of the forecast."""
    memory = TrackMemory()
    ordered = sorted(new, key=lambda each: (each.started_at, each.row))
    done = [one for one in report.done if one.did != "create"]
    for batch in _batches(ordered):
        done += _taken(batch, by, at, memory, report)
        if progress is not None:
            progress(len(done), len(report.done))
    report.done = sorted(done, key=lambda one: one.row)
    report.refused.sort(key=lambda fault: fault.row)


def _batches(records: Sequence[Former]) -> Iterator[Sequence[Former]]:
    for begin in range(0, len(records), WRITTEN):
        yield records[begin : begin + WRITTEN]


def _taken(
    batch: Sequence[Former], by: Actor, at: datetime, memory: TrackMemory, report: Report
) -> list[Done]:
    """All of a batch at once; when one of them is refused after all, each by itself."""
    try:
        submissions = [Submission(each.sent(), by, at) for each in batch]
        patrols = [patrol for patrol, _is_new in patrols_submit(submissions=submissions, memory=memory)]
        return [_done(each, patrol) for each, patrol in zip(batch, patrols, strict=True)]
    except Refusal:
        return [done for each in batch for done in _alone(each, by, at, report)]


def _alone(each: Former, by: Actor, at: datetime, report: Report) -> list[Done]:
    try:
        patrol, _is_new = patrol_submit(sent=each.sent(), by=by, at=at)
    except Refusal as refusal:
        report.refused += _faults(each, refusal)
        return []
    return [_done(each, patrol)]


def _done(each: Former, patrol: Patrol) -> Done:
    return Done(each.row, "create", _told(each), str(patrol.pk))
