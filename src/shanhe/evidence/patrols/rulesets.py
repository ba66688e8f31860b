"""The rule sets verdicts are made by: local numbers from policies, with what stamps them on the verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from hashlib import sha256
from typing import Any

from shanhe.kernel.chain.canonical import canonical_json
from shanhe.kernel.tracks.types import Rules

__all__ = [
    "DEFAULT_COUNTING",
    "Counting",
    "RuleSet",
    "rules_from",
    "rules_from_json",
    "rules_json",
]

_RULE_FIELDS = frozenset(field.name for field in fields(Rules)) - {"id"}


@dataclass(frozen=True, slots=True)
class Counting:
    """Which verdicts count for a duty: keys ``patrol.partial_counts``, ``patrol.late`` and
    ``patrol.untracked_counts``.
    """

    partial: bool = False
    late: bool = True
    late_hours: float = 72.0
    untracked: bool = False  # records of a former system without a track


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What one area's verdict is made by: kernel rules, the policy row they come from, and what counts."""

    rules: Rules
    policy_id: int | None
    counting: Counting


DEFAULT_COUNTING = Counting()  # interfaces.md: partial does not count by default; late ones are the policy's


def rules_from(value: Mapping[str, Any], policy_id: int) -> Rules:
    """Kernel rules of a policy ``patrol.rules``, its row and value stamped: ``policy:12:9f86d081884c``.

    Numbers that the value leaves out are the command line's defaults. What a row holds may be changed by
    hand in the database; the digest shows whether two verdicts of one row were made by one value.
    """
    digest = sha256(canonical_json(dict(value))).hexdigest()[:12]
    return _rules({**value, "id": f"policy:{policy_id}:{digest}"})


def rules_json(rules: Rules) -> dict[str, Any]:
    """All of a rule set, for the verdict: a verdict can be made again when the policy is long gone."""
    return {**asdict(rules), "checks": list(rules.checks)}


def rules_from_json(value: Mapping[str, Any]) -> Rules:
    """The rule set a verdict was made by."""
    return _rules(value)


def _rules(value: Mapping[str, Any]) -> Rules:
    known = {name: found for name, found in value.items() if name in _RULE_FIELDS}
    if "checks" in known:
        known["checks"] = tuple(known["checks"])
    return Rules(id=value["id"], **known)
