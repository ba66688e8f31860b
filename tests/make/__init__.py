"""Builds the small world that tests play in, and hides what does not matter to them.

    def test_a_stranger_sees_nothing(make):
        assert people_of(make.scope(make.stranger)).count() == 0

The cast is always the same: ``make.village_chief`` acts (village chief of 杨墩 in 大渡口镇, 东至县),
``make.county_office`` oversees (a clerk of the chief's office of 东至县), ``make.stranger`` comes from the
next county (a clerk of 石台县) and sees nothing of theirs. Each is a User that appears when first asked for.

Every app brings a mixin: a module here with one class whose name begins with ``Makes``.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from make.people import MakesPeople

__all__ = ["World"]


def _mixins() -> list[type]:
    """The classes of the modules that are there; those of later floors first, for they use the lower ones."""
    found: list[type] = []
    for name in ("patrols", "registry"):
        if find_spec(f"make.{name}"):
            module = import_module(f"make.{name}")
            found += [getattr(module, word) for word in dir(module) if word.startswith("Makes")]
    unique = list(dict.fromkeys([*found, MakesPeople]))
    # A mixin that inherits another one must stand before it.
    return [one for one in unique if not any(one is not other and issubclass(other, one) for other in unique)]


class World(*_mixins()):  # type: ignore[misc]
    """All that can be made, as methods of one object."""
