import django.contrib.postgres.indexes
from django.db import migrations

import apps.parties.grams
from apps.parties.grams import DROPPED, MADE


class Migration(migrations.Migration):
    """Names are found by their pieces of one and two characters; trigrams served neither two characters nor less."""

    dependencies = [("parties", "0002_bankaccount_added_at")]

    operations = [
        migrations.RunSQL(MADE, DROPPED),
        migrations.AddIndex(
            model_name="party",
            index=django.contrib.postgres.indexes.GinIndex(
                apps.parties.grams.NameGrams("name"), gin_pending_list_limit=256, name="party_by_name_grams"
            ),
        ),
        migrations.RemoveIndex(model_name="party", name="party_name_parts"),
    ]
