"""People: who holds which post for which ground, from when to when; and the accounts they sign in with."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from shanhe.ground import clock
from shanhe.ground.divisions.models import Level


def local_name(name: str, name_en: str) -> str:
    """The English name for who reads English, where there is one."""
    return name_en if name_en and (get_language() or "").startswith("en") else name


class System(models.TextChoices):
    """Which responsibility system a post or office belongs to."""

    RIVER = "river", _("River and Lake Chief System")
    FOREST = "forest", _("Forest Chief System")
    BOTH = "both", _("Both systems")


class Organization(models.Model):
    """A unit 单位: chief's office, member unit, village committee, party branch; it sits in a division."""

    class Kind(models.TextChoices):
        CHIEFS_OFFICE = "chiefs_office", _("Chief's office")
        GOVERNMENT = "government", _("Government")
        MEMBER_UNIT = "member_unit", _("Member unit")
        VILLAGE_COMMITTEE = "village_committee", _("Village committee")
        PARTY_BRANCH = "party_branch", _("Party branch")

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    system = models.CharField(_("system"), max_length=6, choices=System.choices, default=System.BOTH)
    division = models.ForeignKey("divisions.Division", models.PROTECT, related_name="organizations")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    office_phone = models.CharField(_("office phone"), max_length=30, blank=True)
    initials = models.CharField(max_length=120, blank=True)
    is_simulated = models.BooleanField(default=False)

    class Meta:
        ordering = ["division", "code"]
        indexes = [models.Index(fields=["division", "kind"], name="organization_division_kind")]


class Person(models.Model):
    """A person 人员; may hold posts without having a login. No home data is kept."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=60)
    initials = models.CharField(max_length=30, blank=True, db_index=True)
    pinyin = models.CharField(max_length=120, blank=True)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="people"
    )
    division = models.ForeignKey("divisions.Division", models.PROTECT, related_name="people")
    phone = models.CharField(_("work phone"), max_length=30, blank=True)
    is_simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["division", "name", "pk"]
        indexes = [
            models.Index(fields=["division", "id"], name="person_division"),
            models.Index(fields=["phone"], name="person_phone"),
        ]


class Post(models.Model):
    """A post 职务: a kind at a level, under the name the place gives it (草长, 林(草)长)."""

    class Kind(models.TextChoices):
        GENERAL_CHIEF = "general_chief", _("General chief")
        DEPUTY_GENERAL_CHIEF = "deputy_general_chief", _("Deputy general chief")
        CHIEF = "chief", _("Chief")  # river, lake, reach or forest chief, by the post's system
        DEPUTY_CHIEF = "deputy_chief", _("Deputy chief")
        OFFICE_DIRECTOR = "office_director", _("Office director")
        CLERK = "clerk", _("Clerk")
        LIAISON = "liaison", _("Liaison officer")
        MEMBER = "member", _("Member unit officer")
        PATROLLER = "patroller", _("Patroller")
        RANGER = "ranger", _("Ranger")
        POLICE = "police", _("Police chief of a river or forest")
        OBSERVER = "observer", _("Observer")

    code = models.CharField(_("code"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=60)
    name_en = models.CharField(_("English name"), max_length=80, blank=True)
    kind = models.CharField(_("kind"), max_length=24, choices=Kind.choices)
    system = models.CharField(_("system"), max_length=6, choices=System.choices)
    level = models.CharField(_("level"), max_length=10, choices=Level.choices)
    division = models.ForeignKey("divisions.Division", models.PROTECT, null=True, blank=True)  # a local name
    is_exclusive = models.BooleanField(_("one holder at a time"), default=False)
    is_keeper = models.BooleanField(_("answers for an area"), default=False)
    rank = models.PositiveSmallIntegerField(default=50)  # order within a level of the chain, low first

    class Meta:
        ordering = ["level", "rank", "code"]

    @property
    def local_name(self) -> str:
        """The name in the reader's language; a post without an English name keeps its own."""
        return local_name(self.name, self.name_en)


class Remit(models.Model):
    """What an appointment is for: a set of areas, given as subtrees, zones or single areas."""

    class Kind(models.TextChoices):
        SUBTREE = "subtree", _("Division and all below")
        ZONE = "zone", _("Zone")  # 划片分区, 镇干联系村: several divisions or areas under one name
        AREAS = "areas", _("Areas")

    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=120, unique=True)  # "d:653100000000", "a:R-…", "z:大渡口东片"
    name = models.CharField(_("name"), max_length=120)
    division = models.ForeignKey("divisions.Division", models.PROTECT, related_name="remits")  # where it lies
    is_simulated = models.BooleanField(default=False)


