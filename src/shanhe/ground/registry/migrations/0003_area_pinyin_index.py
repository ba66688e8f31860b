from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0002_window_index'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='area',
            index=models.Index(fields=['pinyin'], name='area_pinyin'),
        ),
    ]
