from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0003_pulse")]

    operations = [
        migrations.AlterField("idempotencykey", "key", models.CharField(max_length=255, verbose_name="key")),
        migrations.AddField(
            "idempotencykey", "status", models.PositiveSmallIntegerField(null=True, verbose_name="status")
        ),
        migrations.AddField("idempotencykey", "body", models.BinaryField(null=True, verbose_name="body")),
        migrations.AddField("idempotencykey", "headers", models.JSONField(null=True, verbose_name="headers")),
        migrations.AddField("idempotencykey", "expires_at", models.DateTimeField(null=True, verbose_name="expires at")),
        migrations.RunSQL(
            "UPDATE core_idempotencykey SET expires_at = created_at + interval '30 days'", migrations.RunSQL.noop
        ),
        migrations.AlterField(
            "idempotencykey", "expires_at", models.DateTimeField(db_index=True, verbose_name="expires at")
        ),
    ]
