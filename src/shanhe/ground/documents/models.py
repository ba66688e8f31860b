"""Documents: files as they came, by the uuid their sender gave them, bound to a record by its uuid."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class StoredFile(models.Model):
    """A file that arrives in parts; whole once ``sha256`` is known. Bytes lie in the data directory."""

    uuid = models.UUIDField(primary_key=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    content_type = models.CharField(max_length=80, blank=True)  # by content, once whole
    size = models.BigIntegerField()  # bytes, as announced
    received = models.BigIntegerField(default=0)  # bytes so far, without holes
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)  # "" while incomplete
    record_type = models.CharField(max_length=40, blank=True)  # "patrol"
    record_uuid = models.UUIDField(null=True, blank=True)
    exif = models.JSONField(default=dict)  # evidence: stays in the record, never in public copies
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="files")
    created_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["record_type", "record_uuid"], name="file_of_a_record")]
        constraints = [
            models.CheckConstraint(
                condition=Q(size__gte=0, received__gte=0, received__lte=F("size")),
                name="file_never_longer_than_announced",
            )
        ]
