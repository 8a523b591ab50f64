import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0002_reasons"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ConflictOverride",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="RoomFeature",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, unique=True, verbose_name="name")),
            ],
            options={
                "ordering": ["name"],
            },
        ),
        migrations.AlterModelOptions(
            name="meetingpattern",
            options={
                "permissions": [
                    ("edit_meetings", "Can create, move and cancel meetings"),
                    ("resolve_clashes", "Can accept and resolve clashes"),
                    ("view_any_timetable", "Can see the timetable of any person"),
                ]
            },
        ),
        migrations.AddField(
            model_name="meeting",
            name="reason",
            field=models.CharField(blank=True, max_length=200, verbose_name="reason"),
        ),
        migrations.AddIndex(
            model_name="claim",
            index=models.Index(
                condition=models.Q(("active", True), ("hard", False)), fields=["id"], name="scheduling_claim_soft"
            ),
        ),
        migrations.AddField(
            model_name="conflictoverride",
            name="by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="conflictoverride",
            name="claim",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="overrides", to="scheduling.claim"
            ),
        ),
        migrations.AddField(
            model_name="conflictoverride",
            name="other",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="overrides_beside", to="scheduling.claim"
            ),
        ),
        migrations.AddField(
            model_name="room",
            name="features",
            field=models.ManyToManyField(
                blank=True, related_name="rooms", to="scheduling.roomfeature", verbose_name="features"
            ),
        ),
        migrations.AddConstraint(
            model_name="conflictoverride",
            constraint=models.UniqueConstraint(fields=("claim", "other"), name="scheduling_override_once"),
        ),
        migrations.AddConstraint(
            model_name="conflictoverride",
            constraint=models.CheckConstraint(
                condition=models.Q(("claim", models.F("other")), _negated=True), name="scheduling_override_of_two"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="conflictoverride",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="64a1e49b60875f671aab0b29f7f147d2aee75c0a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_9d9cc",
                    table="scheduling_conflictoverride",
                    when="BEFORE",
                ),
            ),
        ),
    ]
