"""Contests 申诉 of verdicts with their timelines, and the re-verification of a period 复核.

Loaded with ``models``: they lie apart only so that either can be read in one go.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

__all__ = ["OPEN", "Contest", "ContestEvent", "Reverification", "ReverifiedVerdict"]

USER, PERSON = settings.AUTH_USER_MODEL, "people.Person"
#: States in which somebody still has to do something.
OPEN = ("filed", "review")


class Contest(models.Model):
    """Somebody does not accept a verdict, or an office looks at a doubtful one of its own accord.

    ``state`` is for speed, the events are the truth. One of them at most is open for a patrol and an area.
    """

    class State(models.TextChoices):
        FILED = "filed", pgettext_lazy("contest", "Filed")
        REVIEW = "review", pgettext_lazy("contest", "Under review")
        UPHELD = "upheld", pgettext_lazy("contest", "Upheld")
        REJECTED = "rejected", pgettext_lazy("contest", "Rejected")
        WITHDRAWN = "withdrawn", pgettext_lazy("contest", "Withdrawn")

    class Origin(models.TextChoices):
        HOLDER = "holder", pgettext_lazy("contest", "By the holder")
        OFFICE = "office", pgettext_lazy("contest", "Looked at by the superior")

    class Result(models.TextChoices):
        STRETCH = "stretch", pgettext_lazy("decision", "Stretches taken as walked")
        WHOLE = "whole", pgettext_lazy("decision", "Taken as a valid patrol")
        STANDS = "stands", pgettext_lazy("decision", "The verdict stands")
        REFUTED = "refuted", pgettext_lazy("decision", "The doubts are confirmed")

    uuid = models.UUIDField(unique=True)  # made by the sender: the same one again changes nothing
    patrol = models.ForeignKey("patrols.Patrol", models.CASCADE, related_name="contests")
    area = models.ForeignKey("registry.Area", models.PROTECT, related_name="+")
    verdict = models.ForeignKey("patrols.Verdict", models.CASCADE, related_name="contests")  # not accepted
    origin = models.CharField(max_length=8, choices=Origin.choices, default=Origin.HOLDER)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    stretches = models.JSONField(default=list)  # [[from_m, to_m], …] along the reach; none: the whole
    words = models.TextField(_("reasons"))
    filed_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    filer = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    filed_at = models.DateTimeField()
    due_on = models.DateField()  # the last day for a decision
    result = models.CharField(max_length=8, choices=Result.choices, blank=True)
    decided_at = models.DateTimeField(null=True)
    decider = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    #: What the decision made of it; None where the verdict stands.
    new_verdict = models.OneToOneField(
        "patrols.Verdict", models.CASCADE, null=True, related_name="made_by_contest"
    )

    class Meta:
        ordering = ["-filed_at", "-pk"]
        indexes = [
            models.Index(fields=["-filed_at", "-id"], name="contest_newest"),
            models.Index(fields=["state", "due_on"], name="contest_due"),
            models.Index(fields=["area", "-filed_at"], name="contest_area_newest"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["patrol", "area"], condition=Q(state__in=OPEN), name="contest_one_open_per_area"
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=False, state__in=("upheld", "rejected"))
                | Q(decided_at__isnull=True, result="", state__in=(*OPEN, "withdrawn")),
                name="contest_decided_at_a_moment",
            ),
        ]

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state in OPEN


class ContestEvent(models.Model):
    """One step of a contest's timeline; append only."""

    contest = models.ForeignKey(Contest, models.CASCADE, related_name="events")
    seq = models.PositiveSmallIntegerField()
    action = models.CharField(max_length=10)
    source = models.CharField(max_length=10, blank=True)
    target = models.CharField(max_length=10)
    user = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    person = models.ForeignKey(PERSON, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    note = models.TextField(blank=True)
    files = models.JSONField(default=list)  # uuids, which may arrive later
    data = models.JSONField(default=dict)  # of a decision: result, accepted stretches

    class Meta:
        ordering = ["contest", "seq"]
        constraints = [
            models.UniqueConstraint(fields=["contest", "seq"], name="contest_event_seq_once"),
        ]


class Reverification(models.Model):
    """All patrols of a place and a period judged again: first shown, then applied."""

    class State(models.TextChoices):
        COMPUTING = "computing", pgettext_lazy("reverification", "Being computed")
        READY = "ready", pgettext_lazy("reverification", "Ready to look at")
        APPLYING = "applying", pgettext_lazy("reverification", "Being applied")
        APPLIED = "applied", pgettext_lazy("reverification", "Applied")
        DISCARDED = "discarded", pgettext_lazy("reverification", "Put away")

    class Basis(models.TextChoices):
        DAY = "day", pgettext_lazy("reverification", "Rules of the patrol's day, as they stand now")
        TODAY = "today", pgettext_lazy("reverification", "Rules of today")

    uuid = models.UUIDField(unique=True)
    division = models.ForeignKey("divisions.Division", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, blank=True)  # "reach", "forest_unit"; "": both
    since = models.DateField()
    until = models.DateField()  # the day itself counts
    basis = models.CharField(max_length=8, choices=Basis.choices, default=Basis.DAY)
    state = models.CharField(max_length=10, choices=State.choices, default=State.COMPUTING)
    created_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, related_name="+")  # the latest one
    through_id = models.BigIntegerField(default=0)  # the last patrol looked at
    looked_at = models.PositiveIntegerField(default=0)  # verdicts
    unchanged = models.PositiveIntegerField(default=0)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="reverification_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("since")), name="reverification_ends_after_it_begins"
            )
        ]


class ReverifiedVerdict(models.Model):
    """One verdict that would change, or that is left alone for a reason; unchanged ones are only counted."""

    class Status(models.TextChoices):
        CHANGES = "changes", pgettext_lazy("reverification", "Would change")
        DECIDED = "decided", pgettext_lazy("reverification", "Was decided by a person, stays")
        OPEN = "open", pgettext_lazy("reverification", "Is being contested, stays")
        UNREADABLE = "unreadable", pgettext_lazy("reverification", "Cannot be judged again")
        APPLIED = "applied", pgettext_lazy("reverification", "Changed")
        PASSED = "passed", pgettext_lazy("reverification", "Changed otherwise meanwhile, left alone")

    run = models.ForeignKey(Reverification, models.CASCADE, related_name="rows")
    patrol = models.ForeignKey("patrols.Patrol", models.CASCADE, related_name="+")
    verdict = models.ForeignKey("patrols.Verdict", models.CASCADE, related_name="+")  # the present one
    status = models.CharField(max_length=10, choices=Status.choices)
    before = models.CharField(max_length=8)  # outcome
    after = models.CharField(max_length=8, blank=True)  # "" where it cannot be judged again
    counts_before = models.BooleanField()
    counts_after = models.BooleanField()
    after_coverage = models.FloatField(null=True)  # 0..1
    made = models.JSONField(default=dict)  # the new verdict's columns, until it is applied

    class Meta:
        ordering = ["run", "pk"]
        indexes = [models.Index(fields=["run", "status", "id"], name="reverified_by_status")]
        constraints = [
            models.UniqueConstraint(fields=["run", "verdict"], name="reverified_verdict_once_a_run")
        ]
