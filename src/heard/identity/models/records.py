"""What other systems know of a person: who they are there, what they bought, sent back and were sent, what was done for
them elsewhere, and what they looked at.

Every row hangs on an identity, never on a customer: whoever is joined or parted takes theirs along. A row is known by the
number that its own system gave it, so that it may be told again without a double. `batch` is the import that last wrote it;
None once a person, or the API, did.
"""

from django.db import models


class ImportBatch(models.Model):
    """One run of an import. read = new + changed + same + refused."""

    class State(models.TextChoices):
        RUNNING = "running", "under way"
        DONE = "done", "done"
        BROKEN_OFF = "broken_off", "broken off"  # what was read until then is kept; the same again goes on
        UNDONE = "undone", "undone"
        PARTLY_UNDONE = "partly_undone", "undone, but for what was changed since"

    source = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    file_name = models.CharField(max_length=255)
    mapping = models.JSONField(default=dict)
    team = models.ForeignKey("governance.Team", on_delete=models.PROTECT, null=True, related_name="+")
    member = models.ForeignKey("governance.Member", on_delete=models.PROTECT, null=True, related_name="+")  # null: a command
    state = models.CharField(max_length=14, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    read = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    reasons = models.JSONField(default=dict)  # {why rows were refused: how many}
    voices = models.PositiveIntegerField(default=0)  # what was said in its tickets, new ones; beside the rows
    voices_account = models.PositiveBigIntegerField(null=True)  # where they went
    moved_at = models.DateTimeField(null=True)  # when it last wrote something down
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("governance.Member", on_delete=models.PROTECT, null=True, related_name="+")
    kept = models.JSONField(default=dict)  # {why something stayed when it was undone: how many}

    class Meta:
        indexes = [models.Index(fields=["-id"], name="imports_newest")]


class ImportChange(models.Model):
    """What a row said before an import changed it, as the entry that would write it again."""

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    row = models.PositiveBigIntegerField()
    before = models.JSONField()
    before_batch = models.PositiveBigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "kind", "row"], name="changed_once_an_import")]


