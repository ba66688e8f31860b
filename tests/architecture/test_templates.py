"""Templates: nothing inline, nothing passed through unescaped, and no word outside the catalogues."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from architecture.sources import PACKAGE

TEMPLATES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.glob("faces/**/templates/**/*.html"))
}
# Read aloud or shown, so they are for people.
SPOKEN = {"title", "alt", "placeholder", "aria-label", "aria-description", "data-caption", "label"}
# The product's name is the same in both languages, and so are these units and signs.
NAMES = {"Shanhe", "GPX", "A4", "km", "m", "hm", "ha", "JSON", "CSV", "ID", "API", "SHA", "UUID"}


class Page(HTMLParser):
    """The texts that people see, the elements and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._inside: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside.append(tag)
        self.elements.append((tag, dict(attrs)))
        self.texts += [value or "" for name, value in attrs if name in SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not {"script", "style", "code"} & set(self._inside):  # what one types is the same in any language
            self.texts.append(data)


def without_tags(text: str) -> str:
    """What is left when Django has had its say: translated blocks, tags, variables and comments are gone."""
    text = re.sub(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}", "", text, flags=re.DOTALL)
    text = re.sub(r"{%\s*block (?:width|main_class)\s*%}.*?{%\s*endblock\s*%}", "", text)  # names of classes
    text = re.sub(r"{%\s*blocktrans(?:late)?\b.*?endblocktrans(?:late)?\s*%}", "", text, flags=re.DOTALL)
    return re.sub(r"{%.*?%}|{{.*?}}", "", text, flags=re.DOTALL)


def bare_words(text: str) -> list[str]:
    """Words of either language that no catalogue knows."""
    found = [
        word
        for piece in Page(without_tags(text)).texts
        for word in re.findall(r"[A-Za-z]{2,}|[一-鿿]+", piece)
    ]
    return [word for word in found if word not in NAMES]


def test_there_are_templates_to_look_at():
    assert len(TEMPLATES) > 20


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_word_for_people_is_in_the_catalogues(name):
    assert bare_words(TEMPLATES[name]) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_nothing_is_inline(name):
    """The policy forbids it, and a browser would only tell at run time."""
    elements = Page(re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", "", TEMPLATES[name], flags=re.DOTALL)).elements
    offending = [
        (tag, attribute)
        for tag, attributes in elements
        for attribute in attributes
        if attribute == "style" or attribute.startswith(("on", "hx-on"))
    ]
    inline = [tag for tag, attributes in elements if tag == "script" and "src" not in attributes]
    assert offending + inline + [tag for tag, _attributes in elements if tag == "style"] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_nothing_goes_into_a_page_unescaped(name):
    assert not re.search(r"\|\s*safe\b|autoescape off|\|safeseq", TEMPLATES[name])


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_form_that_posts_bears_a_token(name):
    posting = re.findall(
        r"<form\b[^>]*method=[\"']?post.*?</form>", TEMPLATES[name], re.DOTALL | re.IGNORECASE
    )
    assert not [form for form in posting if "csrf_token" not in form]
