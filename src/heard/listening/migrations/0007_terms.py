"""The words of the text index in their order, to spell out beginnings."""

from django.db import migrations

from heard.kernel.search import CreateTerms


class Migration(migrations.Migration):
    dependencies = [("listening", "0006_changed_team")]
    operations = [CreateTerms("listening_words")]
