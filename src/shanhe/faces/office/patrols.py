"""Patrols: list, page, sheet, and files sent from the office."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
