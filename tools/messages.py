"""Finding marked messages in Python, Django templates and TypeScript."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from babel.messages.extract import extract
from django.template.base import Lexer, Token, TokenType
from django.utils.text import smart_split
from django.utils.translation import trim_whitespace

__all__ = ["Found", "python_messages", "template_messages", "typescript_messages"]

PYTHON_KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# What Django's JavaScript catalogue offers.
TYPESCRIPT_KEYWORDS: dict[str, Any] = {
    name: PYTHON_KEYWORDS[name] for name in ("gettext", "gettext_noop", "ngettext", "pgettext", "npgettext")
}

# _("…") as a filter's or tag's argument.
CONSTANT = re.compile(r"""_\(\s*("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')\s*\)""")


@dataclass(frozen=True, slots=True)
class Found:
    """A marked message and the file it stands in."""

    msgid: str
    file: str
    plural: str | None = None
    context: str | None = None


def python_messages(text: str, file: str) -> Iterator[Found]:
    """The literal arguments of gettext's functions; a call with a variable is none of ours."""
    yield from _extracted("python", text, file, PYTHON_KEYWORDS, {})


def typescript_messages(text: str, file: str) -> Iterator[Found]:
    """The same in TypeScript, read by Babel's JavaScript lexer; type arguments must not be taken for JSX."""
    yield from _extracted("javascript", text, file, TYPESCRIPT_KEYWORDS, {"jsx": False})


def template_messages(text: str, file: str) -> Iterator[Found]:
    """``{% translate %}``, ``{% blocktranslate %}`` and ``_("…")``, found with Django's own lexer."""
    tokens = iter(Lexer(text).tokenize())
    for token in tokens:
        if token.contents.split()[:1] == ["comment"] and token.token_type is TokenType.BLOCK:
            next((end for end in tokens if end.contents.strip() == "endcomment"), None)
            continue
        if token.token_type not in (TokenType.BLOCK, TokenType.VAR):
            continue
        words = list(smart_split(token.contents))
        if token.token_type is TokenType.BLOCK and words[0] in ("translate", "trans"):
            yield from _translate(words, file)
        elif token.token_type is TokenType.BLOCK and words[0] in ("blocktranslate", "blocktrans"):
            yield _block(words, tokens, file)
        for constant in CONSTANT.findall(token.contents):
            yield Found(_literal(constant), file)


def _extracted(
    method: str, text: str, file: str, keywords: dict[str, Any], options: dict[str, Any]
) -> Iterator[Found]:
    source = BytesIO(text.encode("utf-8"))
    for _line, messages, _comments, context in extract(
        method, source, keywords, options=options | {"encoding": "utf-8"}
    ):
        if isinstance(messages, str):
            yield Found(messages, file, context=context)
        else:
            yield Found(messages[0], file, plural=messages[1], context=context)


def _translate(words: list[str], file: str) -> Iterator[Found]:
    """``{% translate "text" context "where" as name %}``; a variable there was marked elsewhere."""
    text = words[1].partition("|")[0] if len(words) > 1 else ""
    if text[:1] in ('"', "'"):
        yield Found(_literal(text), file, context=_context(words))


def _block(words: list[str], tokens: Iterator[Token], file: str) -> Found:
    """Read up to the closing tag; variables become named holes."""
    parts: dict[str, list[str]] = {"singular": [], "plural": []}
    into = "singular"
    for token in tokens:
        if token.token_type is TokenType.VAR:
            parts[into].append(f"%({token.contents})s")
        elif token.token_type is TokenType.TEXT:
            parts[into].append(token.contents.replace("%", "%%"))
        elif token.token_type is TokenType.BLOCK and token.contents.strip() == "plural":
            into = "plural"
        elif token.token_type is TokenType.BLOCK:
            break
    joined = {name: "".join(texts) for name, texts in parts.items()}
    if "trimmed" in words:
        joined = {name: trim_whitespace(text) for name, text in joined.items()}
    return Found(joined["singular"], file, plural=joined["plural"] or None, context=_context(words))


def _context(words: list[str]) -> str | None:
    if "context" not in words[:-1]:
        return None
    return _literal(words[words.index("context") + 1])


def _literal(quoted: str) -> str:
    """A template's string literal without its quotes. Django looks it up with every % doubled, so do we."""
    quote, body = quoted[0], quoted[1:-1]
    return body.replace(f"\\{quote}", quote).replace("\\\\", "\\").replace("%", "%%")
