"""Patrols 巡查: outings as they came in, their tracks, and the verdict for each area they served."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

#: With the text in it, not beside it: SQLite takes an index for a part of a table only if it reads the same.
HAS_FLAGS = models.Func(
    F("flag_codes"), template="(%(expressions)s <> '')", output_field=models.BooleanField()
)


class Outcome(models.TextChoices):
    """What a verdict says 巡查认定 (interfaces.md, "What a verdict means")."""

    VALID = "valid", pgettext_lazy("verdict", "Valid")
    PARTIAL = "partial", pgettext_lazy("verdict", "Partial")
    DOUBTFUL = "doubtful", pgettext_lazy("verdict", "Doubtful")
    INVALID = "invalid", pgettext_lazy("verdict", "Invalid")


class Patrol(models.Model):
    """One outing of one person. Its uuid was made by the sender: the same one again changes nothing."""

    class Source(models.TextChoices):
        APP = "app", _("Phone app")
        UPLOAD = "upload", _("File upload")
        IMPORT = "import", _("Import")
        PAPER = "paper", _("Paper log")  # entered by the office 纸质补录, without a track

    uuid = models.UUIDField(unique=True)
    person = models.ForeignKey("people.Person", models.PROTECT, related_name="patrols")
    sent_by = models.ForeignKey(
        "people.User", models.PROTECT, null=True, related_name="patrols_sent", db_index=False
    )
    on_behalf_of = models.ForeignKey(
        "people.Person",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="patrols_by_others",
        db_index=False,
    )
    company = models.ManyToManyField("people.Person", blank=True, related_name="patrols_joined")
    started_at = models.DateTimeField(_("started"))
    ended_at = models.DateTimeField(_("ended"))
    received_at = models.DateTimeField(_("received"))
    source = models.CharField(max_length=8, choices=Source.choices, default=Source.APP)
    mode = models.CharField(max_length=16, blank=True)  # as declared: "walk", "bicycle", "boat", "car"
    device_id = models.CharField(max_length=80, blank=True)
    app_version = models.CharField(max_length=40, blank=True)
    note = models.TextField(_("note"), blank=True)
    signature = models.TextField(blank=True)
    content_sha256 = models.CharField(
        max_length=64
    )  # of the canonical JSON, the fields that may differ left out
    outcome = models.CharField(
        max_length=8, choices=Outcome.choices
    )  # of the first area; the verdicts are the truth
    is_late = models.BooleanField(default=False)
    # Outings of one person that overlap in time belong together: the later ones point at the first.
    joined_to = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="joined")
    is_simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["-started_at", "-pk"]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="patrol_newest"),
            models.Index(fields=["person", "-started_at"], name="patrol_person_newest"),
            models.Index(fields=["device_id", "-started_at"], name="patrol_device_newest"),
            # Where nearly all are NULL, SQLite's statistics take a key for one that finds nearly all.
            *(
                models.Index(fields=[key], condition=Q(**{f"{key}__isnull": False}), name=f"patrol_{key}")
                for key in ("sent_by", "on_behalf_of")
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at__gte=F("started_at")), name="patrol_ends_after_it_begins"
            )
        ]

    @property
    def verdict(self) -> Verdict:
        """The current verdict for the first area; from the prefetched ones where there are any."""
        return min((row for row in self.verdicts.all() if row.is_current), key=lambda row: row.position)


class Track(models.Model):
    """What is kept of the upload for good: same input, same verdict years later (decision 0011).

    ``raw`` with the codec "fixes" are the fixes as ``kernel.tracks.codec`` packs them, ``rest`` is everything
    else that was sent. Rows from before that have the whole upload in ``raw`` ("json+zlib", "gpx+zlib" …) and
    the fixes once more in ``course``.
    """

    patrol = models.OneToOneField(Patrol, models.CASCADE, primary_key=True, related_name="track")
    codec = models.CharField(max_length=16)
    raw = models.BinaryField()
    raw_sha256 = models.CharField(max_length=64)  # of ``raw``, unpacked by "+zlib": tells whether it is whole
    rest = models.BinaryField(default=b"")  # compressed JSON
    sent_sha256 = models.CharField(max_length=64, blank=True)  # of the bytes as they came
    course = models.BinaryField(default=b"")
    points = models.PositiveIntegerField()
    min_lon = models.FloatField(null=True)
    min_lat = models.FloatField(null=True)
    max_lon = models.FloatField(null=True)
    max_lat = models.FloatField(null=True)


class TrackPrint(models.Model):
    """A hash of a piece of a track, robust to small shifts: finds earlier tracks worth comparing with."""

    patrol = models.ForeignKey(Patrol, models.CASCADE, related_name="prints")
    value = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["value", "patrol"], name="track_print_value")]


class Verdict(models.Model):
    """The kernel's answer for one patrol and one area, with the rule set and the shape it was made by.

    Append only: a new verdict replaces the old one as the current, and the old one stays.
    """

    patrol = models.ForeignKey(Patrol, models.CASCADE, related_name="verdicts")
    # Three keys without an index of their own: two lead one below, and a policy is hardly ever looked for.
    area = models.ForeignKey("registry.Area", models.PROTECT, related_name="verdicts", db_index=False)
    shape = models.ForeignKey("registry.Shape", models.PROTECT, related_name="+")
    policy = models.ForeignKey("policies.Policy", models.PROTECT, null=True, related_name="+", db_index=False)
    appointment = models.ForeignKey("people.Appointment", models.PROTECT, null=True, related_name="verdicts")
    position = models.PositiveSmallIntegerField(default=0)  # 0: the first area named
    is_current = models.BooleanField(default=True)
    outcome = models.CharField(_("verdict"), max_length=8, choices=Outcome.choices)
    counts = models.BooleanField(default=False)  # for a duty; of overlapping outings one alone
    started_at = models.DateTimeField()  # the patrol's own, for lists by area and counters
    person = models.ForeignKey(
        "people.Person", models.PROTECT, related_name="+", db_index=False
    )  # the holder it counts for
    # Where the area lies: the first 4, 6, 9 and 12 digits of its division (``ground.lies_in``).
    prefecture = models.CharField(max_length=4)
    county = models.CharField(max_length=6)
    township = models.CharField(max_length=9)
    village = models.CharField(max_length=12)
    coverage = models.FloatField()  # 0..1
    length_m = models.FloatField()
    distance_m = models.FloatField()
    duration_s = models.FloatField()
    moving_s = models.FloatField()
    max_gap_s = models.FloatField()
    max_speed_mps = models.FloatField()
    points = models.PositiveIntegerField()
    points_dropped = models.PositiveIntegerField()
    covered = models.JSONField(default=list)  # [[from_m, to_m], …]
    flags = models.JSONField(default=list)  # [{"code","from_s","to_s","figures"}, …]
    flag_codes = models.CharField(max_length=200, blank=True)  # ",teleport,mock," for the list's filter
    reasons = models.JSONField(default=list)  # [{"code","figures"}, …]
    details = models.JSONField(default=dict)  # asleep intervals, visits, cells, datum
    rules_id = models.CharField(max_length=80)
    kernel_version = models.CharField(max_length=20)
    made_at = models.DateTimeField()
    is_simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["patrol", "position"]
        indexes = [
            models.Index(fields=["area", "-started_at"], name="verdict_area_newest"),
            models.Index(fields=["person", "area", "-started_at"], name="verdict_person_area"),
            models.Index(fields=["outcome", "-started_at"], name="verdict_outcome_newest"),
            # A list is a walk of one of these; the outcome stands in them to be counted without the rows.
            *(
                models.Index(
                    fields=[*level, "-started_at", "-id", "outcome"],
                    condition=Q(is_current=True),
                    name="_".join(("verdict", *level, "list")),
                )
                for level in ((), ("prefecture",), ("county",), ("township",), ("village",))
            ),
            # Signs are rare, and some are very rare: those that have any stand apart.
            *(
                models.Index(
                    fields=[*level, "-started_at", "-id", "flag_codes", "outcome"],
                    condition=Q(is_current=True) & Q(HAS_FLAGS),
                    name="_".join(("verdict", *level, "flagged")),
                )
                for level in ((), ("prefecture",), ("county",))
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patrol", "area"], condition=Q(is_current=True), name="verdict_one_current_per_area"
            ),
            models.CheckConstraint(
                condition=Q(coverage__gte=0, coverage__lte=1), name="verdict_coverage_a_share"
            ),
            models.CheckConstraint(
                condition=Q(village__startswith=F("township")) & Q(township__startswith=F("county")),
                name="verdict_lies_in_one_place",
            ),
        ]

    @property
    def stops(self) -> int | None:
        """How many stops were made, where the rules ask for stops; None where they ask for coverage."""
        is_by_stops = self.details.get("rules", {}).get("kind") == "stops"
        return len(self.details.get("visits", ())) if is_by_stops else None

    @property
    def walked_share(self) -> float | None:
        """The share 0..1 that is held against the minimum: of a forest unit the boundary, if more of that was
        walked. None where the rules ask for stops.
        """
        return None if self.stops is not None else max(self.coverage, self.details.get("boundary", 0.0))


class LogItem(models.Model):
    """One point of the checklist, as ticked on the way."""

    patrol = models.ForeignKey(Patrol, models.CASCADE, related_name="log")
    position = models.PositiveSmallIntegerField()
    item = models.CharField(max_length=60)
    ok = models.BooleanField()
    note = models.TextField(blank=True)
    files = models.JSONField(default=list)  # uuids, which may arrive later

    class Meta:
        ordering = ["patrol", "position"]
        constraints = [models.UniqueConstraint(fields=["patrol", "position"], name="log_item_position_once")]


class LastVisit(models.Model):
    """For the map and the home pages: when an area was last walked, and last walked so that it counts."""

    area = models.OneToOneField("registry.Area", models.CASCADE, primary_key=True, related_name="last_visit")
    counted_at = models.DateTimeField(null=True)
    any_at = models.DateTimeField()
    outcome = models.CharField(max_length=8, choices=Outcome.choices)  # of the latest one

    class Meta:
        indexes = [models.Index(fields=["counted_at"], name="last_visit_counted")]


# Django finds an app's tables here.
from shanhe.evidence.patrols.contests_models import (  # noqa: E402
    Contest,
    ContestEvent,
    Reverification,
    ReverifiedVerdict,
)
from shanhe.evidence.patrols.retention_models import TrackDeletion  # noqa: E402

__all__ = [
    "Contest",
    "ContestEvent",
    "LastVisit",
    "LogItem",
    "Outcome",
    "Patrol",
    "Reverification",
    "ReverifiedVerdict",
    "Track",
    "TrackDeletion",
    "TrackPrint",
    "Verdict",
]
