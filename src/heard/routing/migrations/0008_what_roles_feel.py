"""To which roles the newest voice of a conversation is something else than as a whole."""

from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Value


class AddColumn(migrations.AddField):
    """Adds it where it stands. Django would write the whole table of SQLite anew, which is long with millions of conversations;
    a column with a constant default needs no more than a new heading."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            BaseDatabaseSchemaEditor.add_field(schema_editor, model, model._meta.get_field(self.name))


class Migration(migrations.Migration):
    dependencies = [("routing", "0007_what_is_said_alike")]

    operations = [
        AddColumn("conversation", "cuts", models.JSONField(default=list, db_default=Value([], models.JSONField()))),
    ]
