from django.db import models
from django.db.models import Value


class ChannelAccount(models.Model):
    """One connected mailbox, handle, number, feed or form of ours."""

    class State(models.TextChoices):
        NEW = "new", "not tested yet"
        OK = "ok", "hearing"
        FAILING = "failing", "failing"
        PAUSED = "paused", "waits for an administrator"
        OFF = "off", "paused by a colleague"

    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=320, blank=True)
    config = models.JSONField(default=dict, blank=True)
    sealed_secrets = models.TextField(default="", blank=True)
    team = models.ForeignKey("governance.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    has_changed_team = models.BooleanField(default=False)  # conversations may keep to a team that it was of before
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    created_at = models.DateTimeField(auto_now_add=True)
    last_success_at = models.DateTimeField(null=True)
    last_heard_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="", blank=True)
    failing_since = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # in a row
    next_try_at = models.DateTimeField(null=True)
    is_demo = models.BooleanField(default=False)
    scopes = models.JSONField(default=dict, blank=True)  # Health.scopes of the last test
    disconnected_at = models.DateTimeField(null=True)  # then it is off, and its secrets are forgotten
    left_to_do = models.TextField(default="", blank=True)  # at the network, by hand, after it was disconnected

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class HealthChange(models.Model):
    """From `at` on, an account was in another condition than before; the last few of each are kept."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    condition = models.CharField(max_length=12)  # rules.health.Condition
    cause = models.TextField(default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-id"], name="health_changes_newest")]


class Trouble(models.Model):
    """An incident of one account that its administrators were told of by mail; see trouble.py. Gone some time after it is over."""

    account = models.OneToOneField(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    condition = models.CharField(max_length=12)  # rules.health.Condition, when it was last told
    told_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)  # it works again; a relapse soon after is the same incident


class Cursor(models.Model):
    """Our place in a network's stream; committed together with the page that it follows."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    stream = models.CharField(max_length=80, default="main")
    value = models.JSONField(default=dict)
    moved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "stream"], name="one_cursor_per_stream")]


class Delivery(models.Model):
    """Something that arrived: stored first and once, walked later by whichever worker claims it. Its bytes are its Payload."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        WALKED = "walked", "walked"
        QUARANTINED = "quarantined", "quarantined"
        DISMISSED = "dismissed", "dismissed"

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+", db_index=False)
    delivery_key = models.CharField(max_length=255)
    received_at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    claimed_by = models.CharField(max_length=64, default="", blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.TextField(default="", blank=True)
    walked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "delivery_key"], name="delivered_once")]
        indexes = [
            models.Index(fields=["id"], name="delivery_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=["-id"], name="delivery_set_aside", condition=models.Q(state="quarantined")),
        ]


class Payload(models.Model):
    """The bytes of a delivery as they came. A row of its own: claiming and ticking off a delivery rewrite none of it."""

    delivery = models.OneToOneField(Delivery, on_delete=models.CASCADE, primary_key=True, related_name="+")
    content_type = models.CharField(max_length=120, default="application/octet-stream")
    headers = models.JSONField(default=dict)
    body = models.BinaryField()


class Identity(models.Model):
    """One address, handle, number or visitor on one network. Who is behind it, the identity room believes."""

    network = models.CharField(max_length=40)
    external_id = models.CharField(max_length=320)
    handle = models.CharField(max_length=320, blank=True, default="")
    name = models.CharField(max_length=200, blank=True, default="")
    profile_url = models.CharField(max_length=1000, blank=True, default="")
    avatar_url = models.CharField(max_length=1000, blank=True, default="")
    followers = models.BigIntegerField(null=True)
    verified = models.BooleanField(default=False)
    is_ours = models.BooleanField(default=False)  # our own handle or mailbox: never a customer
    first_seen_at = models.DateTimeField()
    profile_at = models.DateTimeField()  # when name, handle and followers were last true

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "external_id"], name="one_identity_per_address")]


class Interaction(models.Model):
    """One thing that happened, written down once and never changed. Edits and withdrawals are Revision rows."""

    # Every index of this table is paid for by every voice: keys that another index begins with have none of their own.
    account = models.ForeignKey(ChannelAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    external_id = models.CharField(max_length=500)
    identity = models.ForeignKey(Identity, on_delete=models.PROTECT, related_name="+", db_index=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    direction = models.CharField(max_length=8)  # inbound, outbound
    kind = models.CharField(max_length=12)  # contract.Said.kind
    visibility = models.CharField(max_length=10)
    addressed = models.BooleanField(default=True)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    subject = models.CharField(max_length=500, blank=True, default="")
    text = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")  # sanitised at intake; safe to show
    full_text = models.TextField(blank=True, default="")
    thread_ref = models.CharField(max_length=500, blank=True, default="")
    parent_ref = models.CharField(max_length=500, blank=True, default="")
    permalink = models.CharField(max_length=1000, blank=True, default="")
    language_hint = models.CharField(max_length=12, blank=True, default="")
    extra = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "external_id"], name="written_down_once")]
        indexes = [
            models.Index(fields=["identity", "occurred_at"], name="interaction_of_identity"),
            models.Index(fields=["delivery"], name="interaction_of_delivery", condition=models.Q(delivery__isnull=False)),
            models.Index(
                fields=["account", "thread_ref", "occurred_at"],
                name="our_words_in_thread",
                condition=models.Q(direction="outbound"),
            ),
        ]


class Attachment(models.Model):
    """A file of an interaction, stored by the hash of its content; or a reference that is fetched when asked for."""

    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=120)
    size_bytes = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True, default="")  # empty: not fetched
    url = models.CharField(max_length=1000, blank=True, default="")
    alt = models.TextField(blank=True, default="")
    content_id = models.CharField(max_length=255, blank=True, default="")


class Revision(models.Model):
    """An edit or a withdrawal. It may come before its target and simply waits for it."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    target = models.CharField(max_length=500)  # external_id of the interaction
    withdrawn = models.BooleanField(default=False)
    version = models.CharField(max_length=120, default="")
    digest = models.CharField(max_length=16, default="")  # of the words: equal versions with other words are both kept
    delivery = models.ForeignKey(Delivery, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    subject = models.CharField(max_length=500, blank=True, default="")
    text = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")
    # What of the voice's own changed with the words.
    extra = models.JSONField(default=dict, db_default=Value({}, models.JSONField()))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "target", "withdrawn", "version", "digest"], name="revised_once")
        ]


