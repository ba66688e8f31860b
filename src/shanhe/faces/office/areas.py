"""Areas: list, page, drawing and mending."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