class RemitPart(models.Model):
    """One part of a remit: a division with all below it, or one area with all nested in it."""

    remit = models.ForeignKey(Remit, models.CASCADE, related_name="parts")
    division = models.ForeignKey("divisions.Division", models.PROTECT, null=True, blank=True)
    # The one key that looks up a floor; people uses only its id.
    area = models.ForeignKey(
        "registry.Area", models.PROTECT, null=True, blank=True, related_name="remit_parts"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(division__isnull=True, area__isnull=False)
                | Q(division__isnull=False, area__isnull=True),
                name="remit_part_is_a_division_or_an_area",
            ),
            models.UniqueConstraint(
                fields=["remit", "division"], condition=Q(area__isnull=True), name="remit_has_a_division_once"
            ),
            models.UniqueConstraint(
                fields=["remit", "area"], condition=Q(division__isnull=True), name="remit_has_an_area_once"
            ),
        ]


class Appointment(models.Model):
    """A person holds a post for a remit from ``since`` until the day before ``until`` 任职.

    An exclusive post has one holder per remit at a time: the database refuses an overlap (an exclusion
    constraint on PostgreSQL, triggers of the same meaning on SQLite; migration 0002, and whoever lets Django
    remake this table on SQLite has to make the triggers again). What was entered by mistake is cancelled: it
    ends on the day it begins, so that it is in force on none, and stays on record.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="appointments")
    post = models.ForeignKey(Post, models.PROTECT, related_name="appointments")
    remit = models.ForeignKey(Remit, models.PROTECT, related_name="appointments")
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    is_exclusive = models.BooleanField(default=False)  # the post's own, copied for the overlap constraint
    basis = models.CharField(_("appointed by"), max_length=200, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by"
    )  # the one entered by mistake
    is_simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-since", "-pk"]
        indexes = [
            models.Index(fields=["person", "since"], name="appointment_person_since"),
            models.Index(fields=["remit", "since"], name="appointment_remit_since"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, until__isnull=True)
                | Q(cancelled_at__isnull=True, until__gt=F("since"))
                | Q(cancelled_at__isnull=False, until=F("since")),
                name="appointment_ends_after_it_begins",
            )
        ]


class Leave(models.Model):
    """The holder of an appointment is away from ``since`` until the day before ``until``; another stands in.

    Only while the appointment is in force: when it ends, so does the standing in. One leave of an appointment
    at a time: the database refuses an overlap (migration 0003). One that was planned by mistake, or that is
    not taken, is cancelled: it ends on the day it begins, as a mistaken appointment does.
    """

    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="leaves")
    person = models.ForeignKey(Person, models.PROTECT, related_name="leaves")  # the appointment's own
    substitute = models.ForeignKey(Person, models.PROTECT, related_name="substitutions")
    since = models.DateField(_("from"))
    until = models.DateField(_("until"))  # the first day back
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    end_reason = models.CharField(max_length=200, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    is_simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-since", "-pk"]
        indexes = [models.Index(fields=["substitute", "since"], name="leave_substitute_since")]
        constraints = [
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True, until__gt=F("since"))
                | Q(cancelled_at__isnull=False, until=F("since")),
                name="leave_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=~Q(substitute=F("person")), name="leave_substitute_is_somebody_else"
            ),
        ]


class Handover(models.Model):
    """One appointment ends, another begins for the same post and remit 交接; both persons confirm the list.

    The appointments change on their days by the office's decision; ``state`` says how far the two have
    acknowledged (docs/decisions/0012).
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("handover", "To be confirmed")
        CONFIRMED = "confirmed", pgettext_lazy("handover", "Confirmed")
        WITHDRAWN = "withdrawn", pgettext_lazy("handover", "Withdrawn")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    outgoing = models.ForeignKey(Appointment, models.PROTECT, related_name="handed_over")
    incoming = models.ForeignKey(Appointment, models.PROTECT, related_name="taken_over")
    on = models.DateField(_("from"))  # the first day of the incoming
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    batch = models.UUIDField(null=True, blank=True)  # handed over together, as after an election
    note = models.CharField(_("note"), max_length=500, blank=True)
    did_end = models.BooleanField()  # whether it was this handover that ended the outgoing's appointment,
    until_before = models.DateField(null=True, blank=True)  # and the end it had before
    is_simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-on", "-pk"]
        indexes = [
            models.Index(fields=["-on", "-id"], name="handover_newest"),
            models.Index(fields=["state", "-on"], name="handover_state_newest"),
            models.Index(fields=["batch"], name="handover_batch"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["outgoing"],
                condition=~Q(state="withdrawn"),
                name="appointment_is_handed_over_once",
            ),
            models.UniqueConstraint(
                fields=["incoming"],
                condition=~Q(state="withdrawn"),
                name="appointment_is_taken_over_once",
            ),
        ]


