"""Files that offices bring: received, read, matched, taken in or withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction

from shanhe.ground.audit import ledger
from shanhe.ground.incoming import room
from shanhe.ground.incoming.flow import FLOW
from shanhe.ground.incoming.kinds import Kind, Progress, Report, kind_of
from shanhe.ground.incoming.matching import fields_asked, guess, mapping_checked, with_same
from shanhe.ground.incoming.models import Incoming
from shanhe.ground.incoming.placing import placed
from shanhe.ground.incoming.queries import mapping_remembered
from shanhe.ground.incoming.reading.child import read_into
from shanhe.ground.incoming.reading.coordinates import crs_checked
from shanhe.ground.incoming.reading.formats import ending_of
from shanhe.ground.incoming.reading.options import MOST_BYTES, Limits, Options
from shanhe.ground.incoming.reports import refusal_told, report_told, text_told
from shanhe.ground.incoming.tables import Table
from shanhe.ground.jobs.models import Job
from shanhe.ground.jobs.services import job_start
from shanhe.ground.people.scope import Actor
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = [
    "MATCH",
    "READ",
    "TAKE",
    "incoming_ask",
    "incoming_finish",
    "incoming_match",
    "incoming_read",
    "incoming_receive",
    "incoming_return",
    "incoming_take",
    "incoming_withdraw",
    "incomings_sweep",
    "table_taken",
]

READ, MATCH, TAKE = "incoming.read", "incoming.match", "incoming.take"  # kinds of jobs
SAMPLES = 3  # values of each column that the matching page shows
SAMPLE_LENGTH = 60


def check_may(kind: Kind, by: Actor) -> None:
    """Refusal ``incoming.not_yours`` (403) unless the actor may bring records of this kind."""
    if not kind.may(by.scope):
        message = _("Only the office that keeps the records brings such files.")
        raise Refusal("incoming.not_yours", message, status=403)


@ledger.atomic
def incoming_receive(*, kind: str, name: str, pieces: Iterable[bytes], by: Actor, at: datetime) -> Incoming:
    """Keep a file that is called ``name`` for records of a kind; nothing is read yet.

    Refusals: ``incoming.kind``, ``incoming.not_yours``, ``incoming.format``, ``incoming.empty``,
    ``incoming.large``.
    """
    one = kind_of(kind)
    check_may(one, by)
    _check_format(one, name)
    incoming = Incoming(kind=kind, name=_plain(name), created_by_id=by.user_id or 0, created_at=at)
    try:
        incoming.size, incoming.sha256 = room.keep(incoming.uuid, _bounded(pieces))
        if not incoming.size:
            message = _("The file is empty.")
            raise Refusal("incoming.empty", message, {"file": message})
        incoming.save(force_insert=True)
    except BaseException:
        room.clear(incoming.uuid)
        raise
    ledger.record(
        "incoming.receive", incoming, by=by, at=at, kind=kind, size=incoming.size, sha256=incoming.sha256
    )
    return incoming


def _plain(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[-200:]


def _check_format(kind: Kind, name: str) -> None:
    ending = ending_of(name)
    if not ending.endswith(tuple(kind.formats)):
        message = _("For this kind, bring one of %(kinds)s.")
        raise Refusal("incoming.format", message, {"file": message}, kinds=", ".join(kind.formats))


def _bounded(pieces: Iterable[bytes]) -> Iterable[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > MOST_BYTES:
            message = _("The file has more than %(most)s MB; divide it.")
            most = MOST_BYTES // 1_048_576
            raise Refusal("incoming.large", message, {"file": message}, status=413, most=most)
        yield piece


def incoming_read(
    *,
    incoming: Incoming,
    by: Actor,
    at: datetime,
    sheet: str = "",
    crs: str = "",
    datum: str = "wgs84",
    limits: Limits | None = None,
) -> Incoming:
    """Open the file at arm's length and guess which column is which field; may be done again otherwise.

    ``sheet``: sheet or layer, the first without one; ``crs``: where the file does not say its own. The first
    time, a file that cannot be read ends here as refused, with the Refusal raised; later its state stays.
    """
    FLOW.step(incoming, "read", by, at)
    kind = kind_of(incoming.kind)
    try:
        options = Options(sheet, crs_checked(crs), datum, _words(kind))
        folder = room.table_folder(incoming.uuid)
        read_into(folder, room.source(incoming.uuid), incoming.name, options, limits)
    except Refusal as refusal:
        _refuse_first(incoming, refusal, by, at)
        raise
    return _read(incoming, kind, options, by, at)


def _words(kind: Kind) -> tuple[str, ...]:
    """What columns of the kind may be called: it finds the head of a sheet."""
    asked = fields_asked(kind, has_shapes=False)
    return tuple(word for each in asked for word in (each.name, str(each.label), *each.synonyms))


@ledger.atomic
def _refuse_first(incoming: Incoming, refusal: Refusal, by: Actor, at: datetime) -> None:
    if incoming.state != Incoming.State.RECEIVED or refusal.code == "incoming.crs":
        return
    if refusal.code == "incoming.crs_needed":
        # Not the end: the page asks for it, with what the numbers look like.
        incoming.found = {"crs_like": str(refusal.message.params.get("crs", ""))}
        incoming.report = refusal_told(refusal)
        incoming.save(update_fields=["found", "report"])
        return
    _move(incoming, "refuse", by, at, report=refusal_told(refusal), ended_at=at)
    ledger.record("incoming.refuse", incoming, by=by, at=at, reason=refusal.code)
    transaction.on_commit(partial(room.clear, incoming.uuid))


@ledger.atomic
def _read(incoming: Incoming, kind: Kind, options: Options, by: Actor, at: datetime) -> Incoming:
    table = room.table(incoming.uuid)
    fields = fields_asked(kind, has_shapes=table.has_shapes)
    remembered = mapping_remembered(by.user_id, incoming.kind, table.columns)
    _move(
        incoming,
        "read",
        by,
        at,
        sheet=table.sheet[:200],
        crs=options.crs,
        datum=options.datum,
        found=_found(table),
        mapping=guess(table.columns, fields, remembered),
        report={},
    )
    ledger.record("incoming.read", incoming, by=by, at=at, records=len(table))
    return incoming


def _found(table: Table) -> dict[str, Any]:
    """What the matching page shows of a table."""
    samples = {column: _samples(table, column) for column in table.columns}
    shapes: dict[str, int] = {}
    for row in table.rows:
        if row.wkb is not None:
            name = _SHAPES.get(row.wkb[1] if row.wkb[0] else row.wkb[4], "other")
            shapes[name] = shapes.get(name, 0) + 1
    return {
        "columns": list(table.columns),
        "samples": samples,
        "sheets": list(table.sheets),
        "rows": len(table),
        "shapes": shapes,
        "has_shapes": table.has_shapes,
        "crs": table.crs,
        "crs_name": table.crs_name,
        "crs_given": table.crs_given,
        "head_row": table.head_row,
        "notes": [text_told(note) for note in table.notes],
    }


#: By the last byte of WKB's type.
_SHAPES = {1: "point", 2: "line", 3: "polygon", 4: "point", 5: "line", 6: "polygon"}


def _samples(table: Table, column: str) -> list[str]:
    found: dict[str, None] = {}
    for row in table.rows[:200]:
        word = row.text(column)
        if word:
            found[word[:SAMPLE_LENGTH]] = None
        if len(found) == SAMPLES:
            break
    return list(found)


def table_taken(
    *,
    kind: Kind,
    table: Table,
    mapping: Mapping[str, str],
    by: Actor,
    at: datetime,
    crs: str = "",
    datum: str = "wgs84",
    good_rows: bool = False,
    write: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Take a table's rows as records of a kind; the one way in for pages and the command line.

    Coordinates in columns become shapes (``crs``, ``datum``: see ``placed``). One refused row refuses all
    unless ``good_rows``; without ``write`` nothing is written. See ``Kind.take``.
    """
    check_may(kind, by)
    there, faults = placed(with_same(table, mapping), mapping, crs=crs, datum=datum)
    bad = {fault.row for fault in faults}
    if bad:
        there = replace(there, rows=[row for row in there.rows if row.number not in bad])
    report = kind.take(
        there,
        {name: column for name, column in mapping.items() if name not in {"lon", "lat", "wkt"}},
        by=by,
        at=at,
        good_rows=good_rows,
        write=write and (good_rows or not bad),
        progress=progress,
    )
    report.written = write and (good_rows or not (bad or report.refused))
    report.refused = sorted([*faults, *report.refused], key=lambda fault: fault.row)
    return report


