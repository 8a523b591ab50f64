import django.contrib.postgres.functions
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.db import migrations, models


def let_graders_grade(apps, schema_editor):
    """Who was a grader of before could grade."""
    apps.get_model("courses", "SectionInstructor").objects.filter(role="grader").update(can_grade=True)


class Migration(migrations.Migration):
    dependencies = [
        ("courses", "0005_registration_facts"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="sectioninstructor",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="sectioninstructor",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="sectioninstructor",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="sectioninstructor",
            name="can_edit_texts",
            field=models.BooleanField(default=False, verbose_name="may change its description"),
        ),
        migrations.AddField(
            model_name="sectioninstructor",
            name="can_grade",
            field=models.BooleanField(default=False, verbose_name="may grade"),
        ),
        migrations.AddField(
            model_name="sectioninstructor",
            name="can_see_planned",
            field=models.BooleanField(default=False, verbose_name="sees the section before it opens"),
        ),
        migrations.AddField(
            model_name="sectioninstructor",
            name="public_id",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(),
                default=uuid.uuid4,
                editable=False,
                unique=True,
            ),
        ),
        migrations.AddField(
            model_name="sectioninstructorhistory",
            name="can_edit_texts",
            field=models.BooleanField(default=False, verbose_name="may change its description"),
        ),
        migrations.AddField(
            model_name="sectioninstructorhistory",
            name="can_grade",
            field=models.BooleanField(default=False, verbose_name="may grade"),
        ),
        migrations.AddField(
            model_name="sectioninstructorhistory",
            name="can_see_planned",
            field=models.BooleanField(default=False, verbose_name="sees the section before it opens"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sectioninstructor",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "courses_sectioninstructorhistory" ("can_edit_texts", "can_grade", "can_see_planned", "id", "instructor_id", "is_primary", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "section_id") SELECT new_values."can_edit_texts", new_values."can_grade", new_values."can_see_planned", new_values."id", new_values."instructor_id", new_values."is_primary", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."role", new_values."section_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="161b7f03be139051fd50f18e38c8420c48e9bfeb",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_b0dfa",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="courses_sectioninstructor",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sectioninstructor",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."can_edit_texts" IS DISTINCT FROM (NEW."can_edit_texts") OR OLD."can_grade" IS DISTINCT FROM (NEW."can_grade") OR OLD."can_see_planned" IS DISTINCT FROM (NEW."can_see_planned") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."instructor_id" IS DISTINCT FROM (NEW."instructor_id") OR OLD."is_primary" IS DISTINCT FROM (NEW."is_primary") OR OLD."role" IS DISTINCT FROM (NEW."role") OR OLD."section_id" IS DISTINCT FROM (NEW."section_id"))',
                    func='INSERT INTO "courses_sectioninstructorhistory" ("can_edit_texts", "can_grade", "can_see_planned", "id", "instructor_id", "is_primary", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "section_id") VALUES (NEW."can_edit_texts", NEW."can_grade", NEW."can_see_planned", NEW."id", NEW."instructor_id", NEW."is_primary", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."role", NEW."section_id"); RETURN NULL;',
                    hash="00d739d994389258e04fc720ce28c7a5574935e2",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_edd0c",
                    table="courses_sectioninstructor",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="sectioninstructor",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "courses_sectioninstructorhistory" ("can_edit_texts", "can_grade", "can_see_planned", "id", "instructor_id", "is_primary", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "role", "section_id") VALUES (OLD."can_edit_texts", OLD."can_grade", OLD."can_see_planned", OLD."id", OLD."instructor_id", OLD."is_primary", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."role", OLD."section_id"); RETURN NULL;',
                    hash="6dcaf485032938029f18fae4d8ce38edf66e0665",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_2cfa7",
                    table="courses_sectioninstructor",
                    when="AFTER",
                ),
            ),
        ),
        migrations.RunPython(let_graders_grade, migrations.RunPython.noop),
    ]
