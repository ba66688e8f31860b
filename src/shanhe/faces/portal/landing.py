"""The first page for everybody: what this is and where to go."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
