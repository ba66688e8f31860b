"""Routes of the open formats."""

from django.urls import URLPattern, URLResolver

from shanhe.faces.openapi import tiles

urlpatterns: list[URLPattern | URLResolver] = [*tiles.urlpatterns]
