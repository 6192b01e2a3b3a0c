from django.db import migrations, models

from heard.kernel.search import CreateTerms, CreateTextIndex


class Migration(migrations.Migration):
    """Customers are found by words of an index. Who is there already becomes findable by the job that does it for new ones."""

    dependencies = [
        ("identity", "0006_facets"),
    ]

    operations = [
        CreateTextIndex("identity_words"),
        CreateTerms("identity_words"),
        migrations.CreateModel(
            name="Findable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("up_to", models.BigIntegerField(default=0)),
            ],
        ),
    ]
