"""Static files are addressed by their content, and served where they lie."""

from __future__ import annotations

import hashlib
import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.test import Client

from shanhe.project import assets


@pytest.fixture
def file(tmp_path, settings):
    """A static file of our own."""
    settings.STATICFILES_DIRS = [tmp_path]
    finders.get_finder.cache_clear()
    assets._known.cache_clear()
    made = tmp_path / "shanhe" / "office.js"
    made.parent.mkdir()
    made.write_text("one", encoding="utf-8")
    yield made
    finders.get_finder.cache_clear()
    assets._known.cache_clear()


def test_the_address_ends_in_a_digest_of_the_content(file):
    digest = hashlib.sha256(b"one").hexdigest()[:12]
    assert static("shanhe/office.js") == f"/static/shanhe/office.js?v={digest}"


def test_other_content_has_another_address_after_a_restart(file):
    before = static("shanhe/office.js")
    file.write_text("two", encoding="utf-8")
    assert static("shanhe/office.js") == before  # what this process serves is what it began with
    assets._known.cache_clear()
    assert static("shanhe/office.js") != before


def test_while_developing_a_change_shows_at_once(file, settings):
    settings.DEBUG = True
    before = static("shanhe/office.js")
    file.write_text("two", encoding="utf-8")
    assert static("shanhe/office.js") != before


def test_a_name_that_no_file_bears_stays_as_it_is():
    assert static("shanhe/nothing.js") == "/static/shanhe/nothing.js"


def test_what_vite_names_by_content_is_kept_for_ever_and_entries_are_not():
    for_ever = re.compile(settings.WHITENOISE_IMMUTABLE_FILE_TEST)
    assert for_ever.match("/static/shanhe/chunks/maplibre-gl-worker-DX6FIJ71.js")
    assert for_ever.match("/static/shanhe/chunks/view-RL_hf-96.js")
    assert not for_ever.match("/static/shanhe/office.js")
    assert not for_ever.match("/static/shanhe/icons.svg")


def test_every_entry_of_a_page_is_versioned_and_served(db, settings):
    settings.WHITENOISE_USE_FINDERS = True  # as a server has it; other tests save the reading of folders
    client = Client()
    named = set(re.findall(r'/static/[^"#]+', client.get("/try/").content.decode()))
    assert {name.partition("?")[0].rpartition("/")[2] for name in named} >= {
        "office.js",
        "office.css",
        "try.js",
    }
    for name in named:
        assert re.search(r"\?v=[0-9a-f]{12}$", name)
        answer = client.get(name)
        assert answer.status_code == 200
        assert "max-age=2592000" in answer["Cache-Control"]
