"""All routes: each face brings its own."""

from django.urls import include, path
from django.views.i18n import JavaScriptCatalog

from shanhe.faces.api.v1 import api
from shanhe.faces.http.health import healthz
from shanhe.faces.office.accounts import language_choice

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("jsi18n/", JavaScriptCatalog.as_view(packages=None), name="javascript-catalog"),
    path("i18n/setlang/", language_choice, name="set_language"),
    path("api/v1/", api.urls),
    path("", include("shanhe.faces.office.urls")),
    path("", include("shanhe.faces.portal.urls")),
    path("", include("shanhe.faces.openapi.urls")),
]

handler404 = "shanhe.faces.http.refusals.not_found"
handler500 = "shanhe.faces.http.refusals.broken"
handler403 = "shanhe.faces.http.refusals.forbidden"
handler400 = "shanhe.faces.http.refusals.bad_request"
