from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0009_hours")]

    operations = [
        migrations.AddIndex(
            model_name="entry",
            index=models.Index(condition=models.Q(("towards__isnull", False)), fields=["towards"], name="entries_towards"),
        ),
    ]
