"""The office map and what is drawn on it."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