class Told(models.Model):
    """What all of these have. `digest` is of everything the row says: what comes again unchanged is left alone."""

    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=200)
    identity = models.ForeignKey("listening.Identity", on_delete=models.CASCADE, related_name="+", db_index=False)
    batch = models.ForeignKey(ImportBatch, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    digest = models.CharField(max_length=22)
    told_at = models.DateTimeField()

    class Meta:
        abstract = True


def once(name: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(fields=["source", "external_id"], name=name)


def by_batch(name: str) -> models.Index:
    return models.Index(fields=["batch"], name=name, condition=models.Q(batch__isnull=False))


class Record(Told):
    """A person as another system knows them; what it says of them are Traits of the identity. Also a visitor of a site."""

    team = models.ForeignKey("governance.Team", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    is_bare = models.BooleanField(default=False)  # only mentioned so far, by an order or by a mail address

    class Meta:
        constraints = [
            once("one_record_of_a_person"),
            models.UniqueConstraint(fields=["identity"], name="one_record_of_an_identity"),
        ]
        indexes = [by_batch("records_of_import")]


class Vouched(models.Model):
    """A system says that this address or number is of that person."""

    record = models.ForeignKey(Record, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.ForeignKey("listening.Identity", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record", "identity"], name="vouched_once")]


# ── What they bought ────────────────────────────────────────────────────────────────────────────────────────────────


class Order(Told):
    number = models.CharField(max_length=80)
    status = models.CharField(max_length=40, blank=True, default="")
    currency = models.CharField(max_length=3, blank=True, default="")
    total = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    placed_at = models.DateTimeField()
    channel = models.CharField(max_length=40, blank=True, default="")  # web shop, store, telephone
    note = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        constraints = [once("one_order")]
        indexes = [models.Index(fields=["identity", "placed_at"], name="orders_of_identity"), by_batch("orders_of_import")]


class OrderLine(Told):
    """`of_order` is the external id of its order in the same source; whichever comes first waits for the other."""

    of_order = models.CharField(max_length=200)
    sku = models.CharField(max_length=80, blank=True, default="")
    name = models.CharField(max_length=300)
    quantity = models.DecimalField(max_digits=14, decimal_places=3, default=1)
    unit_price = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    serial = models.CharField(max_length=80, blank=True, default="")

    class Meta:
        constraints = [once("one_order_line")]
        indexes = [
            models.Index(fields=["source", "of_order"], name="lines_of_order"),
            models.Index(fields=["identity"], name="lines_of_identity"),
            by_batch("lines_of_import"),
        ]


class Payment(Told):
    of_order = models.CharField(max_length=200, blank=True, default="")
    status = models.CharField(max_length=40, blank=True, default="")
    method = models.CharField(max_length=40, blank=True, default="")
    currency = models.CharField(max_length=3, blank=True, default="")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    paid_at = models.DateTimeField()

    class Meta:
        constraints = [once("one_payment")]
        indexes = [models.Index(fields=["identity", "paid_at"], name="payments_of_identity"), by_batch("payments_of_import")]


class Return(Told):
    of_order = models.CharField(max_length=200, blank=True, default="")
    status = models.CharField(max_length=40, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")
    currency = models.CharField(max_length=3, blank=True, default="")
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)  # given back
    returned_at = models.DateTimeField()

    class Meta:
        constraints = [once("one_return")]
        indexes = [models.Index(fields=["identity", "returned_at"], name="returns_of_identity"), by_batch("returns_of_import")]


class Shipment(Told):
    of_order = models.CharField(max_length=200, blank=True, default="")
    status = models.CharField(max_length=40, blank=True, default="")
    carrier = models.CharField(max_length=60, blank=True, default="")
    tracking = models.CharField(max_length=120, blank=True, default="")
    postcode = models.CharField(max_length=20, blank=True, default="")
    shipped_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [once("one_shipment")]
        indexes = [models.Index(fields=["identity", "shipped_at"], name="shipments_of_identity"), by_batch("shipments_of_import")]


class Value(models.Model):
    """What an identity's orders add up to in one currency, less what was given back; see rules/value.py.

    Of a person these are added up over their identities, so that joining and parting needs no counting anew.
    """

    identity = models.ForeignKey("listening.Identity", on_delete=models.CASCADE, related_name="+", db_index=False)
    currency = models.CharField(max_length=3, blank=True, default="")
    orders = models.PositiveIntegerField()
    total = models.DecimalField(max_digits=16, decimal_places=2)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["identity", "currency"], name="one_value_of_identity")]


# ── What was done for them elsewhere ────────────────────────────────────────────────────────────────────────────────


class ServiceRecord(Told):
    """A ticket, visit or repair that another system kept, without its words: those are voices, and walk like any other."""

    number = models.CharField(max_length=80, blank=True, default="")
    subject = models.CharField(max_length=300)
    summary = models.TextField(blank=True, default="")
    status = models.CharField(max_length=40, blank=True, default="")
    channel = models.CharField(max_length=40, blank=True, default="")
    handled_by = models.CharField(max_length=120, blank=True, default="")
    link = models.CharField(max_length=1000, blank=True, default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [once("one_service_record")]
        indexes = [models.Index(fields=["identity", "opened_at"], name="service_of_identity"), by_batch("service_of_import")]


# ── Whom they belong to ─────────────────────────────────────────────────────────────────────────────────────────────


class Membership(Told):
    organisation = models.ForeignKey("identity.Organisation", on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints = [once("one_membership")]
        indexes = [models.Index(fields=["identity"], name="memberships_of_identity"), by_batch("memberships_of_import")]


class Relation(Told):
    """Two people who belong together without being one: a household, a team, somebody who speaks for somebody."""

    class Kind(models.TextChoices):
        HOUSEHOLD = "household", "same household"
        TEAM = "team", "same team"
        PARENT = "parent", "parent of"
        CARER = "carer", "speaks for"
        ASSISTANT = "assistant", "assistant of"
        OTHER = "other", "belongs to"

    other = models.ForeignKey("listening.Identity", on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)

    class Meta:
        constraints = [once("one_relation")]
        indexes = [models.Index(fields=["identity"], name="relations_of_identity"), by_batch("relations_of_import")]


class Owner(Told):
    """The colleague who looks after somebody. What a colleague said (source "heard") comes before what a file says."""

    member = models.ForeignKey("governance.Member", on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [once("one_owner_a_source")]
        indexes = [models.Index(fields=["identity"], name="owners_of_identity"), by_batch("owners_of_import")]


# ── What they looked at ─────────────────────────────────────────────────────────────────────────────────────────────


class Site(models.Model):
    """A web site of ours that tells us what is looked at there, by those who agreed to it."""

    key = models.CharField(max_length=24, unique=True)  # in the address of the script; no secret
    name = models.CharField(max_length=80)
    origins = models.JSONField(default=list)  # ["https://shop.example"]: pages that may tell us anything
    team = models.ForeignKey("governance.Team", on_delete=models.PROTECT, null=True, related_name="+")
    is_on = models.BooleanField(default=True)
    made_at = models.DateTimeField()


class Visit(models.Model):
    """One stay of a visitor. There is none without `agreed_at`, when they agreed to be remembered, and to which words."""

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    identity = models.ForeignKey("listening.Identity", on_delete=models.CASCADE, related_name="+", db_index=False)
    agreed_at = models.DateTimeField()
    agreed_to = models.CharField(max_length=60, blank=True, default="")  # the version of the words
    referrer = models.CharField(max_length=500, blank=True, default="")
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()
    pages = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["site", "key"], name="one_visit")]
        indexes = [models.Index(fields=["identity", "started_at"], name="visits_of_identity")]


class PageView(models.Model):
    """`kind` is what they did: looked, searched, put into the cart, bought. `url` is without what sites put behind ? and #."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, default="view")
    url = models.CharField(max_length=500, blank=True, default="")
    title = models.CharField(max_length=200, blank=True, default="")
    detail = models.CharField(max_length=200, blank=True, default="")  # the words searched for, the product
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "key"], name="page_viewed_once")]
