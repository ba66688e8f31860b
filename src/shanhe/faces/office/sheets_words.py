"""What sheets say: rules, standings, months and remarks in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext, ngettext, pgettext, pgettext_lazy

from shanhe.evidence.patrols.models import Outcome, Verdict
from shanhe.evidence.patrols.queries.duties import Duty
from shanhe.evidence.patrols.queries.sheets import Problem
from shanhe.evidence.patrols.words import flag_words
from shanhe.faces.http.templatetags.shanhe_tags import Look
from shanhe.faces.office.patrol_told import missing_of
from shanhe.kernel.periods import Asked, Period
from shanhe.kernel.tracks.judge import DOUBTS, NOTHING

__all__ = [
    "LOOKS",
    "day_of_month",
    "duty_words",
    "is_chinese",
    "listed",
    "month_words",
    "problem_words",
    "remark",
    "rule_words",
    "span_words",
]

LOOKS = {
    "met": Look("met", pgettext_lazy("sheet", "All done"), "valid", "green"),
    "open": Look("open", pgettext_lazy("sheet", "Still running"), "due", "blue"),
    "short": Look("short", pgettext_lazy("sheet", "Not done"), "overdue", "red"),
    "free": Look("free", pgettext_lazy("sheet", "Nothing asked"), "excused", "grey"),
}


def is_chinese() -> bool:
    """Whether the reader reads Chinese."""
    return (get_language() or "").startswith("zh")


def listed(words: Sequence[str], most: int = 0) -> str:
    """Words in a row; of more than ``most`` (0: all) the first ones and how many there are."""
    if most and len(words) > most:
        facts = {"shown": listed(words[:most]), "total": len(words)}
        return gettext("%(shown)s … (%(total)d in all)") % facts
    return ("、" if is_chinese() else ", ").join(words)


def month_words(month: Period) -> str:
    """2026年10月, October 2026."""
    first = month.since
    return f"{first.year}年{first.month}月" if is_chinese() else date_format(first, "F Y")


def day_of_month(on: date) -> str:
    """10月5日, 5 Oct."""
    return f"{on.month}月{on.day}日" if is_chinese() else date_format(on, "j M")


def span_words(started: datetime, ended: datetime) -> str:
    """From when to when by the office's clocks; the day beside the end when it is another one."""
    begin, end = localtime(started), localtime(ended)
    if begin.date() == end.date():
        return f"{begin:%H:%M}–{end:%H:%M}"
    return f"{begin:%H:%M}–{day_of_month(end.date())} {end:%H:%M}"


_TIMES: dict[str, Callable[[int], str]] = {
    "day": lambda n: ngettext("%(n)d time a day", "%(n)d times a day", n),
    "working_day": lambda n: ngettext("%(n)d time each working day", "%(n)d times each working day", n),
    "week": lambda n: ngettext("%(n)d time a week", "%(n)d times a week", n),
    "xun": lambda n: ngettext("%(n)d time in ten days", "%(n)d times in ten days", n),
    "half_month": lambda n: ngettext("%(n)d time in half a month", "%(n)d times in half a month", n),
    "month": lambda n: ngettext("%(n)d time a month", "%(n)d times a month", n),
    "quarter": lambda n: ngettext("%(n)d time a quarter", "%(n)d times a quarter", n),
    "half_year": lambda n: ngettext("%(n)d time in half a year", "%(n)d times in half a year", n),
    "year": lambda n: ngettext("%(n)d time a year", "%(n)d times a year", n),
}
_DAYS: dict[str, Callable[[int], str]] = {
    "week": lambda n: ngettext("on %(n)d day a week", "on %(n)d days a week", n),
    "xun": lambda n: ngettext("on %(n)d day in ten", "on %(n)d days in ten", n),
    "half_month": lambda n: ngettext("on %(n)d day in half a month", "on %(n)d days in half a month", n),
    "month": lambda n: ngettext("on %(n)d day a month", "on %(n)d days a month", n),
    "quarter": lambda n: ngettext("on %(n)d day a quarter", "on %(n)d days a quarter", n),
    "half_year": lambda n: ngettext("on %(n)d day in half a year", "on %(n)d days in half a year", n),
    "year": lambda n: ngettext("on %(n)d day a year", "on %(n)d days a year", n),
}


