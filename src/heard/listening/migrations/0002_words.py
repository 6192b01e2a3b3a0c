from django.db import migrations

from heard.kernel.search import CreateTextIndex


class Migration(migrations.Migration):
    dependencies = [("listening", "0001_initial")]
    operations = [CreateTextIndex("listening_words")]
