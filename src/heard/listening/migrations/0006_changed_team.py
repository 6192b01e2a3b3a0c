"""Which accounts were of another team before; of those that are here already nobody knows any more."""

from django.db import migrations, models


def maybe_all(apps, schema_editor):
    apps.get_model("listening", "ChannelAccount").objects.update(has_changed_team=True)


class Migration(migrations.Migration):
    dependencies = [("listening", "0005_payload")]
    operations = [
        migrations.AddField(model_name="channelaccount", name="has_changed_team", field=models.BooleanField(default=False)),
        migrations.RunPython(maybe_all, migrations.RunPython.noop),
    ]
