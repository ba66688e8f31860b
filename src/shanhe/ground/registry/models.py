"""The registry: waters, areas that somebody answers for, facilities, and one table for all their geometry."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from shanhe.ground import clock
from shanhe.ground.divisions.models import Level


class WaterBody(models.Model):
    """A river, lake, reservoir or canal 河湖."""

    class Kind(models.TextChoices):
        RIVER = "river", _("River")
        LAKE = "lake", _("Lake")
        RESERVOIR = "reservoir", _("Reservoir")
        CANAL = "canal", _("Canal")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    level = models.CharField(_("highest level"), max_length=10, choices=Level.choices)
    division = models.ForeignKey("divisions.Division", models.PROTECT, related_name="waters")
    initials = models.CharField(max_length=80, blank=True, db_index=True)
    is_simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]


class Area(models.Model):
    """What somebody answers for 责任区: a reach or a forest unit, at one level."""

    class Kind(models.TextChoices):
        REACH = "reach", _("Reach")
        FOREST_UNIT = "forest-unit", _("Forest unit")

    code = models.CharField(_("code"), max_length=40, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=120)
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    division = models.ForeignKey("divisions.Division", models.PROTECT, related_name="areas")
    half_width_m = models.FloatField(
        _("half width"), default=0
    )  # metres; widens the tolerance of broad rivers
    initials = models.CharField(max_length=120, blank=True, db_index=True)
    pinyin = models.CharField(max_length=300, blank=True)
    since = models.DateField(_("valid from"), null=True, blank=True)
    until = models.DateField(_("valid until"), null=True, blank=True)
    is_simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["code"]
        indexes = [
            models.Index(fields=["division", "kind", "level"], name="area_division_kind_level"),
            models.Index(fields=["name"], name="area_name"),
            models.Index(fields=["pinyin"], name="area_pinyin"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(half_width_m__gte=0), name="area_half_width_not_negative"),
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gt=F("since")),
                name="area_ends_after_it_begins",
            ),
        ]


class AreaWithin(models.Model):
    """Closure of the nesting of areas: each area lies within itself (depth 0) and within its ancestors."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="within")
    ancestor = models.ForeignKey(Area, models.CASCADE, related_name="contains")
    depth = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ancestor", "area"], name="area_within_once")]


class Reach(models.Model):
    """A stretch of water one chief answers for 河段, at one level, within a reach of the level above."""

    class Bank(models.TextChoices):
        BOTH = "both", _("Both banks")
        LEFT = "left", _("Left bank")
        RIGHT = "right", _("Right bank")

    area = models.OneToOneField(Area, models.CASCADE, primary_key=True, related_name="reach")
    water = models.ForeignKey(WaterBody, models.PROTECT, related_name="reaches")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    bank = models.CharField(_("bank"), max_length=5, choices=Bank.choices, default=Bank.BOTH)
    from_m = models.FloatField(_("from chainage"), null=True, blank=True)  # metres along the water
    to_m = models.FloatField(_("to chainage"), null=True, blank=True)
    start_name = models.CharField(_("begins at"), max_length=120, blank=True)
    end_name = models.CharField(_("ends at"), max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(from_m__isnull=True) | Q(to_m__isnull=True) | Q(to_m__gt=F("from_m")),
                name="reach_ends_below_its_begin",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("area")), name="reach_is_not_in_itself"
            ),
        ]


class ForestUnit(models.Model):
    """A patch of forest, wetland or grassland, or an ancient tree 林地责任区."""

    class Kind(models.TextChoices):
        GRID = "grid", _("Grid cell")
        COMPARTMENT = "compartment", _("Compartment")
        SUBCOMPARTMENT = "subcompartment", _("Sub-compartment")
        WETLAND = "wetland", _("Wetland")
        GRASSLAND = "grassland", _("Grassland")
        ANCIENT_TREE = "ancient_tree", _("Ancient tree")

    area = models.OneToOneField(Area, models.CASCADE, primary_key=True, related_name="forest_unit")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    category = models.CharField(_("forest category"), max_length=60, blank=True)  # 公益林, 商品林 …
    tenure = models.CharField(_("tenure"), max_length=60, blank=True)  # 国有, 集体, 承包户
    owner = models.CharField(_("owner or contractor"), max_length=120, blank=True)
    species = models.CharField(_("main species"), max_length=120, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("area")), name="forest_unit_is_not_in_itself"
            )
        ]


