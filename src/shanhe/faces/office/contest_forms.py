"""The forms of contests: to file one, to decide one, to settle a doubtful verdict, to add words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from shanhe.evidence.patrols.contests_models import Contest
from shanhe.evidence.patrols.services.contests import LONGEST_WORDS, Photo, Stated
from shanhe.kernel.errors import Refusal, gettext_noop

__all__ = [
    "MOST_BYTES",
    "TYPES",
    "ContestForm",
    "DecideForm",
    "Many",
    "SettleForm",
    "StatedForm",
    "stated",
    "stretch_key",
]

MOST_BYTES = 20 * 1024 * 1024  # of one photo
TYPES = "image/jpeg,image/png,image/webp,application/pdf"
Interval = tuple[float, float]


class Many(forms.FileInput):
    """A field for several files at once."""

    allow_multiple_selected = True


class StatedForm(forms.Form):
    """Words, and photos that show that they are true."""

    words = forms.CharField(
        label=_("Reasons"),
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": _("Say why, in your own words.")},
    )
    photos = forms.Field(
        label=_("Photos"),
        required=False,
        help_text=_("JPEG, PNG, WebP or PDF, at most nine of 20 MB each."),
        widget=Many(attrs={"accept": TYPES}),
    )


class ContestForm(StatedForm):
    """What is contested: the whole, or stretches that were not counted; the uuid makes a second press change
    nothing.
    """

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    about = forms.ChoiceField(choices=[("stretch", ""), ("whole", "")])
    stretches = forms.MultipleChoiceField(required=False)

    def __init__(self, skipped: Sequence[Interval], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.skipped = {stretch_key(each): each for each in skipped}
        self.fields["stretches"].choices = [(key, key) for key in self.skipped]  # type: ignore[attr-defined]
        self.fields["words"].label = gettext("What is wrong with the verdict?")
        self.fields["words"].help_text = gettext(
            "For example: the phone ran out of battery, the stretch was closed by works, who saw you there."
        )

    def clean(self) -> dict[str, Any]:
        """Who contests stretches names at least one."""
        given = super().clean() or {}
        if (
            given.get("about") == "stretch"
            and not given.get("stretches")
            and not self.errors.get("stretches")
        ):
            self.add_error("stretches", gettext("Choose at least one stretch."))
        return given

    def chosen(self) -> list[Interval]:
        """The stretches asked for; none for the whole."""
        if self.cleaned_data["about"] == "whole":
            return []
        return [self.skipped[key] for key in self.cleaned_data["stretches"]]


class DecideForm(StatedForm):
    """What is decided, and why."""

    result = forms.ChoiceField(
        choices=[
            (value, value) for value in (Contest.Result.STRETCH, Contest.Result.WHOLE, Contest.Result.STANDS)
        ],
        error_messages={"required": _("Choose what is decided.")},
    )
    accepted = forms.MultipleChoiceField(required=False)

    def __init__(self, stretches: Sequence[Sequence[float]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = [(float(a), float(b)) for a, b in stretches]
        self.asked = {stretch_key(each): each for each in asked}
        self.fields["accepted"].choices = [(key, key) for key in self.asked]  # type: ignore[attr-defined]
        self.fields["words"].label = gettext("Reasons of the decision")
        self.fields["words"].help_text = gettext(
            "The holder reads this; name what you looked at and whom you asked."
        )

    def chosen(self) -> tuple[Interval, ...]:
        """The stretches taken as walked; none named means all."""
        return tuple(self.asked[key] for key in self.cleaned_data["accepted"])


class SettleForm(StatedForm):
    """A doubtful verdict is settled without a contest."""

    uuid = forms.UUIDField(widget=forms.HiddenInput)
    result = forms.ChoiceField(
        choices=[(Contest.Result.WHOLE, ""), (Contest.Result.REFUTED, "")],
        error_messages={"required": _("Choose what is decided.")},
    )


def stretch_key(stretch: Sequence[float]) -> str:
    """A stretch as forms name it: ``900.0-1900.0``."""
    return f"{stretch[0]:.1f}-{stretch[1]:.1f}"


def _photos_of(request: HttpRequest) -> tuple[Photo, ...]:
    """The pictures of a form. Refusal for one that is too large."""
    found = []
    for file in request.FILES.getlist("photos"):
        if (file.size or 0) > MOST_BYTES:
            message = gettext_noop("A photo may have %(most)s MB.")
            raise Refusal(
                "contest.photo_large", message, {"photos": message}, status=413, most=MOST_BYTES // 1_048_576
            )
        found.append(Photo(file.name or "", _bytes(file)))
    return tuple(found)


def _bytes(file: UploadedFile[Any]) -> bytes:
    return bytes(file.read())


def stated(form: StatedForm, request: HttpRequest) -> Stated:
    """The words and pictures of a valid form."""
    return Stated(form.cleaned_data["words"], _photos_of(request))
