"""The local numbers patrols go by, from policies, for all areas of a patrol or a map at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from shanhe.evidence.patrols.rulesets import DEFAULT_COUNTING, RuleSet, counting_from, rules_from
from shanhe.ground.policies.models import Policy
from shanhe.ground.registry.models import Area
from shanhe.kernel.codes import ancestors
from shanhe.kernel.tracks.types import Rules

__all__ = ["Numbers", "numbers_of"]

RULES, COUNTS, ASSISTANTS, CHECKLIST = (
    "patrol.rules",
    "patrol.counts",
    "patrol.assistants",
    "patrol.checklist",
)
KEYS = (RULES, COUNTS, ASSISTANTS, CHECKLIST)


@dataclass(frozen=True, slots=True)
class Numbers:
    """The policies of one day, resolved area by area."""

    policies: tuple[Policy, ...]

    def rule_set(self, area: Area) -> RuleSet:
        """What the area's verdict is made by; the command line's defaults where no policy says anything."""
        rules, counting = self._of(RULES, area), self._of(COUNTS, area)
        return RuleSet(
            rules=rules_from(rules.value, rules.pk) if rules else Rules(),
            policy_id=rules.pk if rules else None,
            counting=counting_from(counting.value) if counting else DEFAULT_COUNTING,
        )

    def assistants(self, area: Area) -> tuple[str, ...]:
        """Kinds of posts whose holders may send a patrol on the account of the area's holder."""
        found = self._of(ASSISTANTS, area)
        return tuple(found.value.get("posts", ())) if found else ()

    def checklist(self, area: Area) -> list[dict[str, Any]]:
        """The points to tick on the way, each with ``key``, ``zh`` and ``en``."""
        found = self._of(CHECKLIST, area)
        return list(found.value.get("items", ())) if found else []

    def _of(self, key: str, area: Area) -> Policy | None:
        """The nearest division wins, then the kind, then the level, then the latest beginning."""
        above = ancestors(area.division_id)
        fitting = [
            each
            for each in self.policies
            if each.key == key
            and (each.division_id is None or each.division_id in above)
            and each.kind in ("", area.kind)
            and each.level in ("", area.level)
        ]
        return max(
            fitting,
            key=lambda each: (
                -1 if each.division_id is None else above.index(each.division_id),
                each.kind != "",
                each.level != "",
                each.since,
            ),
            default=None,
        )


def numbers_of(areas: Iterable[Area], day: date, keys: Iterable[str] = KEYS) -> Numbers:
    """The policies in force for some areas on a day. One query."""
    above = {code for area in areas for code in ancestors(area.division_id)}
    rows = Policy.objects.filter(
        Q(division__isnull=True) | Q(division_id__in=above),
        Q(until__isnull=True) | Q(until__gt=day),
        key__in=tuple(keys),
        since__lte=day,
    )
    return Numbers(tuple(rows))