class Facility(models.Model):
    """A thing at the water or in the wood 涉河湖对象: outfall, intake, signboard, marker, station."""

    class Kind(models.TextChoices):
        OUTFALL = "outfall", _("Outfall")
        INTAKE = "intake", _("Intake")
        SAND_SITE = "sand_site", _("Sand-mining site")
        SIGNBOARD = "signboard", _("Signboard")
        MARKER = "marker", _("Boundary marker")
        SOURCE_ZONE = "source_zone", _("Source protection zone")
        STATION = "station", _("Station")
        SLUICE = "sluice", _("Sluice or weir")
        CHECKPOINT = "checkpoint", _("Checkpoint")  # a tree, a rock, a post: there to bear a sticker

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    code = models.CharField(_("code"), max_length=60, unique=True)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=120)
    division = models.ForeignKey("divisions.Division", models.PROTECT, related_name="facilities")
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="facilities")
    facts = models.JSONField(default=dict)  # attributes of its kind, by the standard's names
    initials = models.CharField(max_length=120, blank=True)
    is_simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["division", "kind"], name="facility_division_kind")]


class Sticker(models.Model):
    """A code on a facility 打卡码: who read it was there. A copied or lost one is revoked, and replaced.

    The code is drawn by chance, so that nobody guesses the next checkpoint's from the last one's.
    """

    code = models.CharField(max_length=12, unique=True)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="stickers")
    issued_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["facility", "issued_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["facility"],
                condition=Q(revoked_at__isnull=True),
                name="facility_has_one_present_sticker",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True) | Q(revoked_at__gte=F("issued_at")),
                name="sticker_ends_after_it_begins",
            ),
        ]


class Shape(models.Model):
    """One geometry of one owner, from ``since`` until the day before ``until``; never overwritten.

    WKB in EPSG:4490, longitude first, two dimensions. The present shape of an owner has no ``until``. Window
    search goes over the bounding box: an R-tree beside the table on SQLite, a GiST index on PostgreSQL.
    """

    area = models.ForeignKey(Area, models.CASCADE, null=True, blank=True, related_name="shapes")
    water = models.ForeignKey(WaterBody, models.CASCADE, null=True, blank=True, related_name="shapes")
    facility = models.ForeignKey(Facility, models.CASCADE, null=True, blank=True, related_name="shapes")
    wkb = models.BinaryField()
    geometry_type = models.CharField(max_length=16)  # "LineString" …
    min_lon = models.FloatField()
    min_lat = models.FloatField()
    max_lon = models.FloatField()
    max_lat = models.FloatField()
    length_m = models.FloatField(default=0)  # geodesic, GRS 80; a polygon's boundary
    area_m2 = models.FloatField(default=0)  # geodesic
    vertices = models.PositiveIntegerField()
    is_sketch = models.BooleanField(default=False)  # 示意: drawn for orientation, not surveyed
    source = models.CharField(max_length=200, blank=True)
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(area__isnull=False, water__isnull=True, facility__isnull=True)
                | Q(area__isnull=True, water__isnull=False, facility__isnull=True)
                | Q(area__isnull=True, water__isnull=True, facility__isnull=False),
                name="shape_has_one_owner",
            ),
            models.UniqueConstraint(
                fields=["area"], condition=Q(until__isnull=True), name="area_has_one_present_shape"
            ),
            models.UniqueConstraint(
                fields=["water"], condition=Q(until__isnull=True), name="water_has_one_present_shape"
            ),
            models.UniqueConstraint(
                fields=["facility"], condition=Q(until__isnull=True), name="facility_has_one_present_shape"
            ),
            models.CheckConstraint(
                condition=Q(min_lon__lte=F("max_lon"), min_lat__lte=F("max_lat")), name="shape_box_is_a_box"
            ),
        ]
