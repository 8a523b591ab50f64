import uuid

import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("pghistory", "0007_auto_20250421_0444"),
        ("students", "0010_directory_hold"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Guardianship",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address of the guardian")),
                ("relation", models.CharField(blank=True, max_length=80, verbose_name="relation")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="made")),
                ("agreed_at", models.DateTimeField(blank=True, null=True, verbose_name="agreed by the student")),
                (
                    "waived_reason",
                    models.CharField(blank=True, max_length=300, verbose_name="why the student is not asked"),
                ),
                ("taken_at", models.DateTimeField(blank=True, null=True, verbose_name="taken by the guardian")),
                ("valid_to", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("end_reason", models.CharField(blank=True, max_length=500, verbose_name="reason of the end")),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "guardian",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardianships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="guardian",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="guardianships",
                        to="students.studentprofile",
                        verbose_name="student",
                    ),
                ),
            ],
            options={
                "verbose_name": "guardian of a student",
                "verbose_name_plural": "guardians of students",
                "ordering": ["-pk"],
                "permissions": [("link_guardians", "Can say who reads along with a student")],
            },
        ),
        migrations.CreateModel(
            name="GuardianshipHistory",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("public_id", models.UUIDField(default=uuid.uuid4, editable=False)),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address of the guardian")),
                ("relation", models.CharField(blank=True, max_length=80, verbose_name="relation")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="made")),
                ("agreed_at", models.DateTimeField(blank=True, null=True, verbose_name="agreed by the student")),
                (
                    "waived_reason",
                    models.CharField(blank=True, max_length=300, verbose_name="why the student is not asked"),
                ),
                ("taken_at", models.DateTimeField(blank=True, null=True, verbose_name="taken by the guardian")),
                ("valid_to", models.DateTimeField(blank=True, null=True, verbose_name="until")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("end_reason", models.CharField(blank=True, max_length=500, verbose_name="reason of the end")),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "guardian",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="guardian",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="history",
                        to="students.guardianship",
                    ),
                ),
                (
                    "student",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="students.studentprofile",
                        verbose_name="student",
                    ),
                ),
            ],
            options={
                "verbose_name": "guardian of a student: history",
                "verbose_name_plural": "guardian of a student: history",
                "abstract": False,
            },
        ),
        migrations.AddConstraint(
            model_name="guardianship",
            constraint=models.UniqueConstraint(
                models.F("student"),
                django.db.models.functions.text.Lower("email"),
                condition=models.Q(("ended_at__isnull", True)),
                name="students_guardian_once",
                violation_error_message="This address is a guardian of the student already.",
            ),
        ),
        migrations.AddConstraint(
            model_name="guardianship",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("guardian__isnull", True), ("taken_at__isnull", True)),
                    models.Q(("guardian__isnull", False), ("taken_at__isnull", False)),
                    _connector="OR",
                ),
                name="students_guardian_taken_by_somebody",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guardianship",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "students_guardianshiphistory" ("agreed_at", "created_at", "created_by_id", "email", "end_reason", "ended_at", "ended_by_id", "guardian_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "relation", "student_id", "taken_at", "valid_to", "waived_reason") SELECT new_values."agreed_at", new_values."created_at", new_values."created_by_id", new_values."email", new_values."end_reason", new_values."ended_at", new_values."ended_by_id", new_values."guardian_id", new_values."id", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."public_id", new_values."relation", new_values."student_id", new_values."taken_at", new_values."valid_to", new_values."waived_reason" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="8a55aae6d86ad2feccf2dca2d352f73fdf429136",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f2eac",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="students_guardianship",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guardianship",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "students_guardianshiphistory" ("agreed_at", "created_at", "created_by_id", "email", "end_reason", "ended_at", "ended_by_id", "guardian_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "relation", "student_id", "taken_at", "valid_to", "waived_reason") VALUES (NEW."agreed_at", NEW."created_at", NEW."created_by_id", NEW."email", NEW."end_reason", NEW."ended_at", NEW."ended_by_id", NEW."guardian_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."public_id", NEW."relation", NEW."student_id", NEW."taken_at", NEW."valid_to", NEW."waived_reason"); RETURN NULL;',
                    hash="1072fefeb94a1495120061065fc61ffb55b35ce2",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_a9868",
                    table="students_guardianship",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guardianship",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "students_guardianshiphistory" ("agreed_at", "created_at", "created_by_id", "email", "end_reason", "ended_at", "ended_by_id", "guardian_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_id", "relation", "student_id", "taken_at", "valid_to", "waived_reason") VALUES (OLD."agreed_at", OLD."created_at", OLD."created_by_id", OLD."email", OLD."end_reason", OLD."ended_at", OLD."ended_by_id", OLD."guardian_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."public_id", OLD."relation", OLD."student_id", OLD."taken_at", OLD."valid_to", OLD."waived_reason"); RETURN NULL;',
                    hash="29cf1f34e01d0eafa7baf6e20b2eaaf0a26ab4cd",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_6b12e",
                    table="students_guardianship",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="guardianshiphistory",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="d17c55b4d2ab9e2f837aab595484a1b2aa4908a9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8dec4",
                    table="students_guardianshiphistory",
                    when="BEFORE",
                ),
            ),
        ),
    ]
