"""What stands in the cells of an office's sheet: days, telephone numbers, names, lists in one cell."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

from shanhe.kernel.errors import Text
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["Unfit", "day_in", "listed_in", "name_in", "phone_in", "plain"]

#: Written where somebody is in office still.
STILL = frozenset({"至今", "现任", "在任", "在职", "长期", "-", "—", "——", "/", "无", "now", "present"})
EXCEL_ZERO = date(1899, 12, 30)  # serial 0; day 60 that never was lies behind us
SERIALS = range(20_000, 80_000)  # 1954 to 2119: a bare number of five digits is a day of Excel's
SEPARATORS = re.compile(r"[、，,;；\n\r]+")
DAY = re.compile(r"(\d{4})[-./年](\d{1,2})(?:[-./月](\d{1,2})日?|月)?(?:[T ].*)?")
BARE = re.compile(r"(\d{4})(\d{2})(\d{2})")
YEAR = re.compile(r"(\d{4})年?")


class Unfit(ValueError):
    """A cell that cannot be read, and why."""

    def __init__(self, msgid: str, **params: object) -> None:
        super().__init__(msgid)
        self.reason = Text(msgid, params)


def plain(given: str) -> str:
    """The text with full-width digits, letters and brackets as narrow ones, trimmed.

    >>> plain("　杨墩村（东）１ ")
    '杨墩村(东)1'
    """
    return unicodedata.normalize("NFKC", given).strip()


def name_in(given: str) -> str:
    """A person's name. Chinese names of two characters are set with a space between them to look even.

    >>> name_in("王　伟"), name_in("Ali  Tursun")
    ('王伟', 'Ali Tursun')
    """
    words = unicodedata.normalize("NFKC", given).split()
    joint = "".join(words)
    return joint if all("\u3400" <= letter <= "\u9fff" for letter in joint) else " ".join(words)


def phone_in(given: str) -> str:
    """The first telephone number of a cell, without spaces; a number that became a fraction is mended.

    >>> phone_in("139 0566 0001"), phone_in("13905660001.0"), phone_in("0566-7012345/13905660001")
    ('13905660001', '13905660001', '0566-7012345')
    """
    first = re.split(r"[/、,;；\n]", plain(given))[0].strip()
    first = re.sub(r"\.0+$", "", first)
    first = re.sub(r"[‐‑–—―－]", "-", first)
    return re.sub(r"\s+", "", first)


def listed_in(given: str) -> list[str]:
    """The entries of a cell that holds several, each once.

    >>> listed_in("白土河上段、白土河下段；新丰圩1号")
    ['白土河上段', '白土河下段', '新丰圩1号']
    """
    parts = (part.strip() for part in SEPARATORS.split(unicodedata.normalize("NFKC", given)))
    return list(dict.fromkeys(part for part in parts if part))


def day_in(given: str) -> date | None:
    """A day as people and Excel write it; the first one where only month or year is given. None for "" and
    for words that mean "still".

    >>> day_in("2024年3月5日"), day_in("2024.3"), day_in("45356"), day_in("至今")
    (datetime.date(2024, 3, 5), datetime.date(2024, 3, 1), datetime.date(2024, 3, 5), None)
    """
    text = plain(given)
    if not text or text.lower() in STILL:
        return None
    compact = re.sub(r"(?<=[年月])\s+|\s+(?=[年月日])", "", text)
    number = re.fullmatch(r"(\d{5})(?:\.\d+)?", compact)
    if number and int(number[1]) in SERIALS:
        return EXCEL_ZERO + timedelta(days=int(number[1]))
    for pattern in (DAY, BARE, YEAR):
        found = pattern.fullmatch(compact)
        if found:
            parts = [int(part) for part in found.groups() if part]
            return _day(given, *parts)
    raise Unfit(_("“%(given)s” is no day; write it like 2026-03-02."), given=given.strip())


def _day(given: str, year: int, month: int = 1, day: int = 1) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise Unfit(_("There is no day “%(given)s”."), given=given.strip()) from None
    if not 1900 <= year < 3000:
        raise Unfit(_("There is no day “%(given)s”."), given=given.strip())
    return found
