"""Where a verdict's area lies stands on the verdict, level by level: lists of millions walk one index."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Substr

LEVELS = {"prefecture": 4, "county": 6, "township": 9, "village": 12}
KEYS = {"area": "registry.area", "person": "people.person", "policy": "policies.policy"}
HAS_FLAGS = models.Func(
    F("flag_codes"), template="(%(expressions)s <> '')", output_field=models.BooleanField()
)


def fill_in(apps, schema_editor):
    verdicts = apps.get_model("patrols", "Verdict").objects
    area = apps.get_model("registry", "Area").objects.filter(pk=OuterRef("area_id"))
    verdicts.update(village=Subquery(area.values("division_id")[:1]))
    verdicts.update(
        **{level: Substr("village", 1, digits) for level, digits in LEVELS.items() if digits < 12}
    )


def key_without_index(name):
    more = {"null": True} if name == "policy" else {}
    related = "verdicts" if name == "area" else "+"
    field = models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        to=KEYS[name],
        related_name=related,
        db_index=False,
        **more,
    )
    return migrations.AlterField("verdict", name, field)


def column(name, digits):
    field = models.CharField(default="", max_length=digits)
    return migrations.AddField("verdict", name, field, preserve_default=False)


def list_index(*level):
    index = models.Index(
        fields=[*level, "-started_at", "-id", "outcome"],
        condition=Q(is_current=True),
        name="_".join(("verdict", *level, "list")),
    )
    return migrations.AddIndex("verdict", index)


class Migration(migrations.Migration):
    dependencies = [
        ("patrols", "0005_track_deletions"),
        ("registry", "0003_area_pinyin_index"),
        ("policies", "0001_initial"),
    ]

    operations = [
        *(column(name, digits) for name, digits in LEVELS.items()),
        migrations.RunPython(fill_in, migrations.RunPython.noop),
        *(key_without_index(name) for name in KEYS),
        migrations.AddConstraint(
            "verdict",
            models.CheckConstraint(
                condition=Q(village__startswith=F("township")) & Q(township__startswith=F("county")),
                name="verdict_lies_in_one_place",
            ),
        ),
        list_index(),
        *(list_index(level) for level in LEVELS),
        migrations.AddIndex(
            "verdict",
            models.Index(
                fields=["-started_at", "-id", "flag_codes", "prefecture", "county"],
                condition=Q(is_current=True) & Q(HAS_FLAGS),
                name="verdict_flagged_list",
            ),
        ),
    ]
