from django.contrib.postgres.operations import AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    """What is too long to wait for under a lock: the index on the subjects of payouts, and the checks of old rows."""

    atomic = False

    dependencies = [("billing", "0006_changes")]

    operations = [
        ValidateConstraint("payout", "payout_status_known"),
        ValidateConstraint("payout", "payout_for_a_subject"),
        AddIndexConcurrently(
            "payout",
            models.Index(
                fields=["subject_type", "subject_id"],
                condition=models.Q(("subject_type", ""), _negated=True),
                name="payout_of_subject",
            ),
        ),
    ]
