"""What stays of a track whose retention time is over. Loaded with ``models``."""

from __future__ import annotations

from django.db import models

__all__ = ["TrackDeletion"]


class TrackDeletion(models.Model):
    """A track was deleted: when, by which number of years, and the digests by which a copy is known again.

    The patrol, its verdicts and its records on the ledger stay.
    """

    patrol = models.OneToOneField(
        "patrols.Patrol", models.CASCADE, primary_key=True, related_name="track_deletion"
    )
    deleted_at = models.DateTimeField()
    years = models.FloatField()  # of the policy in force that day
    points = models.PositiveIntegerField()
    raw_sha256 = models.CharField(max_length=64)  # the track's own, as the ledger has it too
    sent_sha256 = models.CharField(max_length=64, blank=True)
    pictures = models.PositiveIntegerField(default=0)  # whose place and time were taken out
