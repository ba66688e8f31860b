"""What a workbook says of itself on its last sheet: which rows it holds, as of when, for whom."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.timezone import localtime
from django.utils.translation import gettext

from shanhe.faces.http.filters import Chosen
from shanhe.ground import clock

__all__ = ["about_export", "export_name"]


def about_export(request: HttpRequest, chosen: Chosen) -> list[tuple[str, str]]:
    """The filters that were set, the moment, and who asked."""
    return [
        *chosen.described(),
        (gettext("As of"), localtime(clock.now()).strftime("%Y-%m-%d %H:%M")),
        (gettext("Made by"), request.user.get_username()),
    ]


def export_name(title: str) -> str:
    """The file's name: what it is, and the day."""
    return f"{title} {clock.today():%Y-%m-%d}"