def incoming_match(
    *,
    incoming: Incoming,
    mapping: Mapping[str, str],
    by: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> Report:
    """Say which column is which field, and see what would become of each row; nothing is taken in yet."""
    FLOW.step(incoming, "match", by, at)
    kind = kind_of(incoming.kind)
    fields = fields_asked(kind, has_shapes=incoming.found["has_shapes"])
    checked = mapping_checked(mapping, incoming.found["columns"], fields)
    table = room.table(incoming.uuid)
    report = _taken(incoming, kind, table, checked, by, at, write=False, progress=progress)
    _matched(incoming, checked, report_told(report, table, checked), report, by, at)
    return report


def _taken(
    incoming: Incoming,
    kind: Kind,
    table: Table,
    mapping: Mapping[str, str],
    by: Actor,
    at: datetime,
    **how: Any,
) -> Report:
    return table_taken(
        kind=kind, table=table, mapping=mapping, by=by, at=at, crs=incoming.crs, datum=incoming.datum, **how
    )


@ledger.atomic
def _matched(
    incoming: Incoming,
    mapping: Mapping[str, str],
    told: Mapping[str, Any],
    report: Report,
    by: Actor,
    at: datetime,
) -> None:
    _move(incoming, "match", by, at, mapping=dict(mapping), report=dict(told))
    ledger.record("incoming.match", incoming, by=by, at=at, counts=report.counts)


@ledger.atomic
def incoming_ask(*, incoming: Incoming, work: str, params: Mapping[str, Any], by: Actor, at: datetime) -> Job:
    """Have a large file read (``READ``) or matched (``MATCH``) by a worker; ``params``: what is asked."""
    FLOW.step(incoming, "read" if work == READ else "match", by, at)
    job = job_start(kind=work, params={"incoming": str(incoming.uuid), **params}, by=by, at=at)
    Incoming.objects.filter(pk=incoming.pk).update(job=job)
    incoming.job = job
    ledger.record("incoming.ask", incoming, by=by, at=at, kind=work)
    return job


@ledger.atomic
def incoming_take(*, incoming: Incoming, good_rows: bool, by: Actor, at: datetime) -> Job:
    """Take the matched rows in, all of them or (``good_rows``) the good ones; a worker does it.

    Refusals: ``incoming.faults`` when rows are faulty and the good ones were not asked for;
    ``incoming.nothing`` when no row could go in.
    """
    check_may(kind_of(incoming.kind), by)
    FLOW.step(incoming, "take", by, at)
    counts = incoming.report.get("counts", {})
    if counts.get("refused") and not good_rows:
        message = _("%(n)s rows are faulty: mend the file, or take only the good rows.")
        raise Refusal("incoming.faults", message, {"good_rows": message}, n=counts["refused"])
    if not counts.get("created") and not counts.get("updated"):
        message = _("There is nothing to take in: no row is new or different.")
        raise Refusal("incoming.nothing", message)
    _move(incoming, "take", by, at, good_rows=good_rows)
    job = job_start(kind=TAKE, params={"incoming": str(incoming.uuid)}, by=by, at=at)
    incoming.job = job
    incoming.save(update_fields=["job"])
    ledger.record("incoming.take", incoming, by=by, at=at, good_rows=good_rows)
    return job


def incoming_finish(
    *, incoming: Incoming, by: Actor, at: datetime, progress: Progress | None = None
) -> Report:
    """Write what was matched, in one transaction with the report; for the worker.

    A kind that is taken in parts ends its own transactions; what it has written when the work fails stays,
    and is found unchanged the next time. Refusal ``incoming.changed`` when rows are faulty now that were not
    when they were looked at.
    """
    FLOW.step(incoming, "finish", by, at)
    kind = kind_of(incoming.kind)
    if kind.in_parts:
        return _finish(incoming, kind, by, at, progress)
    with ledger.atomic():
        return _finish(incoming, kind, by, at, progress)


def _finish(incoming: Incoming, kind: Kind, by: Actor, at: datetime, progress: Progress | None) -> Report:
    table = room.table(incoming.uuid)
    good_rows = incoming.good_rows
    report = _taken(incoming, kind, table, incoming.mapping, by, at, good_rows=good_rows, progress=progress)
    if report.refused and not incoming.good_rows:
        message = _(
            "The records have changed meanwhile: some rows are faulty now. Look at the preview again."
        )
        raise Refusal("incoming.changed", message, status=409)
    told = report_told(report, table, incoming.mapping)
    with ledger.atomic():
        _move(incoming, "finish", by, at, report=told, ended_at=at)
        ledger.record("incoming.finish", incoming, by=by, at=at, counts=report.counts)
    return report


@ledger.atomic
def incoming_return(*, incoming: Incoming, by: Actor, at: datetime) -> Incoming:
    """Back to the preview, after the work failed; nothing was written."""
    _move(incoming, "return", by, at)
    ledger.record("incoming.return", incoming, by=by, at=at)
    return incoming


@ledger.atomic
def incoming_withdraw(*, incoming: Incoming, by: Actor, at: datetime) -> Incoming:
    """Give up a file that was not taken in; its bytes are deleted."""
    _move(incoming, "withdraw", by, at, ended_at=at)
    ledger.record("incoming.withdraw", incoming, by=by, at=at)
    transaction.on_commit(partial(room.clear, incoming.uuid))
    return incoming


@ledger.atomic
def incomings_sweep(*, before: datetime, by: Actor | None, at: datetime) -> int:
    """Delete what was brought before a moment, file and record; how many. The ledger keeps that it was."""
    old = list(Incoming.objects.filter(created_at__lt=before).exclude(state=Incoming.State.TAKING))
    for incoming in old:
        ledger.record("incoming.sweep", incoming, by=by, at=at)
        transaction.on_commit(partial(room.clear, incoming.uuid))
    Incoming.objects.filter(pk__in=[incoming.pk for incoming in old]).delete()
    return len(old)


def _move(incoming: Incoming, action: str, by: Actor, at: datetime, **changes: Any) -> None:
    """One step of the flow, claimed by a conditional update: of two at once, one is told so."""
    step = FLOW.step(incoming, action, by, at)
    here = Incoming.objects.filter(pk=incoming.pk, state=step.source)
    if not here.update(state=step.target, **changes):
        message = _("Somebody has gone on with this file meanwhile.")
        raise Refusal("incoming.moved_on", message, status=409)
    incoming.state = step.target
    for name, value in changes.items():
        setattr(incoming, name, value)
