from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_stream")]
    operations = [
        migrations.CreateModel(
            name="Allowance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, unique=True)),
                ("left", models.FloatField()),
                ("counted_at", models.DateTimeField()),
                ("closed_until", models.DateTimeField(null=True)),
            ],
        ),
    ]
