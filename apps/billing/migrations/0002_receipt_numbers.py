from django.db import migrations


class Migration(migrations.Migration):
    """The sequence receipt numbers are taken from."""

    dependencies = [("billing", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE billing_receipt_number", "DROP SEQUENCE billing_receipt_number"),
    ]
