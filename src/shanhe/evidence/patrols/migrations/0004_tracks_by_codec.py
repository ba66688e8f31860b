"""Tracks are kept by the codec; rows from before stay as they are and are read as their ``codec`` says."""

from django.db import migrations, models
from django.db.models import F


def digest_of_what_came(apps, schema_editor):
    # Until now the bytes as they came were what was kept, so one digest served both.
    apps.get_model("patrols", "Track").objects.filter(sent_sha256="").update(sent_sha256=F("raw_sha256"))


class Migration(migrations.Migration):
    dependencies = [("patrols", "0003_contests")]

    operations = [
        migrations.AddField("track", "rest", models.BinaryField(default=b"")),
        migrations.AddField(
            "track",
            "sent_sha256",
            models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(digest_of_what_came, migrations.RunPython.noop),
    ]
