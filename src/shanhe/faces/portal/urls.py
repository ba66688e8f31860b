"""Routes of the public portal."""

from django.urls import URLPattern, URLResolver

from shanhe.faces.portal import landing, proof, trying

urlpatterns: list[URLPattern | URLResolver] = [
    *landing.urlpatterns,
    *trying.urlpatterns,
    *proof.urlpatterns,
]
