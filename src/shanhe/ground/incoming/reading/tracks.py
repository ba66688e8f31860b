"""Tracks of a former system: GPX files, alone or many in an archive, with or without a list beside them.

One row a track: its file, first and last moment, number of fixes, and the fixes themselves as the kernel's
codec packs them, in the column ``GPX``. A list (csv or xlsx) in the archive gives the row its columns, found
by the name of the file.
"""

from __future__ import annotations

import base64
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path, PurePosixPath

from shanhe.ground.incoming.reading.archives import member_name, opened, unpack
from shanhe.ground.incoming.reading.options import Limits, Options
from shanhe.ground.incoming.reading.refusals import broken, empty, too_many_rows
from shanhe.ground.incoming.reading.sheets import read_csv, read_workbook
from shanhe.ground.incoming.tables import Cell, Row, Table
from shanhe.kernel.errors import Refusal, Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["FILE", "FOLDER", "OWN", "TRACK", "read_gpx", "read_gpx_zip"]

TRACK = "GPX"  # the column of the fixes: a list of one text, base64 of the codec's bytes
FILE, FOLDER, BEGUN, ENDED, FIXES = "文件", "文件夹", "轨迹开始", "轨迹结束", "轨迹点数"
OWN = (FILE, FOLDER, BEGUN, ENDED, FIXES, TRACK)
MOST_TRACKS = 50_000
MOST_BYTES = 16 * 1024 * 1024  # of one track
SHANGHAI = timezone(timedelta(hours=8))
#: What a list may call the column that names the track's file.
NAMED_IN = frozenset(
    {"file", "filename", "gpx", "文件", "文件名", "轨迹", "轨迹文件", "轨迹文件名", "gpx文件"}
)


def read_gpx(path: Path, options: Options, limits: Limits) -> Table:
    """A single GPX file as a table of one row."""
    return _table([_row(1, PurePosixPath(path.name), path.read_bytes(), {})], ())


def read_gpx_zip(path: Path, options: Options, limits: Limits) -> Table:
    """Every GPX file of an archive, in the order of its list, else of their names."""
    limits = replace(limits, members=MOST_TRACKS + 10)
    with opened(path, limits) as (archive, infos), tempfile.TemporaryDirectory() as room:
        tracks = {_path(info): info for info in infos if info.filename.lower().endswith(".gpx")}
        if len(tracks) > MOST_TRACKS:
            raise too_many_rows(MOST_TRACKS)
        listed = _list(archive, infos, Path(room), options, limits)
        if listed is None:
            return _table(list(_unlisted(archive, tracks)), ())
        return _table(list(_listed(archive, tracks, listed)), listed.columns, listed.sheets)


def _path(info: zipfile.ZipInfo) -> PurePosixPath:
    """Where a member lies, its name as its maker wrote it."""
    name = info.filename.replace("\\", "/")
    if not info.flag_bits & 0x800 and not name.isascii():
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("gb18030")
    return PurePosixPath(name)


def _list(
    archive: zipfile.ZipFile, infos: list[zipfile.ZipInfo], room: Path, options: Options, limits: Limits
) -> Table | None:
    """The list in the archive, if it has one: the first csv or xlsx that is no system's rubbish."""
    readers = {".csv": read_csv, ".xlsx": read_workbook, ".xls": read_workbook}
    for info in sorted(infos, key=lambda info: info.filename):
        name = member_name(info)
        ending = PurePosixPath(name.lower()).suffix
        if ending in readers and not name.startswith((".", "~")):
            words = (*options.words, *NAMED_IN)
            file = unpack(archive, info, room / f"list{ending}", limits)
            return readers[ending](file, replace(options, words=words), limits)
    return None


def _unlisted(archive: zipfile.ZipFile, tracks: Mapping[PurePosixPath, zipfile.ZipInfo]) -> Iterator[Row]:
    for number, (path, info) in enumerate(sorted(tracks.items()), 1):
        yield _row(number, path, _bytes(archive, info), {})


