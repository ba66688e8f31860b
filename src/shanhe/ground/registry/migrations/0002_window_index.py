"""The index behind window search: an R-tree on SQLite, a GiST index on PostgreSQL."""

from django.db import migrations

from shanhe.ground.registry import rtree


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]

    operations = [migrations.RunPython(rtree.install, rtree.remove)]
