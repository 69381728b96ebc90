import django.db.models.deletion
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """The customers of a branch and of an agent, newest first as they are listed: without sorting, however many."""

    atomic = False
    dependencies = [("parties", "0005_organisations")]

    operations = [
        AddIndexConcurrently("party", models.Index(fields=["branch", "-id"], name="party_newest_of_branch")),
        AddIndexConcurrently("party", models.Index(fields=["agent", "-id"], name="party_newest_of_agent")),
        migrations.AlterField(
            "party",
            "branch",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.branch",
                verbose_name="branch",
            ),
        ),
        migrations.AlterField(
            "party",
            "agent",
            models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="customers",
                to="parties.agent",
                verbose_name="served by",
            ),
        ),
    ]