class Reaction(models.Model):
    """What an identity last did to something: the newest event wins. A signal, never a success by itself."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    target = models.CharField(max_length=500)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    reaction = models.CharField(max_length=40)
    active = models.BooleanField(default=True)
    occurred_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "target", "identity", "reaction"], name="one_reaction_each")]


class SentStatus(models.Model):
    """How far something of ours got, by what the network said; see rules/status.py for the only direction it moves in."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    target = models.CharField(max_length=500)
    status = models.CharField(max_length=12)
    reason = models.TextField(blank=True, default="")
    occurred_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "target"], name="one_status_each")]


class StatusMark(models.Model):
    """Until when our words in a thread have reached somebody, where a network tells no more; see statuses.py."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+", db_index=False)
    thread_ref = models.CharField(max_length=500)
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=12)
    until = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "thread_ref", "identity", "status"], name="one_status_mark_each")
        ]


class Monitor(models.Model):
    """What we listen for everywhere: a brand name with its misspellings, a hashtag, an account, a competitor."""

    class Kind(models.TextChoices):
        BRAND = "brand", "brand name"
        MISSPELLING = "misspelling", "misspelling"
        HASHTAG = "hashtag", "hashtag"
        ACCOUNT = "account", "account"
        KEYWORD = "keyword", "keyword"
        COMPETITOR = "competitor", "competitor"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    pattern = models.CharField(max_length=120)
    brand = models.CharField(max_length=120, blank=True, default="")  # which of our brands, or which competitor
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "pattern"], name="one_monitor_per_pattern")]
        ordering = ["kind", "pattern"]


class Mention(models.Model):
    """A monitor found its pattern in an interaction."""

    monitor = models.ForeignKey(Monitor, on_delete=models.CASCADE, related_name="+", db_index=False)
    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["monitor", "interaction"], name="mentioned_once")]


class LinkedSource(models.Model):
    """A page that somebody's words point to: a blog review, a news article. Fetched once, reduced to its words, and kept."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting to be fetched"
        FETCHED = "fetched", "fetched"
        REFUSED = "refused", "not fetched"  # by its site, by our own guard, or because it is no page of words
        FAILED = "failed", "could not be fetched"

    key = models.CharField(max_length=64, unique=True)  # sha256 of the address: an address may be longer than an index takes
    url = models.CharField(max_length=1000)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    why = models.CharField(max_length=300, blank=True, default="")
    title = models.CharField(max_length=300, blank=True, default="")
    site = models.CharField(max_length=120, blank=True, default="")
    text = models.TextField(blank=True, default="")
    fetched_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.CharField(max_length=64, default="", blank=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="sources_due", condition=models.Q(state="waiting"))]


class SourceOf(models.Model):
    """An interaction points to a source."""

    source = models.ForeignKey(LinkedSource, on_delete=models.CASCADE, related_name="+")
    interaction = models.ForeignKey(Interaction, on_delete=models.CASCADE, related_name="+", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["interaction", "source"], name="source_once")]


class VoiceCount(models.Model):
    """How many voices an account heard in an hour: what a screen on the wall adds up, so that nobody counts millions of rows."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+", db_index=False)
    hour = models.DateTimeField()  # of occurred_at; its first moment
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "hour"], name="counted_once_an_hour")]


class MentionCount(models.Model):
    """How many of them a monitor found."""

    monitor = models.ForeignKey(Monitor, on_delete=models.CASCADE, related_name="+", db_index=False)
    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    hour = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["monitor", "account", "hour"], name="mentions_counted_once_an_hour")]


class ApiToken(models.Model):
    """Lets another system bring voices to one account. Only a hash is kept; shown once when made; ends at `expires_at`."""

    account = models.ForeignKey(ChannelAccount, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)


class ConsentWord(models.Model):
    """What somebody said we may do over one address of theirs, on one kind of channel, for one purpose. A ledger: the newest word counts.

    It is said of the identity and of nobody else, so that it stays where it is whoever the identity turns out to belong to.
    """

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel_kind = models.CharField(max_length=40)
    purpose = models.CharField(max_length=16)  # of rules/consent.py
    is_given = models.BooleanField()
    said_at = models.DateTimeField()
    how = models.CharField(max_length=200)  # "told us on the phone", "ticked the box in the shop": what one would show as proof
    member = models.ForeignKey("governance.Member", on_delete=models.PROTECT, null=True, related_name="+")  # who noted it
    noted_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["identity", "channel_kind", "purpose"], name="consent_of_identity")]
