import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial")]

    operations = [
        migrations.AddField(
            "meetingpattern",
            "capacity_reason",
            models.CharField(blank=True, max_length=200, verbose_name="reason for a small room"),
        ),
        migrations.AddField(
            "meeting",
            "closure",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="cancelled_meetings",
                to="scheduling.closure",
            ),
        ),
    ]
