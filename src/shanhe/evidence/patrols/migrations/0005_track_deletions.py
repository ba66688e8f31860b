"""What stays of tracks whose retention time is over."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("patrols", "0004_tracks_by_codec")]

    operations = [
        migrations.CreateModel(
            name="TrackDeletion",
            fields=[
                (
                    "patrol",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="track_deletion",
                        serialize=False,
                        to="patrols.patrol",
                    ),
                ),
                ("deleted_at", models.DateTimeField()),
                ("years", models.FloatField()),
                ("points", models.PositiveIntegerField()),
                ("raw_sha256", models.CharField(max_length=64)),
                ("sent_sha256", models.CharField(blank=True, max_length=64)),
                ("pictures", models.PositiveIntegerField(default=0)),
            ],
        ),
    ]
