from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The policies of an agent, newest first as they are listed: without sorting, however many."""

    atomic = False
    dependencies = [("policies", "0004_policyversion_txid")]

    operations = [
        AddIndexConcurrently("policy", models.Index(fields=["agent", "-id"], name="policy_newest_of_agent")),
        RemoveIndexConcurrently("policy", "policy_of_agent"),
    ]
