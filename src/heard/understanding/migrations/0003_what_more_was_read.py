"""Emotion, complexity, offence, irony, topic, targets, what is unsure, and which voices say nearly the same."""

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Value


class AddColumn(migrations.AddField):
    """Adds it where it stands. Django would write the whole table of SQLite anew for each, which is long with millions of voices;
    a column with a constant default needs no more than a new heading."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            BaseDatabaseSchemaEditor.add_field(schema_editor, model, model._meta.get_field(self.name))


class Migration(migrations.Migration):
    dependencies = [("understanding", "0002_fewer_indexes")]

    operations = [
        AddColumn("assessment", "emotion", models.CharField(max_length=8, db_default="")),
        AddColumn("assessment", "complexity", models.CharField(max_length=6, db_default="")),
        AddColumn("assessment", "offence", models.BooleanField(db_default=False)),
        AddColumn("assessment", "ironic", models.BooleanField(db_default=False)),
        AddColumn("assessment", "topic_id", models.BigIntegerField(null=True)),
        AddColumn("assessment", "targets", models.JSONField(db_default=Value([], models.JSONField()))),
        AddColumn("assessment", "unsure", models.JSONField(db_default=Value([], models.JSONField()))),
        AddColumn("assessment", "near", models.BigIntegerField(null=True)),
    ]
