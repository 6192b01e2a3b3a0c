from datetime import date

from django.db import models
from django.db.models import Q, Value

from heard.routing.rules.business_hours import BusinessHours
from heard.routing.rules.order import Target


class Hours(models.Model):
    """When somebody is there to answer: the opening of a shop, the shifts of a team. See rules/business_hours.py."""

    name = models.CharField(max_length=80, unique=True)
    zone = models.CharField(max_length=60)
    week = models.JSONField()  # seven days, Monday first, each a list of [from, to] in minutes of the day
    country = models.CharField(max_length=2, blank=True, default="")  # whose public holidays are free; ISO 3166
    subdivision = models.CharField(max_length=6, blank=True, default="")
    closed = models.JSONField(default=list)  # other days: [["2026-12-24", "Christmas Eve"], ...]

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def rules(self) -> BusinessHours:
        week = tuple(tuple((opens, closes) for opens, closes in day) for day in self.week)
        closed = frozenset(date.fromisoformat(day) for day, _ in self.closed)
        return BusinessHours(self.zone, week, self.country, self.subdivision, closed)


class Queue(models.Model):
    """Where cases wait for a team, with the time in which an answer is due."""

    name = models.CharField(max_length=80, unique=True)
    team = models.ForeignKey("governance.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    kinds = models.JSONField(default=list)  # case kinds that go here; the queue with none takes the rest
    response_target_seconds = models.PositiveIntegerField(default=4 * 3600)
    hours = models.ForeignKey(Hours, on_delete=models.PROTECT, null=True, blank=True, related_name="+")  # none: day and night
    emergencies_any_time = models.BooleanField(default=True)  # what cannot wait is due as soon by night
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name

    @property
    def target(self) -> Target:
        """By when a voice in it is to be answered. Read queues with their hours: one query for all."""
        return Target(self.response_target_seconds, self.hours.rules if self.hours else None, self.emergencies_any_time)


class Conversation(models.Model):
    """What a person and the company say to each other, without an end, over any channel. The channel belongs to each message.

    The columns from `team` on are derived from entries and cases and kept for the inbox, which reads one table in order.
    """

    class State(models.TextChoices):
        OPEN = "open", "open"  # somebody here has something to do
        WAITING = "waiting", "waiting for the customer"
        QUIET = "quiet", "quiet"

    opener = models.ForeignKey("listening.Identity", on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    assignee = models.ForeignKey("governance.Member", on_delete=models.PROTECT, null=True, related_name="+")
    channel_team = models.ForeignKey("governance.Team", on_delete=models.PROTECT, null=True, related_name="+")  # whose channels
    team = models.ForeignKey(
        "governance.Team", on_delete=models.PROTECT, null=True, related_name="+"
    )  # that, or its first queue's
    subject = models.CharField(max_length=500, blank=True, default="")
    preview = models.CharField(max_length=240, blank=True, default="")
    channel_kinds = models.JSONField(default=list)  # in the order in which the conversation hopped
    kinds = models.JSONField(default=list)  # of its assessments: support, praise, ...
    sentiment = models.CharField(max_length=8, default="neutral")  # of the newest inbound voice
    # ["sales positive", ...]: to which roles that voice is something else than as a whole
    cuts = models.JSONField(default=list, db_default=Value([], models.JSONField()))
    language = models.CharField(max_length=8, default="")
    is_public = models.BooleanField(default=False)
    urgency = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField()
    last_at = models.DateTimeField()
    last_inbound_at = models.DateTimeField(null=True)
    waiting_since = models.DateTimeField(null=True)  # oldest inbound voice without a disposition
    due_at = models.DateTimeField(null=True)  # the order of the inbox; see rules/order.py
    order_reasons = models.JSONField(default=list)
    quieted_at = models.DateTimeField(null=True)  # a colleague said that nobody expects anything more
    message_count = models.PositiveIntegerField(default=0)
    # Of a conversation in which nothing was said but what others say as well; see groups.py.
    group = models.ForeignKey("DuplicateGroup", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)
    grouped_messages = models.PositiveIntegerField(null=True)  # `message_count` when that was found

    class Meta:
        indexes = [
            models.Index(fields=["group", "due_at"], name="grouped_by_due", condition=Q(group__isnull=False)),
            models.Index(fields=["group", "last_at"], name="grouped_newest", condition=Q(group__isnull=False)),
            models.Index(fields=["state", "due_at", "id"], name="inbox_in_order"),
            models.Index(fields=["-last_at", "-id"], name="conversation_newest"),
            models.Index(fields=["opener"], name="conversation_of_opener"),
            models.Index(fields=["assignee", "state", "due_at"], name="inbox_of_member"),
        ]


class Participant(models.Model):
    """An identity that belongs in a conversation: the opener, and whoever a member or a reply brought in."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+", db_index=False)
    identity = models.ForeignKey("listening.Identity", on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField()
    in_own_right = models.BooleanField(default=False)  # not because they were held to be one with somebody who takes part

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "identity"], name="takes_part_once")]


class Entry(models.Model):
    """An interaction's place in a conversation. Chatter that nobody needs to answer has none."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+", db_index=False)
    interaction = models.OneToOneField("listening.Interaction", on_delete=models.CASCADE, related_name="+")
    occurred_at = models.DateTimeField()
    towards = models.ForeignKey(  # whom our own words went to, when the network said so
        "listening.Identity", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )
    why = models.CharField(max_length=240, blank=True, default="")  # it stands here, where that is not plain

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "occurred_at", "interaction"], name="entries_in_order"),
            models.Index(
                fields=["towards"], name="entries_towards", condition=Q(towards__isnull=False)
            ),  # who is deleted is asked for
        ]


