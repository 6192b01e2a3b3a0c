from django.db import models


class Findable(models.Model):
    """Up to which face customers can be searched for; see finding.py. One row at most."""

    up_to = models.BigIntegerField(default=0)
