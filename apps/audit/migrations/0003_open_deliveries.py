from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("audit", "0002_lists"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("status", "done"), _negated=True), fields=["status", "id"], name="delivery_open"
            ),
        ),
    ]
