"""How the reading process hands a table over: a folder with JSON and the shapes' bytes, nothing that runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from shanhe.ground.incoming.tables import Row, Table
from shanhe.kernel.errors import Text

__all__ = ["table_read", "table_write"]

_HEAD, _ROWS, _SHAPES, _ENDS = "table.json", "rows.json", "shapes.wkb", "ends.npy"
_FACTS = ("sheet", "crs", "crs_name", "crs_given", "head_row")


def table_write(table: Table, folder: Path) -> None:
    """Put a table into a folder."""
    lengths = [len(row.wkb) if row.wkb is not None else 0 for row in table.rows]
    np.save(folder / _ENDS, np.cumsum(np.array(lengths, np.int64)))
    with (folder / _SHAPES).open("wb") as out:
        for row in table.rows:
            out.write(row.wkb or b"")
    head = {name: getattr(table, name) for name in _FACTS} | {
        "columns": table.columns,
        "sheets": table.sheets,
        "notes": [_told(note) for note in table.notes],
        "rows": len(table.rows),
    }
    (folder / _HEAD).write_text(json.dumps(head, ensure_ascii=True), "utf-8")
    with (folder / _ROWS).open("w", encoding="utf-8") as out:
        for row in table.rows:
            cells = [row.cells.get(column) for column in table.columns]
            problem = _told(row.problem) if row.problem else None
            out.write(json.dumps([row.number, problem, cells]) + "\n")


def table_read(folder: Path) -> Table:
    """The table of a folder that ``table_write`` filled."""
    head = json.loads((folder / _HEAD).read_text("utf-8"))
    columns = tuple(head["columns"])
    ends = np.load(folder / _ENDS, allow_pickle=False)
    shapes = (folder / _SHAPES).read_bytes()
    rows: list[Row] = []
    begin = 0
    with (folder / _ROWS).open(encoding="utf-8") as lines:
        for line, end in zip(lines, ends.tolist(), strict=True):
            number, problem, cells = json.loads(line)
            wkb = shapes[begin:end] if end > begin else None
            rows.append(Row(number, dict(zip(columns, cells, strict=True)), wkb, _heard(problem)))
            begin = end
    facts = {name: head[name] for name in _FACTS}
    notes = tuple(Text(msgid, params) for msgid, params in head["notes"])
    return Table(columns, rows, sheets=tuple(head["sheets"]), notes=notes, **facts)


def _told(text: Text) -> list[Any]:
    return [text.msgid, {name: str(value) for name, value in text.params.items()}]


def _heard(told: list[Any] | None) -> Text | None:
    return None if told is None else Text(told[0], told[1])
