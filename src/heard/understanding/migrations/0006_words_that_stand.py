from django.db import migrations, models


class Migration(migrations.Migration):
    """A voice that its author edits is assessed once more for its new words, and what the earlier ones meant stays on record."""

    dependencies = [("understanding", "0005_topics")]

    operations = [
        migrations.RemoveConstraint(model_name="assessment", name="assessed_once_per_version"),
        migrations.AddField("assessment", "words", models.PositiveSmallIntegerField(db_default=0)),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.UniqueConstraint(
                fields=["interaction", "words", "version"], name="assessed_once_per_words_and_version"
            ),
        ),
    ]
