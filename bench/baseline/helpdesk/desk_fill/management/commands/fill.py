from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand
from django.test import Client
from helpdesk.models import FollowUp, Queue, Ticket

BATCH = 2000
BEGIN = datetime(2026, 1, 5, 6, 0, tzinfo=UTC)
WORDS = [
    "line", "order", "invoice", "evening", "morning", "modem", "cable", "letter", "number", "street", "window",
    "signal", "engineer", "visit", "answer", "question", "contract", "payment", "tariff", "network", "mobile", "phone",
    "screen", "button", "light", "garden", "kitchen", "door", "key", "paper", "photo", "message", "call",
]  # fmt: skip


class Command(BaseCommand):
    help = "An agent, a queue with a mailbox, and tickets with follow-ups. Prints the agent's session cookie, last."

    def add_arguments(self, parser):
        parser.add_argument("tickets", type=int)
        parser.add_argument("--follow-ups", type=int, default=3, help="of each ticket")

    def handle(self, *args, tickets, follow_ups, **options):
        agent = get_user_model().objects.create_superuser("agent", "agent@desk.example", "agent")
        queue = Queue.objects.create(
            title="Help",
            slug="help",
            email_address="help@desk.example",
            allow_public_submission=True,
            allow_email_submission=True,
            email_box_type="local",
            email_box_local_dir=f"{settings.FOLDER}/mailbox/",
            email_box_interval=0,
            enable_notifications_on_email_events=False,
        )
        for start in range(0, tickets, BATCH):
            made = Ticket.objects.bulk_create(ticket(n, queue) for n in range(start, min(start + BATCH, tickets)))
            FollowUp.objects.bulk_create(
                FollowUp(
                    ticket=t, date=t.created, title="Comment", comment=text(t.pk * 5 + n), public=True, user=agent if n else None
                )
                for t in made
                for n in range(follow_ups)
            )
        assert (Ticket.objects.count(), FollowUp.objects.count()) == (tickets, tickets * follow_ups)
        client = Client()
        client.force_login(agent)
        self.stdout.write(f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}")


def ticket(n: int, queue: Queue) -> Ticket:
    at = BEGIN + timedelta(minutes=n)
    keyword = " zanzibar" if n % 1000 == 1 else " router" if n % 50 == 3 else ""
    return Ticket(
        title=f"Number {n}: {text(n)[:40]}",
        queue=queue,
        created=at,
        modified=at,
        submitter_email=f"customer{n % 5000}@example.org",
        status=Ticket.OPEN_STATUS if n % 4 else Ticket.CLOSED_STATUS,
        description=text(n * 7) + keyword,
    )


def text(n: int) -> str:
    return " ".join(WORDS[(n * 31 + i * i * 7 + i) % len(WORDS)] for i in range(66))
