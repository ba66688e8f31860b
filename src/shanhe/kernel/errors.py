"""What a user can mend is refused; everything else is a bug and may rise.

A refusal carries a code for machines and sentences for people. Sentences are English message ids with named
holes; the face that shows them translates (``Text.render``), so the kernel needs no catalogue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Refusal", "Text", "gettext_noop"]


def gettext_noop(message: str) -> str:
    """Mark ``message`` for the catalogue and give it back unchanged."""
    return message


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence for people: message id plus the values of its named holes."""

    msgid: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def render(self, translate: Callable[[str], str] = gettext_noop) -> str:
        """The sentence in the language of ``translate``, its holes filled."""
        sentence = translate(self.msgid)
        return sentence % self.params if self.params else sentence

    def __str__(self) -> str:
        return self.render()


class Refusal(Exception):
    """Something the user can mend, with all faulty fields at once.

    ``code`` is for machines (``"track.too_short"``), ``message`` a sentence, ``fields`` maps a field name to
    the reason, ``status`` is the HTTP status a web face answers with. ``params`` fill the message's holes.
    """

    def __init__(
        self,
        code: str,
        message: str | Text,
        fields: Mapping[str, str | Text] | None = None,
        *,
        status: int = 422,
        **params: Any,
    ) -> None:
        super().__init__(code)
        self.code = code
        self.message = message if isinstance(message, Text) else Text(message, params)
        self.fields = {
            name: reason if isinstance(reason, Text) else Text(reason, params)
            for name, reason in (fields or {}).items()
        }
        self.status = status

    def __str__(self) -> str:
        reasons = "".join(f" [{name}: {reason}]" for name, reason in self.fields.items())
        return f"{self.code}: {self.message}{reasons}"