class HandoverSide(models.Model):
    """One of the two persons of a handover, and whether they have confirmed the list."""

    class Role(models.TextChoices):
        OUTGOING = "outgoing", pgettext_lazy("handover", "Handing over")
        INCOMING = "incoming", pgettext_lazy("handover", "Taking over")

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("handover side", "Not confirmed yet")
        CONFIRMED = "confirmed", pgettext_lazy("handover side", "Confirmed")
        REFUSED = "refused", pgettext_lazy("handover side", "Refused to confirm")
        ON_PAPER = "on_paper", pgettext_lazy("handover side", "Confirmed on paper")

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="sides")
    role = models.CharField(max_length=8, choices=Role.choices)
    person = models.ForeignKey(Person, models.PROTECT, related_name="handover_sides")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)

    class Meta:
        ordering = ["handover", "-role"]  # the outgoing first
        indexes = [models.Index(fields=["person", "state"], name="handover_side_person_state")]
        constraints = [
            models.UniqueConstraint(fields=["handover", "role"], name="handover_has_each_side_once")
        ]


class HandoverEvent(models.Model):
    """What happened in a handover, never changed: made, confirmed, refused, confirmed on paper, withdrawn."""

    class Action(models.TextChoices):
        MAKE = "make", pgettext_lazy("handover event", "Decided by the office")
        CONFIRM = "confirm", pgettext_lazy("handover event", "List confirmed")
        REFUSE = "refuse", pgettext_lazy("handover event", "Refused to confirm")
        ATTEST = "attest", pgettext_lazy("handover event", "Confirmed on paper")
        CORRECT = "correct", pgettext_lazy("handover event", "Entry corrected")
        WITHDRAW = "withdraw", pgettext_lazy("handover event", "Withdrawn")

    handover = models.ForeignKey(Handover, models.CASCADE, related_name="events")
    action = models.CharField(max_length=8, choices=Action.choices)
    role = models.CharField(max_length=8, choices=HandoverSide.Role.choices, blank=True)  # whose side
    by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=500, blank=True)
    file = models.UUIDField(null=True, blank=True)  # the scanned paper, of documents
    listed = models.JSONField(null=True, blank=True)  # the list as it was confirmed,
    listed_sha256 = models.CharField(max_length=64, blank=True)  # and its digest, which is on the ledger

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["handover", "at"], name="handover_event_in_order")]


class UserManager(BaseUserManager["User"]):
    """Finds accounts by username, letter case ignored by storing it lower."""

    def get_by_natural_key(self, username: str | None) -> User:
        """The account of that name; letter case does not matter."""
        return self.get(username=(username or "").lower())


class User(AbstractBaseUser):
    """An account 账号. What it may do comes from its person's appointments, not from the account."""

    username = models.CharField(
        _("username"), max_length=60, unique=True, validators=[UnicodeUsernameValidator()]
    )
    person = models.OneToOneField(Person, models.PROTECT, null=True, blank=True, related_name="user")
    is_active = models.BooleanField(_("active"), default=True)
    is_administrator = models.BooleanField(_("system administrator"), default=False)
    must_change_password = models.BooleanField(default=True)
    language = models.CharField(max_length=10, blank=True)
    is_simulated = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []


class ApiToken(models.Model):
    """A bearer token: 256 random bits, kept as SHA-256 only, revocable, one indexed look-up a request."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    digest = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)  # a day is enough, and one write a day


class SignInCode(models.Model):
    """A code that signs one phone in to an account, once: shown as a QR code, kept as SHA-256 only."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="sign_in_codes")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(
        User, models.CASCADE, related_name="made_codes"
    )  # oneself, or the office above
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["user", "created_at"], name="sign_in_code_user")]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="sign_in_code_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(revoked_at__isnull=True),
                name="sign_in_code_is_used_or_revoked",
            ),
        ]


class PhoneCode(models.Model):
    """Six digits sent to a telephone number, known or not; number and digits are kept as keyed hashes only.

    A row for numbers that nobody has, too, so that they are limited and answered like all others.
    """

    phone_digest = models.CharField(max_length=64)
    code_digest = models.CharField(max_length=64)
    minute = models.BigIntegerField()  # since the epoch: two requests at once do not both send
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["phone_digest", "-created_at"], name="phone_code_number")]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="phone_code_ends_after_it_begins"
            ),
            models.UniqueConstraint(fields=["phone_digest", "minute"], name="phone_code_once_a_minute"),
        ]
