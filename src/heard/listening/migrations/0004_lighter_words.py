"""The text index made again: a third lighter to write, with the account as the shelf of each voice."""

from itertools import groupby

from django.db import migrations

from heard.kernel.search import RenewTextIndex
from heard.listening.rules.revisions import Version, newest

PART = 2000


def words_that_stand(apps):
    """Everything that was heard and not withdrawn, with the words of its newest edit, in parts of (id, text, account)."""
    interactions = apps.get_model("listening", "Interaction").objects.order_by("id")
    after = 0
    while part := list(
        interactions.filter(id__gt=after).values_list("id", "account_id", "external_id", "subject", "text", "extra")[:PART]
    ):
        after = part[-1][0]
        versions = _versions(apps, part)
        yield [
            (id_, said, account)
            for id_, account, target, *voice in part
            if (said := _stands(versions.get((account, target)), *voice))
        ]


def _versions(apps, part):
    found = (
        apps.get_model("listening", "Revision")
        .objects.filter(account_id__in={row[1] for row in part}, target__in=[row[2] for row in part])
        .order_by("account_id", "target")
        .values_list("account_id", "target", *Version._fields)
    )
    return {key: [Version(*row[2:]) for row in rows] for key, rows in groupby(found, key=lambda row: row[:2])}


def _stands(versions, subject, text, extra):
    if any(v.withdrawn for v in versions or ()):
        return None
    latest = newest(versions or ())
    return f"{latest.subject} {latest.text}" if latest else f"{subject} {text} {extra.get('reference', '')}"


class Migration(migrations.Migration):
    dependencies = [("listening", "0003_core")]
    operations = [RenewTextIndex("listening_words", words_that_stand)]
