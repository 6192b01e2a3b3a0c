"""What was learnt from corrections, the versions that voices were read with, and the past that is read once more."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("understanding", "0003_what_more_was_read"),
    ]

    operations = [
        migrations.CreateModel(
            name="LearntHead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=20)),
                ("version", models.PositiveIntegerField()),
                ("made_at", models.DateTimeField()),
                ("trained_on", models.JSONField()),
                ("scores", models.JSONField()),
                ("head", models.BinaryField()),
                ("is_used", models.BooleanField(default=False)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("field", "version"), name="learnt_once_per_version"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_used", True)), fields=("field",), name="one_head_of_a_field_in_use"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReadingVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(unique=True)),
                ("parent", models.PositiveIntegerField(null=True)),
                ("code", models.PositiveIntegerField()),
                ("heads", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField()),
                ("is_current", models.BooleanField(default=False)),
                ("is_aside", models.BooleanField(default=False)),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(condition=models.Q(("is_aside", True)), fields=["number"], name="readings_set_aside")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_current", True)), fields=("is_current",), name="one_current_reading"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ToLearn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("field", models.CharField(max_length=20, unique=True)),
                ("since", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Rereading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("begun_at", models.DateTimeField()),
                ("below", models.BigIntegerField()),
                ("since", models.DateTimeField(null=True)),
                ("read", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="understanding.readingversion"
                    ),
                ),
            ],
        ),
    ]