def _listed(
    archive: zipfile.ZipFile, tracks: Mapping[PurePosixPath, zipfile.ZipInfo], listed: Table
) -> Iterator[Row]:
    """The list's rows with their tracks; tracks that the list does not name come behind them."""
    column = _column(listed, tracks)
    by_name = {key: path for path in tracks for key in _keys(str(path))}
    used: set[PurePosixPath] = set()
    for row in listed.rows:
        path = next((by_name[key] for key in _keys(row.text(column)) if key in by_name), None)
        if path is None:
            problem = Text(_("The archive has no track %(name)s."), {"name": row.text(column) or "“”"})
            yield Row(row.number, dict(row.cells), None, problem if row.text(column) else None)
            continue
        used.add(path)
        yield _row(row.number, path, _bytes(archive, tracks[path]), row.cells)
    last = max((row.number for row in listed.rows), default=0)
    for number, path in enumerate(sorted(set(tracks) - used), last + 1):
        yield _row(number, path, _bytes(archive, tracks[path]), {})


def _column(listed: Table, tracks: Mapping[PurePosixPath, zipfile.ZipInfo]) -> str:
    """The column that names the files: by what it is called, else the one that names most of them."""
    for column in listed.columns:
        if "".join(column.lower().split()) in NAMED_IN:
            return column
    known = {key for path in tracks for key in _keys(str(path))}
    found = {
        column: sum(any(key in known for key in _keys(row.text(column))) for row in listed.rows)
        for column in listed.columns
    }
    best = max(found, key=lambda column: found[column])
    if not found[best]:
        message = _("The list in the archive has no column that names the tracks' files.")
        raise Refusal("incoming.list", message, {"file": message})
    return best


def _keys(name: str) -> list[str]:
    """How a list may write a file: with its folders or without, with its ending or without."""
    path = PurePosixPath(name.strip().replace("\\", "/").lower())
    return [
        str(path),
        str(path.with_suffix("")) if path.suffix == ".gpx" else str(path),
        path.name,
        path.stem,
    ]


def _bytes(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as member:
        return member.read(MOST_BYTES + 1)


def _row(number: int, path: PurePosixPath, content: bytes, cells: Mapping[str, Cell]) -> Row:
    """A track as a row; why it cannot be read is the row's problem, not the file's."""
    from shanhe.kernel.tracks.codec import encode
    from shanhe.kernel.tracks.formats import read_track

    folder = "" if str(path.parent) == "." else str(path.parent)
    own: dict[str, Cell] = {**cells, FILE: path.name, FOLDER: folder}
    if len(content) > MOST_BYTES:
        return Row(number, own, None, Text(_("The track has more than %(most)s MB."), {"most": "16"}))
    try:
        track = read_track("track.gpx", content)
    except Refusal as refusal:
        return Row(number, own, None, next(iter(refusal.fields.values()), refusal.message))
    if not len(track):
        return Row(number, own, None, Text(_("The track has no fixes.")))
    own |= {
        BEGUN: _moment(int(track.t_ms.min())),
        ENDED: _moment(int(track.t_ms.max())),
        FIXES: len(track),
        TRACK: [base64.b64encode(encode(track)).decode()],
    }
    return Row(number, own)


def _moment(t_ms: int) -> str:
    """In the office's zone, as sheets write moments."""
    moment = datetime.fromtimestamp(t_ms / 1000, UTC).astimezone(SHANGHAI)
    return moment.replace(tzinfo=None, microsecond=0).isoformat()


def _table(rows: list[Row], listed: tuple[str, ...], sheets: tuple[str, ...] = ()) -> Table:
    if not rows:
        raise empty()
    if all(row.problem is not None for row in rows) and len(rows) == 1 and not listed:
        raise broken()
    columns = (*(column for column in listed if column not in OWN), *OWN)
    found = sum(bool(row.cells.get(TRACK)) for row in rows)
    told = Text(
        _(
            "%(count)s tracks. Who went is found by the names of folders and files, the area by what was "
            "walked, unless a list in the archive says it."
        ),
        {"count": found},
    )
    return Table(columns, rows, sheets=sheets, notes=(told,))
