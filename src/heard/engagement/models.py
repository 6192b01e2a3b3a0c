from django.db import models


class Draft(models.Model):
    """What a member has typed and not sent, one per conversation and member; survives reload, owner change, and another's reply."""

    conversation = models.ForeignKey("routing.Conversation", on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey("governance.Member", on_delete=models.CASCADE, related_name="+")
    mode = models.CharField(max_length=5, default="reply")  # reply, note: kept apart, so that neither leaks into the other
    text = models.TextField(blank=True, default="")
    account = models.ForeignKey("listening.ChannelAccount", on_delete=models.SET_NULL, null=True, related_name="+")
    version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "member", "mode"], name="one_draft_each")]


class InternalNote(models.Model):
    """Words that stay here. They are in a table of their own, which no sender reads."""

    conversation = models.ForeignKey("routing.Conversation", on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey("governance.Member", on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    written_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["conversation", "written_at"], name="notes_of_conversation")]


class Reply(models.Model):
    """What a member said to a customer, before and after a channel took it."""

    conversation = models.ForeignKey("routing.Conversation", on_delete=models.CASCADE, related_name="+")
    member = models.ForeignKey("governance.Member", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("listening.ChannelAccount", on_delete=models.PROTECT, related_name="+")
    to = models.ForeignKey("listening.Identity", on_delete=models.PROTECT, related_name="+")
    answers = models.ForeignKey("listening.Interaction", on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    visibility = models.CharField(max_length=10)
    written_at = models.DateTimeField()
    request_key = models.CharField(max_length=64, unique=True)  # the form's own key: a double click is one reply

    class Meta:
        indexes = [models.Index(fields=["conversation", "written_at"], name="replies_of_conversation")]


class Utterance(models.Model):
    """One part of a reply as a channel takes it. `idem` is ours and never changes, so that nothing is said twice."""

    class State(models.TextChoices):
        QUEUED = "queued", "about to be sent"
        SENDING = "sending", "sending"
        SENT = "sent", "sent"
        DELIVERED = "delivered", "delivered"
        READ = "read", "read"
        FAILED = "failed", "not sent"
        UNKNOWN = "unknown", "unclear whether it went out"
        CANCELLED = "cancelled", "taken back before it was sent"

    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveSmallIntegerField(default=1)
    total = models.PositiveSmallIntegerField(default=1)
    part = models.JSONField()  # contract.Part
    idem = models.CharField(max_length=64, unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    external_id = models.CharField(max_length=500, blank=True, default="")
    interaction = models.ForeignKey("listening.Interaction", on_delete=models.SET_NULL, null=True, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=64, default="", blank=True)
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")
    sent_at = models.DateTimeField(null=True)
    amended_at = models.DateTimeField(null=True)  # when it was last asked to be changed: only then there are amendments to read

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reply", "number"], name="one_utterance_per_part")]
        indexes = [
            models.Index(fields=["due_at"], name="utterance_due", condition=models.Q(state__in=["queued", "sending"])),
            models.Index(fields=["external_id"], name="utterance_by_external_id"),
        ]


class Amendment(models.Model):
    """Other words, or none, in the place of what a network has of us. It goes out as the words did; see amending.py."""

    class Act(models.TextChoices):
        EDIT = "edit", "edited"
        TAKE_BACK = "take_back", "taken back"

    class State(models.TextChoices):
        QUEUED = "queued", "about to be sent"
        SENDING = "sending", "sending"
        DONE = "done", "done"
        FAILED = "failed", "not done"
        UNKNOWN = "unknown", "unclear whether it was done"
        DROPPED = "dropped", "given up"

    utterance = models.ForeignKey(Utterance, on_delete=models.CASCADE, related_name="+", db_index=False)
    member = models.ForeignKey("governance.Member", on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=9, choices=Act.choices)
    before = models.TextField()  # as the network has it until then
    text = models.TextField(blank=True, default="")  # as its author typed it; empty where it is taken back
    part = models.JSONField(null=True)  # contract.Part, likewise
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_by = models.CharField(max_length=64, default="", blank=True)
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True, default="")
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["utterance"],
                name="one_open_amendment_each",
                condition=models.Q(state__in=["queued", "sending", "failed", "unknown"]),
            )
        ]
        indexes = [
            models.Index(fields=["utterance", "id"], name="amendments_of_utterance"),
            models.Index(fields=["due_at"], name="amendment_due", condition=models.Q(state__in=["queued", "sending"])),
        ]


class Hiding(models.Model):
    """What others wrote under our words, hidden at the network from everybody but them; or shown again."""

    interaction = models.OneToOneField("listening.Interaction", on_delete=models.CASCADE, related_name="+")
    is_hidden = models.BooleanField()
    member = models.ForeignKey("governance.Member", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()


class DraftFile(models.Model):
    """A file that goes out with a reply, kept beside its draft until then. The bytes are in `listening.files`, by their hash."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=120)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    alt = models.TextField(blank=True, default="")
    removed_at = models.DateTimeField(null=True)  # may be brought back until the reply is sent


class Promise(models.Model):
    """What somebody of ours said will be so, and by when: found in a reply or noted by hand, and in the end kept, broken or
    withdrawn. Its owner is whoever has the conversation, else its author: so it passes on with a hand-over by itself."""

    class State(models.TextChoices):
        UNSENT = "unsent", "not said yet"  # its words have not left, and may never
        FOUND = "found", "to confirm"
        OPEN = "open", "open"
        KEPT = "kept", "kept"
        BROKEN = "broken", "broken"
        WITHDRAWN = "withdrawn", "withdrawn"

    conversation = models.ForeignKey("routing.Conversation", on_delete=models.CASCADE, related_name="+", db_index=False)
    reply = models.ForeignKey(Reply, on_delete=models.CASCADE, null=True, related_name="+")  # none: said by phone, at a meeting
    to = models.ForeignKey("listening.Identity", on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey("governance.Member", on_delete=models.PROTECT, related_name="+")
    what = models.TextField()  # the sentence
    words = models.CharField(max_length=120, blank=True, default="")  # the time as it was said: "by Thursday"
    due_at = models.DateTimeField()
    first_due_at = models.DateTimeField()  # `due_at` before it was ever moved
    state = models.CharField(max_length=9, choices=State.choices)
    made_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    moved_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey("governance.Member", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    reminded_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)  # when it was due, and the news was asked for
    next_at = models.DateTimeField(null=True)  # the next of these two; None: nothing is to come

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], name="promises_in_time", condition=models.Q(next_at__isnull=False)),
            models.Index(fields=["conversation", "due_at"], name="promises_of_conversation"),
            models.Index(fields=["state", "due_at", "id"], name="promises_in_order"),
        ]
