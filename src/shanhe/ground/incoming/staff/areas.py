"""The areas that a sheet names by code or by name, near the place of whoever answers for them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from django.db.models import Q

from shanhe.ground.divisions.models import Division
from shanhe.ground.incoming.staff.cells import Unfit, plain
from shanhe.ground.incoming.staff.places import lies_in
from shanhe.ground.people.scope import Scope
from shanhe.ground.registry.models import Area
from shanhe.kernel.codes import subtree
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["AreaBook"]

LOOKED_UP = 5_000  # values a statement
MOST_COMPARED = 3_000


class AreaBook:
    """Areas of the ground that somebody manages, found by the words of one file. One query and its chunks."""

    def __init__(self, scope: Scope, words: Iterable[str]) -> None:
        self.managed = Area.objects.filter(scope.managed.areas(), until=None).select_related("division")
        self.by_word: dict[str, list[Area]] = {}
        self._near: dict[str, list[str]] = {}
        wanted = sorted({name for word in words for name in (word, plain(word))})
        for begin in range(0, len(wanted), LOOKED_UP):
            some = wanted[begin : begin + LOOKED_UP]
            for area in self.managed.filter(Q(code__in=some) | Q(name__in=some)):
                for word in {area.code, area.name, plain(area.name)}:
                    self.by_word.setdefault(word, []).append(area)

    def knows(self, word: str) -> bool:
        """Whether any area bears the word as code or name."""
        return word in self.by_word

    def find(self, word: str, place: Division | None, level: str) -> Area:
        """The area a word means for somebody of ``place`` with a post of ``level``.

        Of several of one name that of the place, then below it, then of the level. Unfit names the next best.
        """
        found = list(dict.fromkeys(self.by_word.get(word, [])))
        if place is not None:
            for fits in (
                lambda area: area.division_id == place.code,
                lambda area: lies_in(area.division, place),
            ):
                if len(found) > 1:
                    found = [area for area in found if fits(area)] or found
        if len(found) > 1 and level:
            found = [area for area in found if area.level == level] or found
        if len(found) == 1:
            return found[0]
        if found:
            codes = ", ".join(area.code for area in found[:4])
            raise Unfit(
                _("%(count)d areas are called %(given)s; write the code: %(codes)s."),
                count=len(found),
                given=word,
                codes=codes,
            )
        raise self._unknown(word, place)

    def _unknown(self, word: str, place: Division | None) -> Unfit:
        where = place.name if place else ""
        close = self.suggestion(word, place)
        if close and where:
            return Unfit(
                _("There is no area “%(given)s” in %(place)s; did you mean %(close)s?"),
                given=word,
                place=where,
                close=close,
            )
        if where:
            return Unfit(_("There is no area “%(given)s” in %(place)s."), given=word, place=where)
        return Unfit(_("There is no area “%(given)s”."), given=word)

    def suggestion(self, word: str, place: Division | None) -> str:
        """The name nearest to the word among the areas at and below the place; "" when none is near."""
        key = place.code if place else ""
        if key not in self._near:
            rows = self.managed
            if place is not None:
                low, high = subtree(place.code, place.level)
                rows = rows.filter(division_id__gte=low, division_id__lte=high)
            names = rows.order_by("code").values_list("name", flat=True)[:MOST_COMPARED]
            self._near[key] = list(dict.fromkeys(names))
        close = difflib.get_close_matches(word, self._near[key], 1, 0.5)
        return close[0] if close else ""
