import apps.core.statemachine
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("imports", "0002_uploads")]

    operations = [
        migrations.AlterField(
            model_name="upload",
            name="status",
            field=apps.core.statemachine.StateField(
                choices=[
                    ("UPLOADED", "Waiting for its mapping"),
                    ("MAPPED", "Mapped"),
                    ("CHECKING", "Being checked"),
                    ("CHECKED", "Checked, no wrong cell"),
                    ("FAULTY", "Has wrong cells"),
                    ("RUNNING", "Being imported"),
                    ("DONE", "Imported"),
                    ("FAILED", "Broken off"),
                    ("CANCELLED", "Discarded"),
                ],
                default="UPLOADED",
                max_length=24,
                protected=True,
                verbose_name="state",
            ),
        ),
    ]
