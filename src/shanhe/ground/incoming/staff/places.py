"""The divisions that a sheet names by code, by name, or by names put together."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from shanhe.ground.divisions.models import Division
from shanhe.ground.incoming.staff.cells import Unfit, plain
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.places import roots_of
from shanhe.kernel.codes import is_code, subtree
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["PlaceBook", "lies_in"]

#: What is one place under several endings: the statistics say 杨墩村委会, the office 杨墩村.
ENDINGS = (
    ("村民委员会", "村委会", "村"),
    ("社区居民委员会", "社区居委会", "居民委员会", "居委会", "社区"),
    ("街道办事处", "街道办", "街道"),
)
UNENDED = ("村委会", "村", "社区", "镇", "乡", "街道", "县", "区", "市")
MOST_COMPARED = 5_000  # names that a misspelt one is compared with
ALL_READ = 30_000  # divisions of a ground that are simply read; of a larger one those that may be meant
LOOKED_UP = 2_000  # names a statement
SPLIT = str.maketrans("", "", "/\\-—>·,，|")


class PlaceBook:
    """Divisions of the ground that somebody manages, found by the words of one file."""

    def __init__(self, scope: Scope, words: Iterable[str]) -> None:
        self.scope = scope
        self.within = scope.managed.divisions("code")
        self.by_name: dict[str, list[Division]] = {}
        self.by_code: dict[str, Division] = {}
        self._names: list[str] | None = None
        if Division.objects.filter(self.within)[: ALL_READ + 1].count() <= ALL_READ:
            self._keep(Division.objects.filter(self.within))
        else:
            self._load({_joined(word) for word in words if word.strip()})
        roots = roots_of(scope.managed)
        self.root = roots[0] if len(roots) == 1 else None

    def _load(self, words: set[str]) -> None:
        codes = {code for word in words if (code := _code(word))}
        names = {name for word in words for name in _candidates(word)}
        for some in _chunks(sorted(codes)):
            self._keep(Division.objects.filter(self.within, code__in=some))
        for some in _chunks(sorted(names)):
            self._keep(Division.objects.filter(self.within, name__in=some))

    def _keep(self, divisions: Iterable[Division]) -> None:
        for division in divisions:
            if division.code not in self.by_code:
                self.by_code[division.code] = division
                self.by_name.setdefault(division.name, []).append(division)

    def find(self, given: str, near: Division | None = None) -> Division:
        """The division a cell means; ``near`` decides between several of one name. Unfit names the next best.

        The words have to be among those the book was made of.
        """
        word = _joined(given)
        code = _code(word)
        if code:
            if code in self.by_code:
                return self.by_code[code]
            raise Unfit(_("There is no division %(code)s in the area your office manages."), code=code)
        found = self._called(word) or self._put_together(word)
        if near is not None and len(found) > 1:
            found = [one for one in found if lies_in(one, near)] or found
        if len(found) > 1:
            raise Unfit(
                _("%(count)d divisions are called %(given)s; write the town before it, or the code."),
                count=len(found),
                given=given.strip(),
            )
        if found:
            return found[0]
        close = self.suggestion(given)
        if close:
            raise Unfit(
                _("There is no division %(given)s here; did you mean %(close)s?"),
                given=given.strip(),
                close=close,
            )
        raise Unfit(_("There is no division %(given)s here."), given=given.strip())

    def of_unit(self, unit: str, near: Division | None = None) -> Division | None:
        """The division in the name of a unit: 大渡口镇人民政府 is of 大渡口镇. The longest that fits."""
        word = _joined(unit)
        for end in range(len(word), 1, -1):
            found = self._called(word[:end]) or self._put_together(word[:end])
            if near is not None and len(found) > 1:
                found = [one for one in found if lies_in(one, near)]
            if len(found) == 1:
                return found[0]
        return None

    def suggestion(self, given: str) -> str:
        """The division's name that looks most like what was written; "" when none does."""
        if self._names is None:
            rows = Division.objects.filter(self.within).order_by("code").values_list("name", flat=True)
            self._names = list(dict.fromkeys(rows[:MOST_COMPARED]))
        word = _joined(given)
        close = [  # 杨敦村 is near to 杨墩村委会 when both have the same ending
            (difflib.SequenceMatcher(None, each, name).ratio(), name)
            for each in (word, *_variants(word))
            for name in difflib.get_close_matches(each, self._names, 1, 0.6)
        ]
        return max(close)[1] if close else ""

    def _called(self, word: str) -> list[Division]:
        if word in self.by_name:
            return self.by_name[word]
        return [division for name in _variants(word) for division in self.by_name.get(name, [])]

    def _put_together(self, word: str) -> list[Division]:
        """大渡口镇杨墩村: a division, and one below it, for any place where the name may be cut."""
        found: dict[str, Division] = {}
        for cut in range(2, len(word) - 1):
            below = self._called(word[cut:])
            if not below:
                continue
            above = self._called(word[:cut]) or self._put_together(word[:cut])
            found |= {one.code: one for one in below for upper in above if lies_in(one, upper)}
        return list(found.values())


def lies_in(division: Division, upper: Division) -> bool:
    """Whether a division is another one, or lies below it."""
    low, high = subtree(upper.code, upper.level)
    return low <= division.code <= high


def _joined(given: str) -> str:
    return "".join(plain(given).translate(SPLIT).split())


def _code(word: str) -> str:
    """A division code, its filling zeros given or not; "" for what is none."""
    if not (word.isascii() and word.isdigit()) or len(word) not in {2, 4, 6, 9, 12}:
        return ""
    code = word.ljust(12, "0")
    return code if is_code(code) else ""


def _variants(word: str) -> list[str]:
    for endings in ENDINGS:
        for ending in endings:
            if word.endswith(ending) and len(word) > len(ending):
                stem = word.removesuffix(ending)
                return [stem + other for other in endings]
    return [word + ending for ending in UNENDED]


def _candidates(word: str) -> set[str]:
    """Every name that may be looked for: beginnings and ends of the word, with other endings too."""
    pieces = {word[:end] for end in range(2, len(word) + 1)} | {word[cut:] for cut in range(len(word) - 1)}
    return {name for piece in pieces if len(piece) <= 24 for name in (piece, *_variants(piece))}


def _chunks(items: Sequence[str]) -> Iterable[Sequence[str]]:
    for begin in range(0, len(items), LOOKED_UP):
        yield items[begin : begin + LOOKED_UP]
