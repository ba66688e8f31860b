"""An exclusive post has one holder per remit at a time, by the database's own word; mistakes can be cancelled.

PostgreSQL: an exclusion constraint over one-element ranges, so that the extension btree_gist is not needed.
SQLite: triggers of the same meaning. A migration that makes Django rebuild people_appointment on SQLite drops
them: it has to call ``make_one_holder`` again (a test overlaps two appointments and would notice).
"""

import django.db.models.deletion
from django.db import migrations, models

POSTGRESQL = """
ALTER TABLE people_appointment ADD CONSTRAINT appointment_one_holder EXCLUDE USING gist (
    int8range(post_id, post_id, '[]') WITH &&,
    int8range(remit_id, remit_id, '[]') WITH &&,
    daterange(since, until) WITH &&
) WHERE (is_exclusive)
"""

# Days are ISO text; a cancelled appointment (until = since) is in force on no day and so overlaps nothing.
SQLITE = """
CREATE TRIGGER appointment_one_holder_{when} BEFORE {event} ON people_appointment
WHEN NEW.is_exclusive AND (NEW.until IS NULL OR NEW.until > NEW.since)
BEGIN
    SELECT RAISE(ABORT, 'appointment_one_holder') WHERE EXISTS (
        SELECT 1 FROM people_appointment AS other
        WHERE other.is_exclusive
          AND other.post_id = NEW.post_id AND other.remit_id = NEW.remit_id AND other.id IS NOT NEW.id
          AND (other.until IS NULL OR (other.until > other.since AND other.until > NEW.since))
          AND (NEW.until IS NULL OR other.since < NEW.until)
    );
END
"""


def make_one_holder(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRESQL)
    else:
        schema_editor.execute(SQLITE.format(when="insert", event="INSERT"))
        columns = "post_id, remit_id, since, until, is_exclusive"
        schema_editor.execute(SQLITE.format(when="update", event=f"UPDATE OF {columns}"))


def drop_one_holder(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE people_appointment DROP CONSTRAINT appointment_one_holder")
    else:
        for when in ("insert", "update"):
            schema_editor.execute(f"DROP TRIGGER appointment_one_holder_{when}")


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.RemoveConstraint(model_name="appointment", name="appointment_ends_after_it_begins"),
        migrations.AddField(
            model_name="appointment",
            name="cancelled_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="appointment",
            name="corrects",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrected_by",
                to="people.appointment",
            ),
        ),
        migrations.AddConstraint(
            model_name="appointment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("cancelled_at__isnull", True), ("until__isnull", True)),
                    models.Q(("cancelled_at__isnull", True), ("until__gt", models.F("since"))),
                    models.Q(("cancelled_at__isnull", False), ("until", models.F("since"))),
                    _connector="OR",
                ),
                name="appointment_ends_after_it_begins",
            ),
        ),
        migrations.RunPython(make_one_holder, drop_one_holder),
    ]
