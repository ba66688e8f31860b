"""What the shipped packs say of where their numbers come from, in the reader's language.

A policy's source is data: offices write their own, in their own words. Those that come with the program are
in the catalogues.
"""

from __future__ import annotations

from django.utils.translation import gettext

from shanhe.kernel.errors import gettext_noop as _

__all__ = ["SHIPPED", "source_words"]

SHIPPED = frozenset(
    (
        _("Shanhe default; an office sets its own"),
        _("Shanhe default (docs/algorithms/track-verification.md)"),
        _("Shanhe default for large waters: stops at points, by car"),
        _("Shanhe default: marked late after three days, counted all the same (no signal in the valley)"),
        _("As the Guangzhou guide of 2021 allows: an assistant may patrol on the chief's account"),
        _("The four check groups of a Zhejiang county's patrol log, 2017"),
        _("Shanhe default: the kinds of problems forest chiefs report"),
        _("Shanhe default, privacy: numbers, digest and proof stay"),
        _("Common in provincial rules, e.g. Hunan (not read in the original)"),
        _("Typical of Anhui: 20 to 22 days a month (not read in the original)"),
        _("Shanhe default: one and a half periods of the default frequency"),
        _("Shanhe default: a phone in the field stays signed in for a season"),
        _("Demonstration only"),
    )
)


def source_words(source: str) -> str:
    """The source as it is shown: a shipped one translated, an office's own as it was written."""
    return gettext(source) if source in SHIPPED else source
