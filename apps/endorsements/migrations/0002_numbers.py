from django.db import migrations


class Migration(migrations.Migration):
    """The sequences case and slip numbers are taken from."""

    dependencies = [("endorsements", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE endorsements_endorsement_number; CREATE SEQUENCE endorsements_slip_number",
            "DROP SEQUENCE endorsements_endorsement_number; DROP SEQUENCE endorsements_slip_number",
        ),
    ]
