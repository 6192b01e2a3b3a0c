"""The words of the text index in their order, to spell out beginnings."""

from django.db import migrations

from heard.kernel.search import CreateTerms


class Migration(migrations.Migration):
    dependencies = [("listening", "0007_counts")]
    operations = [CreateTerms("listening_words")]
