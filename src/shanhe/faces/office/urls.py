"""Routes of the office: each page module brings its own."""

from django.urls import URLPattern, URLResolver, include, path

from shanhe.faces.office import (
    accounts,
    area_drawing,
    areas,
    divisions,
    gaps,
    home,
    jobs,
    ledger,
    maps,
    organizations,
    patrols,
    people,
    search,
)

PAGES = (
    home,
    maps,
    search,
    patrols,
    area_drawing,
    areas,
    gaps,
    divisions,
    people,
    organizations,
    ledger,
    jobs,
)

urlpatterns: list[URLPattern | URLResolver] = [
    *accounts.urlpatterns,
    path("office/", include([route for module in PAGES for route in module.urlpatterns])),
]
