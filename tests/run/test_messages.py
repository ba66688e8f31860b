"""What counts as a marked message, and under which id Django will look it up."""

from __future__ import annotations

import pytest
from django.template import Context, Engine
from django.utils import translation

from tools.messages import Found, python_messages, template_messages, typescript_messages


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('_("Reach")', Found("Reach", "f")),
        ('gettext_lazy("Two " "lines")', Found("Two lines", "f")),
        ('ngettext("%(n)d day", "%(n)d days", n)', Found("%(n)d day", "f", plural="%(n)d days")),
        ('pgettext("case", "Open")', Found("Open", "f", context="case")),
        ('npgettext("case", "day", "days", n)', Found("day", "f", plural="days", context="case")),
    ],
)
def test_python_calls_are_found(source, found):
    assert list(python_messages(source, "f")) == [found]


@pytest.mark.parametrize("source", ["_(name)", "gettext(refusal.message)", 'f("Reach")', "# _('Reach')"])
def test_what_is_no_marked_text_is_left_alone(source):
    assert list(python_messages(source, "f")) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{% translate "Reach" %}', Found("Reach", "f")),
        ('{% trans "Open" context "case" as word %}', Found("Open", "f", context="case")),
        ('{% translate "60% walked" %}', Found("60%% walked", "f")),
        ('{{ name|default:_("nobody") }}', Found("nobody", "f")),
        ('{% include "a.html" with title=_("Map") %}', Found("Map", "f")),
        ("{% blocktranslate %}By {{ name }}, 5%{% endblocktranslate %}", Found("By %(name)s, 5%%", "f")),
        (
            "{% blocktranslate trimmed count n=days %}\n  {{ n }} day\n{% plural %}\n  {{ n }} days\n"
            "{% endblocktranslate %}",
            Found("%(n)s day", "f", plural="%(n)s days"),
        ),
    ],
)
def test_template_tags_are_found(source, found):
    assert list(template_messages(source, "f")) == [found]


def test_template_comments_and_variables_are_left_alone():
    source = '{% comment %}{% translate "Old" %}{% endcomment %}{# _("Old") #}{% translate title %}'
    assert list(template_messages(source, "f")) == []


@pytest.mark.parametrize(
    "source",
    [
        '{% load i18n %}{% translate "60% walked" %}',
        '{% load i18n %}{% translate "Open" context "case" %}',
        "{% load i18n %}{% blocktranslate trimmed %}\n  By {{ name }},\n  5%\n{% endblocktranslate %}",
        "{% load i18n %}{% blocktranslate count n=1 %}{{ n }} day{% plural %}days{% endblocktranslate %}",
    ],
)
def test_django_looks_a_message_up_under_the_id_that_was_found(source, monkeypatch):
    asked: list[str] = []

    def answer(msgid: str) -> str:
        asked.append(msgid)
        return msgid

    monkeypatch.setattr(translation._trans, "gettext", answer)
    monkeypatch.setattr(translation._trans, "pgettext", lambda context, msgid: answer(msgid))
    monkeypatch.setattr(translation._trans, "ngettext", lambda msgid, plural, n: answer(msgid))
    engine = Engine(libraries={"i18n": "django.templatetags.i18n"})
    engine.from_string(source).render(Context({"name": "Li"}))
    assert asked == [found.msgid for found in template_messages(source, "f")]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('const t: string = gettext("Walked");', Found("Walked", "f")),
        ('new Map<string, number>([[gettext("Skipped"), 1]])', Found("Skipped", "f")),
        (
            'interpolate(ngettext("%(n)s fix", "%(n)s fixes", n), { n }, true)',
            Found("%(n)s fix", "f", plural="%(n)s fixes"),
        ),
        ('pgettext("case", "Open")', Found("Open", "f", context="case")),
        ('npgettext("case", "day", "days", n)', Found("day", "f", plural="days", context="case")),
    ],
)
def test_typescript_calls_are_found(source, found):
    assert list(typescript_messages(source, "f")) == [found]