def rule_words(asked: Asked) -> str:
    """What a rule asks for: "2 times a month", "on 22 days a month, for each area"."""
    by_days = _DAYS.get(asked.per) if asked.counts_days else None
    words = [(by_days or _TIMES[asked.per])(asked.times) % {"n": asked.times}]
    if asked.per_area:
        words.append(gettext("for each area"))
    if asked.days != (1, 31):
        first, last = asked.days
        words.append(gettext("from day %(first)d to day %(last)d") % {"first": first, "last": last})
    if asked.min_interval_h:
        words.append(gettext("at least %(hours)g hours apart") % {"hours": asked.min_interval_h})
    return gettext(", ").join(words)


def duty_words(duty: Duty, name: str = "") -> str:
    """What somebody owed and how it stands, in one sentence. ``name`` instead of the post's."""
    stands = duty.owed
    facts = {
        "post": name or duty.appointment.post.local_name,
        "rule": rule_words(duty.asked),
        "asked": stands.asked,
        "done": stands.done,
        "state": LOOKS[stands.state].word,
        "period": stands.spans[0].name if stands.spans else "",
    }
    if not stands.spans or not stands.asked:
        return gettext("%(post)s: %(rule)s; nothing was asked for in this month.") % facts
    if duty.asked.is_long:
        facts["period"] = _long_words(stands.spans[0])
        words = gettext("%(post)s: %(rule)s; in %(period)s so far %(done)s of %(asked)s done. %(state)s.")
        return words % facts
    if duty.asked.counts_days and duty.asked.per == "month":
        return gettext("%(post)s: %(rule)s; %(done)s of %(asked)s days done. %(state)s.") % facts
    return gettext("%(post)s: %(rule)s; %(done)s of %(asked)s done. %(state)s.") % facts


def _long_words(span: Period) -> str:
    """2026年第四季度, the fourth quarter of 2026."""
    year, month = {"year": span.since.year}, span.since.month
    if span.unit == "year":
        return gettext("the year %(year)s") % year
    if span.unit == "half_year":
        halves = (gettext("the first half of %(year)s"), gettext("the second half of %(year)s"))
        return halves[(month - 1) // 6] % year
    quarters = (
        gettext("the first quarter of %(year)s"),
        gettext("the second quarter of %(year)s"),
        gettext("the third quarter of %(year)s"),
        gettext("the fourth quarter of %(year)s"),
    )
    return quarters[(month - 1) // 3] % year


def problem_words(problems: Sequence[Problem]) -> str:
    """The points found not in order, each with what was noted; "none" without any."""
    if not problems:
        return pgettext("problems", "none")
    return gettext("; ").join(_problem(each) for each in problems)


def _problem(problem: Problem) -> str:
    name = problem.zh if is_chinese() else problem.en
    return gettext("%(item)s (%(note)s)") % {"item": name, "note": problem.note} if problem.note else name


def remark(verdicts: Sequence[Verdict]) -> str:
    """Of one outing: why it does not count, who really walked, what was sent late, what the walker noted."""
    patrol = verdicts[0].patrol
    words = [word for verdict in verdicts for word in _against(verdict)]
    if patrol.is_late:
        words.append(gettext("sent late"))
    if patrol.person_id != verdicts[0].person_id:
        words.append(gettext("walked by %(name)s") % {"name": patrol.person.name})
    company = [person.name for person in patrol.company.all()]
    if company:
        words.append(gettext("with %(names)s") % {"names": listed(company, 3)})
    if patrol.note:
        words.append(patrol.note)
    if patrol.is_simulated:
        words.append(gettext("simulated"))
    return gettext("; ").join(dict.fromkeys(word.rstrip("。.") for word in words))


def _against(verdict: Verdict) -> list[str]:
    """Why a verdict does not count, in few words."""
    words: list[str] = []
    if verdict.outcome in (Outcome.DOUBTFUL, Outcome.INVALID):
        against = [flag["code"] for flag in verdict.flags if flag["code"] in DOUBTS | NOTHING]
        words += dict.fromkeys(flag_words(code) for code in against)
    if verdict.outcome != Outcome.VALID:
        words += missing_of(verdict)[:2]
    elif not verdict.counts and verdict.patrol.joined_to_id is not None:
        words.append(gettext("at the same time as another one"))
    return words
