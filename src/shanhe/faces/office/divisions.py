"""Divisions: the tree and a page of each."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
