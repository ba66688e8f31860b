"""Handovers and leaves; an appointment has one leave at a time, by the database's own word.

PostgreSQL: an exclusion constraint over one-element ranges, as for the holder of a post (0002). SQLite: triggers
of the same meaning; a migration that makes Django rebuild people_leave there has to make them again.
"""

import django.db.models.deletion
import shanhe.ground.clock
import uuid
from django.db import migrations, models

POSTGRESQL = """
ALTER TABLE people_leave ADD CONSTRAINT leave_one_at_a_time EXCLUDE USING gist (
    int8range(appointment_id, appointment_id, '[]') WITH &&,
    daterange(since, until) WITH &&
)
"""

# A cancelled leave (until = since) lies on no day and so overlaps nothing.
SQLITE = """
CREATE TRIGGER leave_one_at_a_time_{when} BEFORE {event} ON people_leave
WHEN NEW.until > NEW.since
BEGIN
    SELECT RAISE(ABORT, 'leave_one_at_a_time') WHERE EXISTS (
        SELECT 1 FROM people_leave AS other
        WHERE other.appointment_id = NEW.appointment_id AND other.id IS NOT NEW.id
          AND other.until > other.since AND other.until > NEW.since AND other.since < NEW.until
    );
END
"""


def make_one_at_a_time(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
    else:
        schema_editor.execute(SQLITE.format(when="insert", event="INSERT"))
        schema_editor.execute(SQLITE.format(when="update", event="UPDATE OF appointment_id, since, until"))


def drop_one_at_a_time(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE people_leave DROP CONSTRAINT leave_one_at_a_time")
    else:
        for when in ("insert", "update"):
            schema_editor.execute(f"DROP TRIGGER leave_one_at_a_time_{when}")


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_one_holder"),
    ]

    operations = [
        migrations.CreateModel(
            name="Handover",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("on", models.DateField(verbose_name="from")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "To be confirmed"),
                            ("confirmed", "Confirmed"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("batch", models.UUIDField(blank=True, null=True)),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("did_end", models.BooleanField()),
                ("until_before", models.DateField(blank=True, null=True)),
                ("is_simulated", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=shanhe.ground.clock.now)),
                (
                    "incoming",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="taken_over",
                        to="people.appointment",
                    ),
                ),
                (
                    "outgoing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handed_over",
                        to="people.appointment",
                    ),
                ),
            ],
            options={
                "ordering": ["-on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="HandoverEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("make", "Decided by the office"),
                            ("confirm", "List confirmed"),
                            ("refuse", "Refused to confirm"),
                            ("attest", "Confirmed on paper"),
                            ("correct", "Entry corrected"),
                            ("withdraw", "Withdrawn"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[("outgoing", "Handing over"), ("incoming", "Taking over")],
                        max_length=8,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=500)),
                ("file", models.UUIDField(blank=True, null=True)),
                ("listed", models.JSONField(blank=True, null=True)),
                ("listed_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.person",
                    ),
                ),
                (
                    "handover",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="people.handover",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="HandoverSide",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("outgoing", "Handing over"), ("incoming", "Taking over")], max_length=8
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Not confirmed yet"),
                            ("confirmed", "Confirmed"),
                            ("refused", "Refused to confirm"),
                            ("on_paper", "Confirmed on paper"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "handover",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sides",
                        to="people.handover",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handover_sides",
                        to="people.person",
                    ),
                ),
            ],
            options={
                "ordering": ["handover", "-role"],
            },
        ),
        migrations.CreateModel(
            name="Leave",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateField(verbose_name="from")),
                ("until", models.DateField(verbose_name="until")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                ("end_reason", models.CharField(blank=True, max_length=200)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("is_simulated", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=shanhe.ground.clock.now)),
                (
                    "appointment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leaves",
                        to="people.appointment",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="leaves", to="people.person"
                    ),
                ),
                (
                    "substitute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="substitutions",
                        to="people.person",
                    ),
                ),
            ],
            options={
                "ordering": ["-since", "-pk"],
            },
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(fields=["-on", "-id"], name="handover_newest"),
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(fields=["state", "-on"], name="handover_state_newest"),
        ),
        migrations.AddIndex(
            model_name="handover",
            index=models.Index(fields=["batch"], name="handover_batch"),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "withdrawn"), _negated=True),
                fields=("outgoing",),
                name="appointment_is_handed_over_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "withdrawn"), _negated=True),
                fields=("incoming",),
                name="appointment_is_taken_over_once",
            ),
        ),
        migrations.AddIndex(
            model_name="handoverevent",
            index=models.Index(fields=["handover", "at"], name="handover_event_in_order"),
        ),
        migrations.AddIndex(
            model_name="handoverside",
            index=models.Index(fields=["person", "state"], name="handover_side_person_state"),
        ),
        migrations.AddConstraint(
            model_name="handoverside",
            constraint=models.UniqueConstraint(
                fields=("handover", "role"), name="handover_has_each_side_once"
            ),
        ),
        migrations.AddIndex(
            model_name="leave",
            index=models.Index(fields=["substitute", "since"], name="leave_substitute_since"),
        ),
        migrations.AddConstraint(
            model_name="leave",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cancelled_at__isnull", True), ("until__gt", models.F("since"))),
                    models.Q(("cancelled_at__isnull", False), ("until", models.F("since"))),
                    _connector="OR",
                ),
                name="leave_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="leave",
            constraint=models.CheckConstraint(
                condition=models.Q(("substitute", models.F("person")), _negated=True),
                name="leave_substitute_is_somebody_else",
            ),
        ),
        migrations.RunPython(make_one_at_a_time, drop_one_at_a_time),
    ]
