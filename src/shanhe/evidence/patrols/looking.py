"""What judging a patrol looks up in the database: asked anew for each patrol, or once for a batch of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from django.db.models import Q

from shanhe.evidence.patrols.areas import Box, Ground, areas_named, areas_passed
from shanhe.evidence.patrols.earlier import Suspects, earlier_tracks
from shanhe.evidence.patrols.holding import Holdings, holdings_of
from shanhe.evidence.patrols.memory import TrackMemory
from shanhe.evidence.patrols.numbers import Numbers, numbers_of
from shanhe.evidence.patrols.prepared import Prepared
from shanhe.ground.people.models import Person
from shanhe.ground.registry.models import Area
from shanhe.ground.registry.stickers import Checkpoint, checkpoints_of
from shanhe.kernel.tracks.history import Earlier

__all__ = ["Look", "LookOnce"]


_PERSON = Prepared(lambda pk: Person.objects.filter(pk=pk).order_by())


class Look:
    """Asks the database each time. A handful of queries a patrol, whatever the number of its areas."""

    def person(self, person_id: int | None) -> Person | None:
        """Somebody by their id."""
        return None if person_id is None else next(iter(_PERSON(pk=person_id)), None)

    def holdings(self, person_ids: Iterable[int]) -> Holdings:
        """The appointments of some people."""
        return holdings_of(person_ids)

    def areas_named(self, codes: Sequence[str], day: date) -> dict[str, Ground]:
        """Areas by their codes, in their order, in the shapes of the day."""
        return areas_named(codes, day)

    def areas_passed(self, held: Q, box: Box | None, day: date) -> list[Ground]:
        """Those of the areas ``held`` that the box comes near."""
        return areas_passed(held, box, day)

    def numbers(self, areas: Collection[Area], day: date) -> Numbers:
        """The policies of a day for some areas."""
        return numbers_of(areas, day)

    def checkpoints(self, area_ids: Collection[int], at: datetime) -> dict[int, tuple[Checkpoint, ...]]:
        """The checkpoints of some areas at a moment; asked only where a rule or a code asks for them."""
        return checkpoints_of(area_ids, at)

    def earlier(self, suspects: Suspects) -> list[Earlier]:
        """Earlier tracks worth comparing with."""
        return earlier_tracks(suspects)


class LookOnce(Look):
    """Asks for all patrols of a batch at once and remembers; for one transaction, in which nothing changes.

    ``person_ids`` are the senders', ``codes`` the areas named on each day.
    """

    def __init__(
        self, person_ids: Collection[int], codes: dict[date, Collection[str]], memory: TrackMemory
    ) -> None:
        self._memory = memory
        self._people = Person.objects.in_bulk(sorted(person_ids))
        self._asked = set(person_ids)
        self._holdings = holdings_of(person_ids)
        self._grounds = {day: areas_named(sorted(named), day) for day, named in codes.items()}
        self._numbers: dict[date, Numbers] = {}

    def person(self, person_id: int | None) -> Person | None:
        """Somebody by their id."""
        known = self._people.get(person_id or 0)
        return super().person(person_id) if known is None else known

    def holdings(self, person_ids: Iterable[int]) -> Holdings:
        """The appointments of all senders, or of others when they are asked for."""
        wanted = set(person_ids)
        if not wanted <= self._asked:
            self._asked |= wanted
            self._holdings = holdings_of(self._asked)
        return self._holdings

    def areas_named(self, codes: Sequence[str], day: date) -> dict[str, Ground]:
        """Areas by their codes, in their order, in the shapes of the day."""
        known = self._grounds.get(day, {})
        return {code: known[code] for code in codes if code in known}

    def numbers(self, areas: Collection[Area], day: date) -> Numbers:
        """The policies of a day for all areas of that day."""
        known = self._grounds.get(day, {})
        if any(area.code not in known for area in areas):
            return super().numbers(areas, day)
        if day not in self._numbers:
            self._numbers[day] = super().numbers([ground.area for ground in known.values()], day)
        return self._numbers[day]

    def earlier(self, suspects: Suspects) -> list[Earlier]:
        """Earlier tracks worth comparing with, those of the batch among them."""
        return self._memory.earlier(suspects)
