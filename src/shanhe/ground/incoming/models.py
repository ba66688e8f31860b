"""A file that somebody brought: how it was read, matched and taken. The file itself is kept for a month."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Incoming(models.Model):
    """One file on its way in."""

    class State(models.TextChoices):
        RECEIVED = "received", pgettext_lazy("incoming", "Received")
        READ = "read", pgettext_lazy("incoming", "To be matched")
        MATCHED = "matched", pgettext_lazy("incoming", "To be taken in")
        TAKING = "taking", pgettext_lazy("incoming", "Being taken in")
        TAKEN = "taken", pgettext_lazy("incoming", "Taken in")
        REFUSED = "refused", pgettext_lazy("incoming", "Could not be read")
        WITHDRAWN = "withdrawn", pgettext_lazy("incoming", "Withdrawn")

    class Datum(models.TextChoices):
        WGS84 = "wgs84", _("CGCS2000 or WGS 84")
        GCJ02 = "gcj02", _("GCJ-02 (Amap, Tencent)")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=40)  # of ground.incoming.kinds
    name = models.CharField(_("file"), max_length=200)
    size = models.BigIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.RECEIVED)
    sheet = models.CharField(_("sheet or layer"), max_length=200, blank=True)
    crs = models.CharField(_("coordinate system"), max_length=40, blank=True)  # given; "" as the file says
    datum = models.CharField(_("datum"), max_length=5, choices=Datum.choices, default=Datum.WGS84)
    found = models.JSONField(default=dict)  # columns, sheets, rows, coordinate system of the file
    mapping = models.JSONField(default=dict)  # field → column
    report = models.JSONField(default=dict)  # of the dry run, then of what was done
    good_rows = models.BooleanField(default=False)
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="incoming")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["created_by", "-created_at"], name="incoming_by_whom")]
        constraints = [
            models.CheckConstraint(condition=Q(size__gt=0), name="incoming_is_not_empty"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False, state__in=("taken", "refused", "withdrawn"))
                | Q(ended_at__isnull=True, state__in=("received", "read", "matched", "taking")),
                name="incoming_ends_with_its_state",
            ),
        ]
