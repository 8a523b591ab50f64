import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("students", "0009_line_runs"),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="studentprofile",
            name="insert_insert",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="studentprofile",
            name="update_update",
        ),
        pgtrigger.migrations.RemoveTrigger(
            model_name="studentprofile",
            name="delete_delete",
        ),
        migrations.AddField(
            model_name="studentprofile",
            name="directory_hold",
            field=models.BooleanField(default=False, verbose_name="keep the name from other students"),
        ),
        migrations.AddField(
            model_name="studentprofilehistory",
            name="directory_hold",
            field=models.BooleanField(default=False, verbose_name="keep the name from other students"),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="studentprofile",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='WITH _pgh_attached_context AS ( SELECT _pgh_attach_context() AS value ) INSERT INTO "students_studentprofilehistory" ("directory_hold", "id", "institutional_id", "level", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "program_id", "public_id", "standing", "user_id") SELECT new_values."directory_hold", new_values."id", new_values."institutional_id", new_values."level", _pgh_attached_context.value, NOW(), \'insert\', new_values."id", new_values."program_id", new_values."public_id", new_values."standing", new_values."user_id" FROM ( SELECT new_values.* FROM new_values  ) AS new_values, _pgh_attached_context; RETURN NULL;',
                    hash="89860421e60480048f4caa653628e778ff4f58e1",
                    level="STATEMENT",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_f031a",
                    referencing="REFERENCING NEW TABLE AS new_values ",
                    table="students_studentprofile",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="studentprofile",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                    func='INSERT INTO "students_studentprofilehistory" ("directory_hold", "id", "institutional_id", "level", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "program_id", "public_id", "standing", "user_id") VALUES (NEW."directory_hold", NEW."id", NEW."institutional_id", NEW."level", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."program_id", NEW."public_id", NEW."standing", NEW."user_id"); RETURN NULL;',
                    hash="0c905b6c83935bfaabe1585a51edf15002819a16",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_65158",
                    table="students_studentprofile",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="studentprofile",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "students_studentprofilehistory" ("directory_hold", "id", "institutional_id", "level", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "program_id", "public_id", "standing", "user_id") VALUES (OLD."directory_hold", OLD."id", OLD."institutional_id", OLD."level", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."program_id", OLD."public_id", OLD."standing", OLD."user_id"); RETURN NULL;',
                    hash="7c8c1e80cb821f92be95253b5234310222fd5267",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_71300",
                    table="students_studentprofile",
                    when="AFTER",
                ),
            ),
        ),
    ]
