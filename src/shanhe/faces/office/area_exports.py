"""The list of areas as a file for map programs, with the same filters as the page."""

from __future__ import annotations

from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext

from shanhe.faces.http.access import office_page, scope_of_request
from shanhe.faces.http.areas import areas_listed, day_chosen
from shanhe.faces.http.exporting import export_name
from shanhe.faces.office.areas import area_filters
from shanhe.ground.registry.geofiles import FORMATS, areas_file

__all__ = ["urlpatterns"]


@office_page
def area_file(request: HttpRequest, form: str) -> HttpResponse:
    """The areas that the filters let through, as a GeoPackage, GeoJSON or KML."""
    chosen = area_filters(request).read(request.GET)
    rows, _metres = areas_listed(scope_of_request(request), chosen)
    answer = HttpResponse(areas_file(rows, form, day_chosen(chosen)), content_type=FORMATS[form][1])
    name = quote(f"{export_name(gettext('Areas'))}.{form}")
    answer["Content-Disposition"] = f"attachment; filename=\"areas.{form}\"; filename*=UTF-8''{name}"
    answer["Cache-Control"] = "private, no-store"
    return answer


urlpatterns: list[URLPattern] = [
    path(f"areas/export.{form}", area_file, {"form": form}, name=f"areas-{form}") for form in FORMATS
]
