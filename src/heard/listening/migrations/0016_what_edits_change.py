from django.db import migrations, models
from django.db.models import Value


class Migration(migrations.Migration):
    """A review that is edited has other stars, too."""

    dependencies = [("listening", "0015_told_of_trouble")]

    operations = [
        migrations.AddField("revision", "extra", models.JSONField(default=dict, db_default=Value({}, models.JSONField()))),
    ]