class ThreadRef(models.Model):
    """Network ids that lead to a conversation: its messages and everything they refer to, heard already or not."""

    account = models.ForeignKey("listening.ChannelAccount", on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=500)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "ref", "conversation"], name="one_ref_per_conversation")]


class LooseRef(models.Model):
    """What a voice without a conversation refers to. Should that come later, though it was said before, the voice goes with it."""

    account = models.ForeignKey("listening.ChannelAccount", on_delete=models.CASCADE, related_name="+", db_index=False)
    ref = models.CharField(max_length=500)
    whose = models.BigIntegerField()  # identity whose voices may go on there; 0: ours
    interaction = models.ForeignKey("listening.Interaction", on_delete=models.CASCADE, related_name="+")
    occurred_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "ref", "whose", "interaction"], name="loose_once")]


class Case(models.Model):
    """Something to be done for somebody. A conversation can have several, of different kinds, in different queues."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        RESOLVED = "resolved", "resolved"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12)  # support, sales (a lead), product, marketing, community, risk, question
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    assignee = models.ForeignKey("governance.Member", on_delete=models.PROTECT, null=True, related_name="+")
    urgency = models.PositiveSmallIntegerField(default=0)
    reasons = models.JSONField(default=list)
    opened_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "kind"], condition=Q(state="open"), name="one_open_case_per_kind")
        ]
        indexes = [models.Index(fields=["queue", "state"], name="cases_of_queue")]


class Clock(models.Model):
    """How long somebody has been waiting for an answer to a case, and by when it is due."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case"], condition=Q(stopped_at=None), name="one_running_clock")]
        indexes = [models.Index(fields=["due_at"], name="clocks_running", condition=Q(stopped_at=None))]


class Disposition(models.Model):
    """What becomes of one inbound voice: it waits in a case (whose queue has a clock), or its end is recorded with a reason.

    One row per interaction, so "exactly one disposition or a place in a queue" is a constraint, not a hope.
    """

    class Outcome(models.TextChoices):
        WAITING = "waiting", "waiting for an answer"
        ANSWERED = "answered", "answered"
        HANDLED = "handled", "handled without a reply"
        NO_ANSWER_DUE = "no_answer_due", "no answer due"
        SPAM = "spam", "spam"
        WITHDRAWN = "withdrawn", "withdrawn by its author"

    interaction = models.OneToOneField("listening.Interaction", on_delete=models.CASCADE, related_name="+")
    outcome = models.CharField(max_length=14, choices=Outcome.choices)
    why = models.CharField(max_length=240)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    member = models.ForeignKey("governance.Member", on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(outcome="waiting") | Q(case__isnull=False), name="waiting_has_a_case")]
        indexes = [
            # Most voices are chatter without a case: only the others are looked for by it.
            models.Index(fields=["interaction"], name="dispositions_waiting", condition=Q(outcome="waiting")),
            models.Index(fields=["case"], name="dispositions_of_case", condition=Q(case__isnull=False)),
            models.Index(fields=["member"], name="dispositions_of_member", condition=Q(member__isnull=False)),
        ]


class LookBack(models.Model):
    """Up to which interaction every inbound voice was found to have its disposition; see unattended.py. One row at most."""

    up_to = models.BigIntegerField(default=0)  # an interaction id: none without a disposition up to there
    seen = models.BigIntegerField(default=0)  # the newest id when it was last looked; what is newer may still be on its way
    at = models.DateTimeField()


class DuplicateGroup(models.Model):
    """Voices that say nearly the same within days: copied complaints, campaigns, spam of many accounts. See groups.py."""

    is_shared = models.BooleanField(default=False)  # by different people; one's own repeats are no group to anybody
    apart_at = models.DateTimeField(null=True)  # a colleague said that they are different matters
    apart_by = models.ForeignKey("governance.Member", on_delete=models.SET_NULL, null=True, related_name="+", db_index=False)


class Likeness(models.Model):
    """What was said on a day, as a signature of its words: one row for all voices that have the same. It holds no words."""

    near = models.BigIntegerField()  # understanding's rules/near.py
    day = models.IntegerField()  # since 1970
    key1 = models.IntegerField()  # who is alike has one of four in common, nearly always
    key2 = models.IntegerField()
    key3 = models.IntegerField()
    key4 = models.IntegerField()
    group = models.ForeignKey(DuplicateGroup, on_delete=models.SET_NULL, null=True, related_name="+")  # of two voices or more

    class Meta:
        constraints = [models.UniqueConstraint(fields=["near", "day"], name="one_likeness_a_day")]
        indexes = [models.Index(fields=[key], name=f"likeness_{key}") for key in ("key1", "key2", "key3", "key4")]


class Copy(models.Model):
    """A voice and what it is like."""

    interaction = models.OneToOneField("listening.Interaction", on_delete=models.CASCADE, related_name="+")
    likeness = models.ForeignKey(Likeness, on_delete=models.CASCADE, related_name="+")


class Gathered(models.Model):
    """Up to which assessment voices were looked at for what they are like; see groups.py. One row at most."""

    up_to = models.BigIntegerField(default=0)
