from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_office"),
    ]

    operations = [
        migrations.AlterField(
            model_name="recordaccess",
            name="role",
            field=models.CharField(
                choices=[
                    ("administrator", "Administrator"),
                    ("office", "Course office"),
                    ("teaching", "Teaches the class"),
                    ("advisor", "Advisor"),
                    ("guardian", "Guardian"),
                ],
                max_length=15,
            ),
        ),
    ]
