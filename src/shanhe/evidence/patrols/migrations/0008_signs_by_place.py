"""Lists of verdicts with a sign walk an index of those that have any, by prefecture and county, too."""

from django.db import migrations, models
from django.db.models import F, Q

HAS_FLAGS = models.Func(
    F("flag_codes"), template="(%(expressions)s <> '')", output_field=models.BooleanField()
)


def flagged_index(*level):
    index = models.Index(
        fields=[*level, "-started_at", "-id", "flag_codes", "outcome"],
        condition=Q(is_current=True) & Q(HAS_FLAGS),
        name="_".join(("verdict", *level, "flagged")),
    )
    return migrations.AddIndex("verdict", index)


class Migration(migrations.Migration):
    dependencies = [("patrols", "0007_patrol_keys_where_set")]

    operations = [
        migrations.RemoveIndex("verdict", "verdict_flagged_list"),
        flagged_index(),
        flagged_index("prefecture"),
        flagged_index("county"),
    ]
