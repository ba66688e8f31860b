"""Policies: numbers that differ by place, level or year, each with its validity and its source."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shanhe.ground import clock


class Policy(models.Model):
    """One dated value. The nearest division wins, then kind, then level, then the latest validity."""

    key = models.CharField(_("key"), max_length=60)  # "patrol.rules", "patrol.unvisited_days"
    division = models.ForeignKey(
        "divisions.Division", models.PROTECT, null=True, blank=True
    )  # None: everywhere
    kind = models.CharField(_("kind"), max_length=20, blank=True)  # "reach", "forest-unit", "" for any
    level = models.CharField(_("level"), max_length=10, blank=True)  # "" for any
    since = models.DateField(_("valid from"))
    until = models.DateField(_("valid until"), null=True, blank=True)  # the first day it no longer holds
    value = models.JSONField(_("value"))
    source = models.CharField(_("source"), max_length=300)  # document and number that fixes it
    pack = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["key", "division", "kind", "level", "since"]
        indexes = [models.Index(fields=["key", "division"], name="policy_key_division")]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "division", "kind", "level", "since"],
                condition=Q(division__isnull=False),
                name="policy_begins_once_in_a_division",
            ),
            models.UniqueConstraint(
                fields=["key", "kind", "level", "since"],
                condition=Q(division__isnull=True),
                name="policy_begins_once_everywhere",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")), name="policy_ends_after_it_begins"
            ),
        ]


class Holiday(models.Model):
    """A day whose kind differs from its weekday, by order of the State Council or a place's own."""

    day = models.DateField()
    division = models.ForeignKey("divisions.Division", models.PROTECT, null=True, blank=True)
    is_working = models.BooleanField()  # True: a weekend worked to make up; False: a day off
    name = models.CharField(max_length=60, blank=True)
    source = models.CharField(max_length=200)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(
                fields=["day"], condition=Q(division__isnull=True), name="holiday_once_everywhere"
            ),
            models.UniqueConstraint(
                fields=["day", "division"],
                condition=Q(division__isnull=False),
                name="holiday_once_in_a_division",
            ),
        ]
