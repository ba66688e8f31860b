"""The shell around every page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.template import Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from shanhe.faces.http.shell import NAVIGATION, shell
from shanhe.faces.http.templatetags import shanhe_tags as tags
from shanhe.ground import clock
from shanhe.ground.people.scope import NOBODY, Ground, Scope, scope_of

ROOT = Path(__file__).parents[3]
TEMPLATES = sorted((ROOT / "src/shanhe").rglob("templates/**/*.html"))
RANGER = Scope(user_id=1, person_id=1, seen=Ground((("341721102000", "341721102999"),)))
OFFICE = Scope(user_id=2, person_id=2, managed=Ground((("341721000000", "341721999999"),)))


def asked(path: str, scope: Scope, **cookies: str):
    request = RequestFactory().get(path)
    request.user = AnonymousUser()
    request.scope = scope
    request.COOKIES.update(cookies)
    return request


def places(request) -> dict[str, bool]:
    return {place["url"]: place["is_current"] for place in shell(request)["navigation"]}


def test_the_place_that_holds_the_page_is_marked_and_no_other():
    assert [url for url, is_current in places(asked("/office/areas/R-1/", RANGER)).items() if is_current] == [
        "/office/areas/"
    ]


def test_the_first_page_is_marked_only_on_itself():
    assert places(asked("/office/", RANGER))["/office/"]
    assert not any(places(asked("/office/search/", RANGER)).values())


def test_the_ledger_is_for_those_who_keep_records():
    assert "/office/ledger/" in places(asked("/office/", OFFICE))
    assert "/office/ledger/" not in places(asked("/office/", RANGER))


def test_a_stranger_sees_no_navigation():
    assert places(asked("/try/", NOBODY)) == {}


def test_a_page_still_has_a_shell_when_the_database_is_gone():
    class Gone:
        @property
        def user_id(self):
            raise OperationalError

    request = asked("/office/", Gone())
    assert list(shell(request)["navigation"]) == []


def test_four_places_stand_on_the_phones_bar():
    assert sum(place.on_phone_bar for place in NAVIGATION) == 4


def test_only_known_themes_are_taken_from_the_cookie():
    assert shell(asked("/office/", RANGER, shanhe_theme="dark"))["theme"] == "dark"
    assert shell(asked("/office/", RANGER, shanhe_theme='"><script>'))["theme"] == ""


def test_a_refusal_names_the_fields():
    with translation.override("en"):
        shown = render_to_string(
            "shanhe/_refused.html", {"message": "No.", "fields": {"track": "Too short."}}
        )
    assert "data-refusal" in shown
    assert 'data-field="track">Too short.' in shown


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_compile_and_hold_no_inline_script_style_or_handler(path):
    text = path.read_text(encoding="utf-8")
    Template(text)
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)", text)
    markup = re.sub(r"{%.*?%}", "", text, flags=re.DOTALL)  # ``with one=…`` is no handler
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on", markup)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_use_icons_that_the_sprite_has(path):
    known = {*json.loads((ROOT / "frontend/icons.json").read_text(encoding="utf-8")), "brand"}
    text = path.read_text(encoding="utf-8")
    used = set(re.findall(r"""{% icon ["']([\w-]+)["']""", text)) | set(
        re.findall(r'symbol="([\w-]+)"', text)
    )
    assert used <= known


def test_states_look_alike_on_pages_and_on_maps():
    script = (ROOT / "frontend/shared/src/looks.ts").read_text(encoding="utf-8")
    on_maps = set(re.findall(r'(\w+): \{ word: .*?icon: "([\w-]+)", token: "--sh-(\w+)-mark"', script))
    looks = [*tags.AREA_STATES.values(), *tags.VERDICTS.values()]
    assert {(look.code, look.icon, look.tone) for look in looks} <= on_maps


def test_the_menu_names_the_posts_in_the_readers_language(make):
    user = make.user(make.person())
    post = make.post(name="镇级林长", name_en="Township forest chief")
    make.appointment(user.person, post)
    with translation.override("en"):
        request = asked("/office/", scope_of(user, clock.today()))
        request.user = user
        assert shell(request)["signed_in"]["posts"] == "Township forest chief"
