"""What `make bench` runs, in this order, and which numbers of each last line are held against a goal."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

MEMORY_GOAL_MB = 400


@dataclass(frozen=True)
class Figure:
    """One number of a bench's last line. `key` may lead into it by dots: "one_process.value".

    "value" brings unit and goal along in the line itself; other keys say theirs here.
    """

    label: str
    key: str = "value"
    unit: str | None = None
    goal: float | None = None
    at_least: bool = False  # else the goal is the most that it may be

    def met(self, value: float | None, goal: float | None) -> bool | None:
        """None when there is no goal, or nothing to hold against it."""
        if goal is None or value is None:
            return None
        return value >= goal if self.at_least else value <= goal


@dataclass(frozen=True)
class Row:
    """One run of one script. `size` is what makes it a full one; its quick form has --quick instead."""

    name: str
    script: str
    what: str
    holds: str  # what is inside the figure, and what is not
    figures: Sequence[Figure]
    arguments: Sequence[str] = ()
    size: Sequence[str] = ()
    most_seconds: int = 240
    postgresql: bool = False
    data: str = ""  # a file or folder below the folder of sets, "." for all of it
    needs_data: bool = False  # else it makes something up where the set is missing
    asked: bool = False  # long: only when it is named
    picture: str = ""

    def command(self, data: Path | None, *, quick: bool) -> list[str]:
        """As it would be typed, after `.venv/bin/python`. `data` is the folder with the sets, None when there is none."""
        sets = ["--data", str(data / self.data)] if self.data and data else []
        return [f"bench/{self.script}.py", *self.arguments, *sets, *(["--quick"] if quick else self.size)]


THE_WALK = (
    "From raw posts, as a worker behind a broker has them, to routed, searchable, counted and committed voices: decoding, "
    "telling doubles, knowing the author, the real assessors, threading, routing, live pages told. A million interactions (on "
    "PostgreSQL 200,000, which it takes minutes to make) are there before the clock starts. Keeping the posts raw in the store first, as webhooks do, is in `kept_raw` and not in the others."
)
THE_PAGES = (
    "The real pages of a signed-in agent over HTTP, from a running house, another conversation and customer each time. HTML "
    "only; what a browser loads once and keeps is not in it. Growth is against a thousand conversations. Straightforward is "
    "django-helpdesk with ten thousand tickets."
)
THE_PAGES_FIGURES = [
    Figure("CPU of the dearest page"),
    Figure("p95 at 8 connections", "p95", "ms", 25),
    Figure("growth of the page that grew most", "growth", "×", 1.2),
]
THE_MAIL = (
    "Fetched by IMAP from a real Dovecot, kept, read, threaded, routed, committed and found again by a search. Dovecot's own CPU "
    "is not in it. Straightforward is django-helpdesk with the same mails from a local folder."
)
THE_SEARCH = (
    "Until the ids of the first 25 are there, asked by three colleagues who may see everything, half, and a handful of what "
    "was said. Straightforward is django-helpdesk's own search in its list, with a tenth as many tickets, over HTTP; what LIKE "
    "takes over the same million is `like`."
)
THE_SEARCH_FIGURES = [Figure("p95 by recency"), Figure("p95 ranked", "ranked.p95", "ms", 60)]
THE_CUSTOMERS = (
    "Until the lines of the first forty are there, asked for by names whole and begun, handles, mail addresses, phone and order "
    "numbers, by two colleagues who may know everybody and half of them. Straightforward is looking through every name and "
    "address by LIKE. What makes a customer findable is done by a job beside the walk: `findable_us`."
)
THE_CUSTOMERS_FIGURES = [Figure("p95 until the lines are there"), Figure("CPU for making one findable", "findable_us", "µs")]
THE_SOAK = (
    "Web and worker as in production; the stream arrives at a steady rate, eight colleagues turn pages and type (inbox, "
    "conversation, draft, customer, search), three live pages are open. Straightforward here is the same house with "
    "nothing arriving."
)
THE_SOAK_FIGURES = [
    Figure("p99 of a page"),
    Figure("posts a second meanwhile", "held", "posts/s", at_least=True),
    Figure("errors", "errors", "", 0),
    Figure("growth of memory", "grows_mb_per_minute", "MB/min", 1),
    Figure("largest write-ahead log", "wal_peak_mb", "MB", 128),
]
THE_GROWTH = (
    "CPU of one post of the walk, and of each of three pages, on stores of 10,000 to 3,000,000 interactions. Straightforward "
    "is the same growth of the ORM way."
)
THE_GROWTH_FIGURES = [
    Figure("a post, the largest store against the smallest"),
    Figure("the page that grew most", "page_growth", "×", 1.2),
]

ROWS = (
    Row(
        "ingest",
        "ingest",
        "The whole journey of a post, SQLite",
        THE_WALK,
        [
            Figure("posts a second", at_least=True),
            Figure("one process alone", "one_process", "posts/s", 12_000, at_least=True),
            Figure("with 40 µs more of assessors for each post", "value_with_full_assessors", "posts/s", at_least=True),
        ],
        arguments=["--store", "sqlite"],
        size=["--preload", "1000000"],
        most_seconds=420,
    ),
    Row(
        "ingest-postgres",
        "ingest",
        "The whole journey of a post, PostgreSQL on the same two cores",
        THE_WALK,
        [
            Figure("posts a second", at_least=True),
            Figure("with 40 µs more of assessors for each post", "value_with_full_assessors", "posts/s", at_least=True),
        ],
        arguments=["--store", "postgres"],
        size=["--preload", "200000"],
        most_seconds=600,
        postgresql=True,
    ),
    Row(
        "spike",
        "spike",
        "143,199 posts within one second, through NATS JetStream",
        "Until the broker has taken every post, and until each is walked. Every post is counted at the end: none lost, none "
        "doubled. The making of the posts is not in it.",
        [Figure("until all are walked"), Figure("until the broker has them", "buffered", "s", 1.5)],
        arguments=["--store", "sqlite"],
        most_seconds=300,
    ),
    Row(
        "webhook",
        "webhook",
        "A durable, signed webhook, 64 connections, SQLite",
        "Signature checked, stored and committed before the answer. The walk comes later and is not in it.",
        [Figure("webhooks a second", at_least=True), Figure("p95", "p95", "ms", 20)],
        arguments=["--store", "sqlite"],
    ),
    Row(
        "webhook-postgres",
        "webhook",
        "A durable, signed webhook, 64 connections, PostgreSQL",
        "As above; the database server's CPU is on the same two cores, and told apart.",
        [Figure("webhooks a second", at_least=True), Figure("p95", "p95", "ms")],
        arguments=["--store", "postgres"],
        postgresql=True,
    ),
    Row(
        "matcher",
        "matcher",
        "Which of 1,000 brand patterns a post names",
        "Real tweets, case and accents folded, whole words, on one core, in memory; from the text to the list of monitors.",
        [Figure("posts a second and core", at_least=True)],
        data=".",
    ),
    Row(
        "pages",
        "pages",
        "Inbox, conversation of 30, customer page, with a million conversations",
        THE_PAGES,
        THE_PAGES_FIGURES,
        arguments=["--store", "sqlite"],
        size=["--conversations", "1000000"],
        most_seconds=600,
    ),
    Row(
        "pages-postgres",
        "pages",
        "The same pages on PostgreSQL",
        "As above; the CPU of the database server is in it.",
        THE_PAGES_FIGURES,
        arguments=["--store", "postgres"],
        size=["--conversations", "1000000"],
        most_seconds=900,
        postgresql=True,
        asked=True,
    ),
    Row(
        "search",
        "search",
        "Search over a million interactions, 1–3 words, SQLite",
        THE_SEARCH,
        THE_SEARCH_FIGURES,
        arguments=["--store", "sqlite"],
        size=["--interactions", "1000000"],
        most_seconds=420,
    ),
    Row(
        "search-postgres",
        "search",
        "Search over a million interactions, 1–3 words, PostgreSQL",
        "As above.",
        THE_SEARCH_FIGURES,
        arguments=["--store", "postgres"],
        size=["--interactions", "1000000"],
        most_seconds=600,
        postgresql=True,
        asked=True,
    ),
    Row(
        "customers",
        "customers",
        "Finding a customer among a million, as one types, SQLite",
        THE_CUSTOMERS,
        THE_CUSTOMERS_FIGURES,
        arguments=["--store", "sqlite"],
        size=["--customers", "1000000"],
        most_seconds=600,
    ),
    Row(
        "customers-postgres",
        "customers",
        "Finding a customer among a million, as one types, PostgreSQL",
        "As above.",
        THE_CUSTOMERS_FIGURES,
        arguments=["--store", "postgres"],
        size=["--customers", "1000000"],
        most_seconds=900,
        postgresql=True,
        asked=True,
    ),
    Row(
        "identity",
        "identity",
        "Putting newcomers with the people they are",
        "People who were recorded several times, with slips, other names and other addresses, one record after another, nothing known "
        "of those to come. Reading the file is not in the rows a second. Straightforward is exact agreement on an address, or on name "
        "and birth date.",
        [
            Figure("B3-F", unit="", at_least=True),
            Figure("of joins, right", "attach_precision", "", 0.99, at_least=True),
            Figure("impure groups", "impure_share", "", 0.005),
            Figure("largest group; the largest person has 21", "largest_cluster", "records", 28),
            Figure("sent to a person", "review_share", "", 0.03),
        ],
        data="splink_historical.jsonl.gz",
    ),
    Row(
        "identity-strict",
        "identity",
        "The same, more careful",
        "As above, at the operating point for 995 right joins of 1,000.",
        [
            Figure("B3-F", unit="", goal=0.89, at_least=True),
            Figure("of joins, right", "attach_precision", "", 0.995, at_least=True),
        ],
        arguments=["--operating-point", ".995"],
        data="splink_historical.jsonl.gz",
    ),
    Row(
        "identity-fake",
        "identity",
        "A thousand made-up records, and ten other orders",
        "Pairs found together at the threshold at which 99 of 100 are right; Splink alone finds .744 of them.",
        [
            Figure("recall of pairs at precision .99", "recall_at_p99", "", 0.8, at_least=True),
            Figure("spread of B3-F over ten orders", "shuffles.spread", "", 0.01),
        ],
        arguments=["--shuffles", "10"],
        data="splink_fake_1000.jsonl.gz",
        needs_data=True,
    ),
    Row(
        "recognise",
        "recognise",
        "Knowing who speaks among a million customers, SQLite",
        "Through the store, committed. Half of the newcomers are customers under another address, half are new.",
        [
            Figure("p99 of one newcomer"),
            Figure("known identities a second and core", "known", "identities/s", 20_000, at_least=True),
            Figure("joined or left alone rightly", "right", "", 0.99, at_least=True),
        ],
        arguments=["--store", "sqlite"],
        size=["--customers", "1000000"],
        most_seconds=900,
    ),
    Row(
        "live",
        "live",
        "A live page, 2,000 watchers",
        "From the commit of an event until a page has it, over real connections, each with a session of its own, to a running "
        "house; every page is told exactly what it may see. Then the whole way of one message, from the signed webhook to the page.",
        [
            Figure("p95 until a page has it"),
            Figure("memory of an open page", "kb_each", "KB", 20),
            Figure("p95 from webhook to page", "webhook_to_page_ms.p95", "ms", 150),
        ],
        arguments=["--store", "sqlite"],
    ),
    Row(
        "mail",
        "mail",
        "A mail, from IMAP to a searchable conversation",
        THE_MAIL,
        [Figure("CPU of a mail")],
        data="mail_spamassassin_easyham1_spam1.tar.gz",
    ),
    Row(
        "mail-odd",
        "mail",
        "Odd mails: broken, huge, nested, in every charset",
        "As above. What matters here is that none is lost and none is threaded wrongly.",
        [Figure("CPU of a mail"), Figure("set aside by an error", "crashed", "mails", 0)],
        data="mail_fixtures_visible.tar.gz",
        needs_data=True,
    ),
    Row(
        "soak",
        "soak",
        "Ten minutes at half the top rate, with readers and watchers on the pages",
        THE_SOAK,
        THE_SOAK_FIGURES,
        arguments=["--store", "sqlite"],
        size=["--minutes", "10"],
        most_seconds=900,
    ),
    Row(
        "soak-postgres",
        "soak",
        "The same ten minutes on PostgreSQL",
        "As above, with the database server on the same two cores; its memory is not in the figure.",
        THE_SOAK_FIGURES,
        arguments=["--store", "postgres"],
        size=["--minutes", "10"],
        most_seconds=900,
        postgresql=True,
        asked=True,
    ),
    Row(
        "growth",
        "growth",
        "Cost against the size of the store",
        THE_GROWTH,
        THE_GROWTH_FIGURES,
        arguments=["--store", "sqlite"],
        most_seconds=900,
        picture="growth.svg",
    ),
    Row(
        "growth-postgres",
        "growth",
        "The same growth on PostgreSQL",
        "In the picture above, dashed. The CPU of the database server is in it.",
        THE_GROWTH_FIGURES,
        arguments=["--store", "postgres"],
        most_seconds=1800,
        postgresql=True,
        asked=True,
    ),
    Row(
        "replay",
        "replay",
        "Real posts and support threads through the whole walk",
        "Public data: what became of every voice is counted; none stays unattended. Straightforward as with the stream.",
        [Figure("posts a second", at_least=True), Figure("unattended", "unattended", "voices", 0)],
        arguments=["--store", "sqlite"],
        data=".",
        needs_data=True,
    ),
    Row(
        "replay-postgres",
        "replay",
        "Real posts and support threads on PostgreSQL",
        "As above.",
        [Figure("posts a second", at_least=True), Figure("unattended", "unattended", "voices", 0)],
        arguments=["--store", "postgres"],
        postgresql=True,
        data=".",
        needs_data=True,
    ),
    Row(
        "imports",
        "imports",
        "A million people from a file, with two addresses each",
        "The whole of `heard import` on an empty SQLite house: reading, checking, joining by addresses, counting. The matching of names comes "
        "later and is not in it. Straightforward is the same tables by update_or_create, one row after another.",
        [
            Figure("seconds for a million rows"),
            Figure("memory", "rss_mb", "MB", 200),
            Figure("doubles after a second time", "doubles", "rows", 0),
            Figure("left after an undo", "left", "rows", 0),
        ],
        arguments=["--store", "sqlite"],
        size=["--rows", "1000000"],
        most_seconds=1800,
        asked=True,
    ),
    Row(
        "understanding",
        "understanding",
        "Reading what a voice means",
        "All assessors together on public data, without a store; how often they are right stands among the numbers. "
        "Straightforward is one post after another, as one live message is read.",
        [Figure("posts a second and core", at_least=True), Figure("macro F1 of the sentiment", "metrics.macro_f1", "")],
        data=".",
    ),
)


def chosen(names: Sequence[str]) -> list[Row]:
    """Those named, by row or by script; all but the long ones without a name. Raises KeyError with the first name that is neither."""
    known = {row.name for row in ROWS} | {row.script for row in ROWS}
    if unknown := [name for name in names if name not in known]:
        raise KeyError(unknown[0])
    wanted = {row.name for row in ROWS if not row.asked and (not names or row.script in names)} | set(names)
    return [row for row in ROWS if row.name in wanted]
