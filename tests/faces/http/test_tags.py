"""How pages say numbers and times."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import translation

from shanhe.faces.http.templatetags import shanhe_tags as tags
from shanhe.ground import clock

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture(autouse=True)
def _in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("metres", "said"),
    [
        (0, "0 m"),
        (850, "850 m"),
        (999.6, "1.00 km"),
        (12_345, "12.3 km"),
        (1_234_567, "1,235 km"),
        (None, "–"),
    ],
)
def test_a_length_is_said_in_metres_or_kilometres(metres, said):
    assert tags.metres(metres) == said


@pytest.mark.parametrize(
    ("square_metres", "mu", "metric"),
    [
        (10_000, "15.0 mu", "1.00 hm²"),
        (666.6667, "1.00 mu", "667 m²"),
        (100_000_000, "15.0 ten thousand mu", "100 km²"),
    ],
)
def test_an_area_is_said_in_mu_with_the_metric_value_beside(square_metres, mu, metric):
    assert tags.area(square_metres) == f'{mu} <span class="sh-metric">{metric}</span>'


@pytest.mark.parametrize(
    ("share", "said"), [(0, "0%"), (0.486, "49%"), (0.996, "99%"), (1, "100%"), (None, "–")]
)
def test_a_share_is_never_rounded_up_to_all(share, said):
    assert tags.percent(share) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "1 second"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (3_900, "1 hour 5 minutes"),
        (7_200, "2 hours"),
        (90_000, "1 day 1 hour"),
    ],
)
def test_a_duration_is_said_in_two_units_at_most(seconds, said):
    assert tags.duration(seconds) == said


def test_a_speed_is_said_in_kilometres_an_hour():
    assert tags.kmh(1.5) == "5.4 km/h"


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=5), "5 minutes ago"),
        (timedelta(hours=3), "3 hours ago"),
        (timedelta(hours=20), "yesterday"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=90), "3 months ago"),
        (timedelta(days=800), "2 years ago"),
        (-timedelta(hours=2), "in 2 hours"),
    ],
)
def test_how_long_ago_is_said_as_people_do_with_the_exact_time_on_hover(before, said):
    when = NOON - before
    with clock.moved_to(NOON):
        shown = tags.ago(when)
    assert shown.endswith(f">{said}</time>")
    assert f'title="{when:%Y-%m-%d %H:%M}"' in shown


def test_a_day_without_a_time_has_no_hours():
    with clock.moved_to(NOON):
        assert tags.ago(date(2026, 11, 22)).endswith(">yesterday</time>")
        assert tags.ago(date(2026, 11, 24)).endswith(">tomorrow</time>")


def test_a_moment_is_shown_in_the_offices_zone():
    assert ">2026-11-23 12:00</time>" in tags.moment(NOON.astimezone(ZoneInfo("UTC")))


def test_a_day_is_written_as_the_language_has_it():
    assert ">23 November 2026</time>" in tags.day(NOON)
    with translation.override("zh-hans"):
        assert ">2026年11月23日</time>" in tags.day(NOON)


@pytest.mark.parametrize("verdict", ["valid", "partial", "doubtful", "invalid"])
def test_a_verdict_has_colour_icon_and_word(verdict):
    shown = Template('{% include "shanhe/_verdict.html" %}').render(Context({"verdict": verdict}))
    look = tags.VERDICTS[verdict]
    assert f"sh-tone-{look.tone}" in shown
    assert f"#{look.icon}" in shown
    assert str(look.word) in shown


def test_an_address_keeps_its_filters_and_forgets_the_page():
    request = RequestFactory().get("/office/patrols/", {"outcome": "doubtful", "after": "abc"})
    shown = Template("{% load shanhe_tags %}{% address_with person='王' outcome='' %}").render(
        Context({"request": request})
    )
    assert shown == "/office/patrols/?person=%E7%8E%8B"
