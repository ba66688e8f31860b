"""The local numbers patrols go by, from policies, for all areas of a patrol or of a map at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from shanhe.evidence.patrols.prepared import Prepared
from shanhe.evidence.patrols.rulesets import DEFAULT_COUNTING, Counting, RuleSet, rules_from
from shanhe.ground.policies.models import Policy
from shanhe.ground.policies.queries import PolicyBook
from shanhe.ground.registry.models import Area
from shanhe.kernel.codes import ancestors
from shanhe.kernel.tracks.types import Rules

__all__ = ["Numbers", "numbers_of"]

RULES = "patrol.rules"
PARTIAL_COUNTS = "patrol.partial_counts"
LATE = "patrol.late"
UNTRACKED_COUNTS = "patrol.untracked_counts"
ASSISTANTS = "patrol.assistants"
CHECKLIST = "patrol.checklist"
KEYS = (RULES, PARTIAL_COUNTS, LATE, UNTRACKED_COUNTS, ASSISTANTS, CHECKLIST)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The policies of one day, to be asked area by area."""

    book: PolicyBook
    day: date

    def rule_set(self, area: Area) -> RuleSet:
        """What the area's verdict is made by; the command line's defaults where no policy says anything."""
        found = self.book.find(RULES, area.division_id, area.kind, area.level, self.day)
        return RuleSet(
            rules=rules_from(found.value, found.pk) if found else Rules(),
            policy_id=found.pk if found else None,
            counting=self._counting(area),
        )

    def assistants(self, area: Area) -> tuple[str, ...]:
        """Kinds of posts whose holders may send a patrol on the account of the area's holder."""
        return tuple(self._value(ASSISTANTS, area, {}).get("posts", ()))

    def checklist(self, area: Area) -> list[dict[str, Any]]:
        """The points to tick on the way, each with ``key``, ``zh`` and ``en``."""
        return list(self._value(CHECKLIST, area, {}).get("items", ()))

    def _counting(self, area: Area) -> Counting:
        late = self._value(LATE, area, {})
        return Counting(
            partial=self._value(PARTIAL_COUNTS, area, DEFAULT_COUNTING.partial),
            late=late.get("counts", DEFAULT_COUNTING.late),
            late_hours=late.get("after_h", DEFAULT_COUNTING.late_hours),
            untracked=self._value(UNTRACKED_COUNTS, area, DEFAULT_COUNTING.untracked),
        )

    def _value(self, key: str, area: Area, default: Any) -> Any:
        return self.book.value(key, area.division_id, area.kind, area.level, self.day, default)


def numbers_of(areas: Iterable[Area], day: date, keys: Iterable[str] = KEYS) -> Numbers:
    """The policies in force for some areas on a day: only those of the divisions above them. One query."""
    above = sorted({code for area in areas for code in ancestors(area.division_id)})
    return Numbers(PolicyBook(_IN_FORCE(above=above, day=day, keys=list(keys))), day)


_IN_FORCE = Prepared(
    lambda above, day, keys: Policy.objects.filter(
        Q(division__isnull=True) | Q(division_id__in=above),
        Q(until__isnull=True) | Q(until__gt=day),
        key__in=keys,
        since__lte=day,
    )
)
