import uuid

import django.db.models.deletion
from django.db import migrations, models

import apps.core.models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0004_days"),
    ]

    operations = [
        migrations.AlterField(
            model_name="delivery",
            name="event",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="deliveries",
                to="audit.event",
                verbose_name="event",
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="public_id",
            field=models.UUIDField(
                db_default=apps.core.models.RandomUUID(), default=uuid.uuid4, editable=False, verbose_name="public id"
            ),
        ),
    ]
