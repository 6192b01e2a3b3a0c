"""Topics of one's own: what people named, what they said about voices, what each voice is under, and themes nobody named yet."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

ID = ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def member():
    return models.ForeignKey(
        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
    )


def topic(*, on_delete, **more):
    return models.ForeignKey(on_delete=on_delete, related_name="+", to="understanding.topic", **more)


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("listening", "0001_initial"),
        ("understanding", "0004_learning"),
    ]

    operations = [
        migrations.CreateModel(
            name="Topic",
            fields=[
                ID,
                ("name", models.CharField(max_length=80)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("into", topic(null=True, on_delete=django.db.models.deletion.PROTECT)),
                ("made_by", member()),
                ("split_from", topic(null=True, on_delete=django.db.models.deletion.PROTECT)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        condition=Q(("ended_at__isnull", True), ("into__isnull", True)),
                        name="one_topic_of_a_name",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TopicModel",
            fields=[
                ID,
                ("made_at", models.DateTimeField()),
                ("examples", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("head", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="TopicsSorted",
            fields=[
                ID,
                ("model_id", models.BigIntegerField(default=0)),
                ("below", models.BigIntegerField(default=0)),
                ("stops_at", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="VoiceTopic",
            fields=[
                (
                    "interaction",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="listening.interaction",
                    ),
                ),
                ("topic", topic(on_delete=django.db.models.deletion.CASCADE, db_index=False)),
            ],
            options={"indexes": [models.Index(fields=["topic", "-interaction"], name="voices_of_a_topic")]},
        ),
        migrations.CreateModel(
            name="TopicExample",
            fields=[
                ID,
                ("text", models.TextField(default="")),
                ("belongs", models.BooleanField()),
                ("said_at", models.DateTimeField()),
                (
                    "interaction",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="listening.interaction"
                    ),
                ),
                ("member", member()),
                ("topic", topic(on_delete=django.db.models.deletion.CASCADE)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("topic", "interaction"), name="one_word_about_a_voice_and_a_topic")
                ],
            },
        ),
        migrations.CreateModel(
            name="TopicProposal",
            fields=[
                ID,
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("taken", "made a topic"), ("dismissed", "not a topic")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("decided_by", member()),
                ("topic", topic(null=True, on_delete=django.db.models.deletion.SET_NULL)),
            ],
            options={"indexes": [models.Index(fields=["state", "-id"], name="proposals_by_state")]},
        ),
        migrations.CreateModel(
            name="ProposedVoice",
            fields=[
                ID,
                ("place", models.PositiveIntegerField()),
                (
                    "interaction",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="listening.interaction"),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="understanding.topicproposal",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("proposal", "place"), name="one_voice_at_a_place")],
            },
        ),
    ]
