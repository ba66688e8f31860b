"""How pages say numbers, times and states: one place, so that every page says them alike.

A state has a word, an icon and a tone, always together (design.md §7). Areas are said in 亩 with the metric
value beside, lengths in km, durations and ages as people say them with the exact time on hover.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import BoundField, CheckboxInput, RadioSelect, Select
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext, pgettext_lazy
from django.utils.translation import gettext as _

from shanhe.evidence.patrols.models import Outcome
from shanhe.faces.http.paging import AFTER
from shanhe.ground import clock
from shanhe.ground.policies.sources import source_words

__all__ = ["MU_M2", "Look", "bank_words", "chainage_words", "day_words", "register"]

register = template.Library()
register.filter("source_words", source_words)

MU_M2 = 10_000 / 15  # 1 亩 = 1/15 hm², 国务院关于统一实行法定计量单位的命令 (1984)


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown: its word, its icon and its tone, never one alone."""

    code: str
    word: Any  # lazily translated
    icon: str
    tone: str


def _table(*looks: Look) -> dict[str, Look]:
    return {look.code: look for look in looks}


VERDICTS = _table(
    Look("valid", Outcome.VALID.label, "valid", "green"),
    Look("partial", Outcome.PARTIAL.label, "partial", "amber"),
    Look("doubtful", Outcome.DOUBTFUL.label, "doubtful", "violet"),
    Look("invalid", Outcome.INVALID.label, "invalid", "red"),
)
STANDINGS = _table(
    Look("met", pgettext_lazy("standing", "Met"), "valid", "green"),
    Look("due", pgettext_lazy("standing", "Due"), "due", "blue"),
    Look("at_risk", pgettext_lazy("standing", "At risk"), "at-risk", "amber"),
    Look("overdue", pgettext_lazy("standing", "Overdue"), "overdue", "red"),
    Look("excused", pgettext_lazy("standing", "Excused"), "excused", "grey"),
)
AREA_STATES = _table(
    Look("met", pgettext_lazy("area", "Visited in time"), "valid", "green"),
    Look("due", pgettext_lazy("area", "Visit due"), "due", "blue"),
    Look("at_risk", pgettext_lazy("area", "Visit due soon"), "at-risk", "amber"),
    Look("overdue", pgettext_lazy("area", "Not visited in time"), "overdue", "red"),
    Look("excused", pgettext_lazy("area", "No visit required"), "excused", "grey"),
    Look("vacant", pgettext_lazy("area", "Without a keeper"), "vacant", "violet"),
)


@register.filter
def verdict_look(code: str) -> Look:
    """The look of a verdict: valid, partial, doubtful, invalid."""
    return VERDICTS[code]


@register.filter
def standing_look(code: str) -> Look:
    """The look of a standing: met, due, at_risk, overdue, excused."""
    return STANDINGS[code]


@register.filter
def area_state_look(code: str) -> Look:
    """The look of an area's state on lists and maps: the standings, and vacant (no keeper)."""
    return AREA_STATES[code]


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of the sprite; decoration unless it has a label."""
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"></use></svg>',
            label,
            _sprite(),
            name,
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', _sprite(), name)


def _sprite() -> str:
    return static("shanhe/icons.svg")


@register.simple_tag(takes_context=True)
def address_with(context: template.Context, **changes: object) -> str:
    """The page's own address with parameters changed; empty takes one away, and paging restarts."""
    request: HttpRequest = context["request"]
    params = request.GET.copy()
    params.pop(AFTER, None)
    for name, value in changes.items():
        params.pop(name, None)
        if value not in (None, ""):
            params[name] = str(value)
    query = params.urlencode()
    return f"{request.path}?{query}" if query else request.path


@register.filter
def control(field: BoundField) -> SafeString:
    """A form field's control in Tabler's dress, with its errors and help announced."""
    widget = field.field.widget
    classes = _control_classes(widget)
    described = [f"{field.auto_id}_help"] if field.help_text else []
    if field.errors:
        classes += " is-invalid"
        described.append(f"{field.auto_id}_errors")
    attrs = {"class": classes, "aria-describedby": " ".join(described) or None}
    return field.as_widget(attrs={name: value for name, value in attrs.items() if value})


def _control_classes(widget: Any) -> str:
    if isinstance(widget, CheckboxInput | RadioSelect):
        return "form-check-input"
    if isinstance(widget, Select):
        return "form-select"
    return "form-control"


@register.filter
def metres(value: float | None) -> str:
    """A length in m below 1 km, else in km: 850 → "850 m", 12345 → "12.3 km"; "–" for None."""
    if value is None:
        return "–"
    if abs(value) < 999.5:
        return _("%(n)s m") % {"n": number_format(round(value), 0)}
    return _("%(n)s km") % {"n": _figure(value / 1000)}


@register.filter("chainage")
def chainage_words(at_m: float) -> str:
    """A chainage as surveyors write it: 12340 → "K12+340"."""
    kilometres, rest = divmod(round(at_m), 1_000)
    return f"K{kilometres}+{rest:03d}"


@register.filter("bank")
def bank_words(bank: str) -> str:
    """The bank, where it is one of the two; "" for both."""
    return {"left": _("left bank"), "right": _("right bank")}.get(bank, "")


@register.filter
def area(value: float | None) -> SafeString | str:
    """Square metres as 亩 with hm² (from 10 km² on: km²) beside; "–" for None."""
    if value is None:
        return "–"
    return format_html('{} <span class="sh-metric">{}</span>', mu(value), metric_area(value))


