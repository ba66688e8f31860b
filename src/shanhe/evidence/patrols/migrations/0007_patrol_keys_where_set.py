"""Keys of patrols that are mostly NULL are indexed where they are set."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("patrols", "0006_verdicts_by_place"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            "patrol",
            "sent_by",
            models.ForeignKey(
                null=True,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="patrols_sent",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            "patrol",
            "on_behalf_of",
            models.ForeignKey(
                blank=True,
                null=True,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="patrols_by_others",
                to="people.person",
            ),
        ),
        *(
            migrations.AddIndex(
                "patrol",
                models.Index(fields=[key], condition=Q(**{f"{key}__isnull": False}), name=f"patrol_{key}"),
            )
            for key in ("sent_by", "on_behalf_of")
        ),
    ]
