"""The ledger of all changes, and its published roots."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
