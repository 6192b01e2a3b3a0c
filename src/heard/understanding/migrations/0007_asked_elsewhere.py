"""Assessors elsewhere: which are asked, and what they said."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("understanding", "0006_words_that_stand"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RemoteAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60)),
                ("digest", models.CharField(max_length=64)),
                ("asked_at", models.DateTimeField()),
                (
                    "outcome",
                    models.CharField(
                        choices=[("asked", "asked"), ("answered", "answered"), ("failed", "no answer, or none that can be used")],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("values", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [models.Index(fields=["name", "asked_at"], name="asked_elsewhere_by_day")],
                "constraints": [models.UniqueConstraint(fields=("name", "digest"), name="asked_elsewhere_once")],
            },
        ),
        migrations.CreateModel(
            name="RemoteUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, unique=True)),
                ("is_on", models.BooleanField(default=False)),
                ("switched_at", models.DateTimeField()),
                ("after", models.BigIntegerField(default=0)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("paused_until", models.DateTimeField(null=True)),
                (
                    "switched_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
        ),
    ]
