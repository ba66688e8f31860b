"""In which encoding the texts of a DBF stand: what it says of itself is often wrong, so one looks."""

from __future__ import annotations

from pathlib import Path

__all__ = ["encoding_of"]

HEAD, FIELD = 32, 32  # bytes
LOOKED_AT = 4 * 1024 * 1024


def encoding_of(dbf: Path) -> str:
    """ "UTF-8" or "GB18030" (which holds GBK), by the texts themselves and the names of the columns.

    A .cpg or a language byte that fits the texts equally well decides; without either UTF-8 does.
    """
    with dbf.open("rb") as file:
        content = file.read(LOOKED_AT)
    utf8, gbk = 0, 0
    for text in _texts(content):
        utf8 += not _reads(text, "utf-8")
        gbk += not _reads(text, "gb18030")
    if utf8 != gbk:
        return "UTF-8" if utf8 < gbk else "GB18030"
    said = dbf.with_suffix(".cpg")
    word = said.read_bytes()[:64].decode("ascii", "ignore").strip().upper() if said.exists() else ""
    is_gbk = word in {"GBK", "GB2312", "GB18030", "936", "CP936"} or (not word and content[29:30] == b"\x4d")
    return "GB18030" if is_gbk else "UTF-8"


def _texts(content: bytes) -> list[bytes]:
    """Names of columns and values of text columns that are not plain ASCII, without their filling."""
    if len(content) < HEAD + 1:
        return []
    begins = int.from_bytes(content[8:10], "little")
    length = int.from_bytes(content[10:12], "little")
    names, spans, at = [], [], 1
    for start in range(HEAD, min(begins, len(content)) - FIELD, FIELD):
        field = content[start : start + FIELD]
        if field[:1] == b"\x0d":
            break
        names.append(field[:11].split(b"\x00")[0])
        if field[11:12] == b"C":
            spans.append((at, at + field[16]))
        at += field[16]
    found = names
    if length > 0:
        for record in range(begins, len(content) - length + 1, length):
            found += [content[record + low : record + high].strip(b" \x00") for low, high in spans]
    return [text for text in found if not text.isascii()]


def _reads(text: bytes, encoding: str) -> bool:
    """Whether the bytes are text of that encoding; a last letter may be cut off by the column's width."""
    for cut in range(4):
        try:
            text[: len(text) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False