@register.filter
def mu(value: float) -> str:
    """Square metres in 亩: 10000 → "15 mu"."""
    count = value / MU_M2
    if count >= 100_000:
        return _("%(n)s ten thousand mu") % {"n": _figure(count / 10_000)}
    return _("%(n)s mu") % {"n": _figure(count)}


@register.filter
def metric_area(value: float) -> str:
    """Square metres in hm²; below 1 hm² in m², from 10 km² on in km²."""
    if value < 9_999.5:
        return _("%(n)s m²") % {"n": number_format(round(value), 0)}
    if value >= 10_000_000:
        return _("%(n)s km²") % {"n": _figure(value / 1_000_000)}
    return _("%(n)s hm²") % {"n": _figure(value / 10_000)}


def _figure(value: float) -> str:
    digits = _decimals(value)
    return number_format(round(value, digits), digits, force_grouping=True)  # it would cut, not round


def _decimals(value: float) -> int:
    """Three figures are enough to be told; whole numbers from a hundred on."""
    size = abs(value)
    if size >= 99.95:
        return 0
    return 1 if size >= 9.995 else 2


@register.filter
def percent(share: float | None) -> str:
    """A share 0..1 as per cent without decimals, never rounded up to 100: 0.996 → "99%"; "–" for None."""
    if share is None:
        return "–"
    whole = round(share * 100)
    return f"{99 if whole == 100 and share < 1 else whole}%"


@register.filter
def kmh(metres_a_second: float | None) -> str:
    """A speed in km/h: 1.5 → "5.4 km/h"; "–" for None."""
    if metres_a_second is None:
        return "–"
    return _("%(n)s km/h") % {"n": number_format(round(metres_a_second * 3.6, 1), 1)}


@register.filter
def duration(seconds: float | None) -> str:
    """Seconds as people say them, in two units at most: 3900 → "1 hour 5 minutes"; "–" for None."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return ngettext("%(n)d second", "%(n)d seconds", round(seconds)) % {"n": round(seconds)}
    minutes = round(seconds / 60)
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    hours, rest = divmod(minutes, 60)
    if hours >= 24:
        days, hours = divmod(hours, 24)
        return _two(_days(days), _hours(hours) if hours else "")
    minutes_said = ngettext("%(n)d minute", "%(n)d minutes", rest) % {"n": rest} if rest else ""
    return _two(_hours(hours), minutes_said)


def _hours(n: int) -> str:
    return ngettext("%(n)d hour", "%(n)d hours", n) % {"n": n}


def _days(n: int) -> str:
    return ngettext("%(n)d day", "%(n)d days", n) % {"n": n}


def _two(larger: str, smaller: str) -> str:
    """Two units in a row; Chinese puts no blank between them."""
    if not smaller:
        return larger
    return _("%(larger)s %(smaller)s") % {"larger": larger, "smaller": smaller}


@register.filter
def moment(when: datetime | None) -> SafeString | str:
    """The exact time in the office's zone: 2026-11-23 08:05; "–" for None."""
    if when is None:
        return "–"
    return format_html('<time class="sh-num" datetime="{}">{}</time>', when.isoformat(), _exact(when))


@register.filter
def day(when: date | datetime | None) -> SafeString | str:
    """The day: 2026年11月23日 or 23 November 2026; "–" for None."""
    if when is None:
        return "–"
    on = timezone.localtime(when).date() if isinstance(when, datetime) else when
    return format_html('<time datetime="{}">{}</time>', on.isoformat(), day_words(on))


def day_words(on: date) -> str:
    """The day as plain text, for names and sentences."""
    return f"{on.year}年{on.month}月{on.day}日" if _is_chinese() else date_format(on, "j F Y")


@register.filter
def ago(when: date | datetime | None) -> SafeString | str:
    """How long ago (or ahead), with the exact time on hover: "3 days ago"; "–" for None."""
    if when is None:
        return "–"
    if not isinstance(when, datetime):
        return format_html(
            '<time datetime="{}" title="{}">{}</time>', when.isoformat(), when.isoformat(), _days_ago(when)
        )
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', when.isoformat(), _exact(when), _ago(when, clock.now())
    )


def _ago(when: datetime, now: datetime) -> str:
    seconds = (now - when).total_seconds()
    if seconds < -60:
        return _("in %(span)s") % {"span": _coarse(-seconds)}
    if seconds < 60:
        return _("just now")
    days = (timezone.localtime(now).date() - timezone.localtime(when).date()).days
    if days == 0 or seconds < 6 * 3600:
        return _("%(span)s ago") % {"span": _coarse(seconds)}
    return _days_ago(timezone.localtime(when).date())


def _days_ago(on: date) -> str:
    days = (clock.today() - on).days
    if days == 0:
        return _("today")
    if days == 1:
        return _("yesterday")
    if days == -1:
        return _("tomorrow")
    if days < 0:
        return _("in %(span)s") % {"span": _days(-days)}
    if days < 60:
        return _("%(span)s ago") % {"span": _days(days)}
    if days < 730:
        months = days // 30
        return _("%(span)s ago") % {"span": ngettext("%(n)d month", "%(n)d months", months) % {"n": months}}
    years = days // 365
    return _("%(span)s ago") % {"span": ngettext("%(n)d year", "%(n)d years", years) % {"n": years}}


def _coarse(seconds: float) -> str:
    """One unit: minutes, hours or days."""
    minutes = int(seconds // 60)
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    return _hours(minutes // 60) if minutes < 48 * 60 else _days(minutes // 1440)


def _exact(when: datetime) -> str:
    return timezone.localtime(when).strftime("%Y-%m-%d %H:%M")


def _is_chinese() -> bool:
    return (get_language() or "").startswith("zh")
