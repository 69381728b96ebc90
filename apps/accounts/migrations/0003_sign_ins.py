from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_api_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="sign_ins",
            field=models.JSONField(db_default=[], default=list, verbose_name="last sign-ins"),
        ),
    ]
