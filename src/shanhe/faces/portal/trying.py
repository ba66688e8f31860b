"""Try a track of one's own against a drawn line; nothing is kept."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
