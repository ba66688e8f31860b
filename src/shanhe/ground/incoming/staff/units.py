"""The units that a sheet names: known ones, and those that it brings with it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

from shanhe.ground.divisions.models import Division
from shanhe.ground.incoming.staff.cells import Unfit, plain
from shanhe.ground.people.models import Organization
from shanhe.ground.people.scope import Scope
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["NewUnit", "UnitBook", "kind_of_unit"]

LOOKED_UP = 5_000
ALIKE = 0.8  # so alike are a name and its misspelling; 大渡口镇水利站 and 大渡口镇林业站 have 0.71

#: What a unit's name ends in, and its kind; the first that fits.
_ENDINGS = (
    (
        ("河长办", "林长办", "河长制办公室", "林长制办公室", "河湖长办", "林(草)长办"),
        Organization.Kind.CHIEFS_OFFICE,
    ),
    (("村委会", "居委会", "村民委员会", "居民委员会", "社区", "村"), Organization.Kind.VILLAGE_COMMITTEE),
    (("人民政府", "政府", "街道办事处", "管委会", "党委", "党工委"), Organization.Kind.GOVERNMENT),
    (("支部", "支部委员会", "党总支"), Organization.Kind.PARTY_BRANCH),
)


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit that has to be registered first."""

    name: str
    division: Division
    kind: str


def kind_of_unit(name: str) -> str:
    """What kind of unit a name tells of; a member unit when it tells nothing.

    >>> kind_of_unit("大渡口镇人民政府"), kind_of_unit("东至县水利局")
    ('government', 'member_unit')
    """
    for endings, kind in _ENDINGS:
        if plain(name).endswith(endings):
            return str(kind.value)
    return str(Organization.Kind.MEMBER_UNIT.value)


class UnitBook:
    """Units of the ground that somebody manages, found by the words of one file."""

    def __init__(self, scope: Scope, words: Iterable[str]) -> None:
        self.managed = Organization.objects.filter(scope.managed.divisions("division_id")).select_related(
            "division"
        )
        self.by_word: dict[str, list[Organization]] = {}
        self.new: dict[tuple[str, str], NewUnit] = {}
        self._near: dict[str, list[str]] = {}
        wanted = sorted({name for word in words for name in (word, plain(word)) if name})
        for begin in range(0, len(wanted), LOOKED_UP):
            some = wanted[begin : begin + LOOKED_UP]
            for unit in self.managed.filter(Q(code__in=some) | Q(name__in=some)):
                for word in {unit.code, unit.name, plain(unit.name)}:
                    self.by_word.setdefault(word, []).append(unit)

    def known(self, given: str, place: Division | None = None) -> Organization | None:
        """The unit of that name or code, that of the place when there are several; None for a new one.

        Unfit when several bear the name and none lies there.
        """
        found = list(dict.fromkeys(self.by_word.get(plain(given), [])))
        if len(found) > 1 and place is not None:
            found = [unit for unit in found if unit.division_id == place.code]
            if not found:
                return None
        if len(found) > 1:
            raise Unfit(
                _("%(count)d units are called %(given)s; write the code."), count=len(found), given=given
            )
        return found[0] if found else None

    def bring(self, given: str, place: Division) -> NewUnit:
        """A unit to be registered at a place. Unfit when the name is nearly that of one there: misspelt."""
        name = plain(given)
        if (place.code, name) in self.new:
            return self.new[place.code, name]
        close = self._suggestion(name, place)
        if close:
            raise Unfit(
                _("There is no unit “%(given)s” in %(place)s; did you mean %(close)s?"),
                given=name,
                place=place.name,
                close=close,
            )
        if len(name) > 120:
            raise Unfit(_("A name has 1 to 120 characters."))
        return self.new.setdefault((place.code, name), NewUnit(name, place, kind_of_unit(name)))

    def _suggestion(self, name: str, place: Division) -> str:
        if place.code not in self._near:
            rows = self.managed.filter(division=place).order_by("code")
            self._near[place.code] = list(rows.values_list("name", flat=True))
        close = difflib.get_close_matches(name, self._near[place.code], 1, ALIKE)
        return close[0] if close else ""
