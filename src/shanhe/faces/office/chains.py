"""The responsibility chain of an area as pages and paper show it: level by level, vacancies included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shanhe.ground.divisions.models import Level
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.responsibility import Answerable
from shanhe.kernel.codes import LEVELS, level_rank

__all__ = ["Link", "Step", "chain_steps"]

CHIEFS = frozenset({"general_chief", "deputy_general_chief", "chief", "deputy_chief"})


@dataclass(frozen=True, slots=True)
class Link:
    """Somebody in the chain; ``phone`` is the office's, or the person's where the reader may see it."""

    holder: Answerable
    phone: str
    is_own_keeper: bool  # answers for the area at its own level


@dataclass(frozen=True, slots=True)
class Step:
    """One level of the chain."""

    level: str
    word: str | Promise
    links: tuple[Link, ...]
    is_own: bool  # the area's own level
    missing: str | Promise  # what nobody does here, "" when all is well

    @property
    def is_vacant(self) -> bool:
        """Nobody keeps the area at its own level 责任空白."""
        return self.is_own and bool(self.missing)


def chain_steps(area: Area, holders: Sequence[Answerable], phones: Mapping[int, str]) -> list[Step]:
    """The chain from the top level anybody stands at down to the area's own, or further where somebody does.

    ``phones``: person id → work telephone that the reader may see.
    """
    own = level_rank(area.level)
    ranks = [level_rank(holder.level) for holder in holders]
    return [
        _step(area, LEVELS[rank], [one for one in holders if one.level == LEVELS[rank]], phones)
        for rank in range(min([own, *ranks]), max([own, *ranks]) + 1)
    ]


def _step(area: Area, level: str, holders: Sequence[Answerable], phones: Mapping[int, str]) -> Step:
    is_own = level == area.level
    links = tuple(
        Link(one, phones.get(one.person_id) or one.office_phone, is_own and one.is_keeper) for one in holders
    )
    missing: str | Promise = ""
    if is_own and not any(link.is_own_keeper for link in links):
        missing = _("Nobody keeps this area at its own level")
    elif level_rank(level) < level_rank(area.level) and not any(one.kind in CHIEFS for one in holders):
        missing = _("No chief on record at this level")
    return Step(level, Level(level).label, links, is_own, missing)
