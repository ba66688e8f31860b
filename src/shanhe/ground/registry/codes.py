"""Codes for what comes without one: six digits of the county and six of a serial number.

Source: Anhui DB34/T 3735.1-2020, codes of reaches (county6 + 6 serial, also for townships and villages).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.db.models import Model
from django.db.models.functions import Length

from shanhe.ground.divisions.models import Division
from shanhe.kernel.errors import Refusal
from shanhe.kernel.errors import gettext_noop as _

__all__ = ["codes_for"]

SERIALS = 999_999


def codes_for(
    model: type[Model], division_codes: Sequence[str], taken: Collection[str] = frozenset()
) -> list[str]:
    """A free code of ``model``, also not in ``taken``, for each of these divisions, in their order.

    The counties' rows stay locked until the transaction ends, so two offices never draw the same number.
    """
    wanted: dict[str, int] = defaultdict(int)
    for code in division_codes:
        wanted[code[:6]] += 1
    counties = sorted(prefix + "000000" for prefix in wanted)
    list(Division.objects.select_for_update().filter(code__in=counties).order_by("code").values_list("code"))
    series = {prefix: _series(model, prefix, taken) for prefix in wanted}
    return [next(series[code[:6]]) for code in division_codes]


def _series(model: type[Model], prefix: str, taken: Collection[str]) -> Iterator[str]:
    for serial in range(_last(model, prefix) + 1, SERIALS + 1):
        code = f"{prefix}{serial:06d}"
        if code not in taken:
            yield code
    raise Refusal("registry.codes_used_up", _("All codes of this county are in use."))


def _last(model: type[Model], prefix: str) -> int:
    rows: Any = model._default_manager.annotate(digits=Length("code")).filter(
        digits=12, code__gte=prefix + "000000", code__lte=prefix + "999999"
    )
    for code in rows.order_by("-code").values_list("code", flat=True).iterator(chunk_size=50):
        if code.isdigit():
            return int(code[6:])
    return 0
