"""Divisions 行政区划: the tree everything hangs on, with the names it bore and its boundaries."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Level(models.TextChoices):
    """The five levels of the responsibility systems."""

    PROVINCE = "province", pgettext_lazy("level", "Province")
    PREFECTURE = "prefecture", pgettext_lazy("level", "Prefecture")
    COUNTY = "county", pgettext_lazy("level", "County")
    TOWNSHIP = "township", pgettext_lazy("level", "Township")
    VILLAGE = "village", pgettext_lazy("level", "Village")


class Division(models.Model):
    """One division; its code is its identity, its subtree a range of codes."""

    code = models.CharField(_("code"), max_length=12, primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    pinyin = models.CharField(max_length=240, blank=True)  # "dadukouzhen": search by sound
    initials = models.CharField(max_length=80, blank=True, db_index=True)  # "ddkz": search by first letters
    lon = models.FloatField(null=True, blank=True)  # degrees, WGS 84: seat of the office, or label point
    lat = models.FloatField(null=True, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["code"]
        indexes = [
            models.Index(fields=["level", "code"], name="division_level_code"),
            models.Index(fields=["name"], name="division_name"),
            models.Index(fields=["pinyin"], name="division_pinyin"),
            models.Index(fields=["lon", "lat"], name="division_seat"),  # tiles and windows ask for places
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gt=F("since")),
                name="division_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(level="province", parent__isnull=True)
                | (~Q(level="province") & Q(parent__isnull=False)),
                name="division_has_a_parent_unless_province",
            ),
        ]


class DivisionName(models.Model):
    """A name a division bore from ``since`` until the day before ``until``; open ends are None."""

    division = models.ForeignKey(Division, models.CASCADE, related_name="names")
    name = models.CharField(max_length=80)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["division", "since"]
        constraints = [
            models.UniqueConstraint(fields=["division", "since"], name="division_name_begins_once"),
            models.UniqueConstraint(
                fields=["division"], condition=Q(until__isnull=True), name="division_has_one_present_name"
            ),
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gt=F("since")),
                name="division_name_ends_after_it_begins",
            ),
        ]


class DivisionShape(models.Model):
    """The boundary of a division for maps: generalised, not fit to decide on which bank a point lies."""

    division = models.OneToOneField(Division, models.CASCADE, related_name="shape", primary_key=True)
    wkb = models.BinaryField()  # EPSG:4490 lon/lat, (Multi)Polygon
    min_lon = models.FloatField()
    min_lat = models.FloatField()
    max_lon = models.FloatField()
    max_lat = models.FloatField()
    source = models.CharField(max_length=120)

    class Meta:
        indexes = [models.Index(fields=["min_lon", "max_lon"], name="division_shape_lon")]
