"""Routes of the office: each page module brings its own."""

from django.urls import URLPattern, URLResolver, include, path

from shanhe.faces.office import (
    accounts,
    appointments_areas,
    accounts_codes,
    accounts_phone,
    area_drawing,
    area_exports,
    areas,
    call,
    directory,
    divisions,
    gaps,
    handovers,
    home,
    incoming,
    incoming_files,
    jobs,
    leaves,
    ledger,
    maps,
    organization_chart,
    organizations,
    patrols,
    people,
    search,
    start,
)

PAGES = (
    home,
    maps,
    search,
    patrols,
    area_drawing,
    area_exports,
    areas,
    gaps,
    divisions,
    people,
    handovers,
    leaves,
    appointments_areas,
    directory,
    call,
    organization_chart,
    organizations,
    ledger,
    incoming_files,
    incoming,
    jobs,
    start,
)

urlpatterns: list[URLPattern | URLResolver] = [
    *accounts.urlpatterns,
    *accounts_codes.urlpatterns,
    *accounts_phone.urlpatterns,
    path("office/", include([route for module in PAGES for route in module.urlpatterns])),
]
