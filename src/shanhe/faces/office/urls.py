"""Routes of this face."""

from django.urls import URLPattern, URLResolver

from shanhe.faces.office import accounts

urlpatterns: list[URLPattern | URLResolver] = [*accounts.urlpatterns]
