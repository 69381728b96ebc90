import apps.audit.fields
from django.db import migrations


class Migration(migrations.Migration):
    """The versions written so far keep no transaction: the default comes after the column."""

    dependencies = [
        ("policies", "0003_undone_terminations"),
    ]

    operations = [
        migrations.AddField(
            model_name="policyversion",
            name="txid",
            field=apps.audit.fields.TransactionIdField(editable=False, null=True, verbose_name="transaction"),
        ),
        migrations.AlterField(
            model_name="policyversion",
            name="txid",
            field=apps.audit.fields.TransactionIdField(
                db_default=apps.audit.fields.CurrentTransactionId(),
                editable=False,
                null=True,
                verbose_name="transaction",
            ),
        ),
    ]
