"""What one answers for: the first page of everybody."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
