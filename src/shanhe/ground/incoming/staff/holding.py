"""Who holds which post for what: as the database says, and as the rows of a file go on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from shanhe.ground.people.models import Appointment

__all__ = ["Held", "HeldBook"]

LOOKED_UP = 5_000


@dataclass(slots=True)
class Held:
    """Somebody's time in a post; ``since`` is None while a row leaves it open."""

    person: object  # tells one from another
    name: str
    since: date | None
    until: date | None  # the first day no longer held
    row: int = 0  # of the file; 0 of the database
    pk: int | None = None

    @property
    def days(self) -> dict[str, str]:
        """Both days, for sentences."""
        return {
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }

    def meets(self, other: Held) -> bool:
        """Whether both hold on some day."""
        return (self.until is None or other.since is None or other.since < self.until) and (
            other.until is None or self.since is None or self.since < other.until
        )


class HeldBook:
    """Times in posts by post and remit, those of the database and those that rows of the file add."""

    def __init__(self) -> None:
        self._held: dict[tuple[int, str], list[Held]] = defaultdict(list)

    def load(self, post_ids: Collection[int], remit_keys: Collection[str]) -> None:
        """Fetch who has held these posts for these remits, in chunks."""
        keys = sorted(remit_keys)
        for begin in range(0, len(keys), LOOKED_UP):
            rows = Appointment.objects.filter(
                post__in=post_ids, remit__key__in=keys[begin : begin + LOOKED_UP], cancelled_at=None
            )
            for row in rows.select_related("person", "remit").order_by("since", "pk"):
                held = Held(row.person_id, row.person.name, row.since, row.until, 0, row.pk)
                self._held[row.post_id, row.remit.key].append(held)

    def own(self, post_id: int, key: str, wanted: Held) -> Held | None:
        """The time of the same person that the wanted one is, or runs into; the last one where it has no day.

        The one that begins on the same day comes first.
        """
        mine = [held for held in self._held[post_id, key] if held.person == wanted.person]
        same = next((held for held in mine if held.since == wanted.since), None)
        if same is not None:
            return same
        if wanted.since is None:
            running = [held for held in mine if held.until is None or held.until == wanted.until]
            return running[-1] if running else None
        return next((held for held in mine if held.meets(wanted)), None)

    def other(self, post_id: int, key: str, wanted: Held) -> Held | None:
        """Somebody else's time in the post that runs into the wanted one."""
        return next((held for held in self._held[post_id, key] if held.meets(wanted)), None)

    def add(self, post_id: int, key: str, held: Held) -> None:
        """A row of the file will have this written."""
        self._held[post_id, key].append(held)
