"""Liveness and readiness for whoever watches the server."""

from django.db import connection
from django.http import HttpRequest, JsonResponse

__all__ = ["healthz"]


def healthz(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, 503 when it does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except Exception:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ok"})
