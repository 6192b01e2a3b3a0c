"""How long things may be kept, in the words of those who decide it. A rule is set by a person; there is none by default."""

LEAST_DAYS, MOST_DAYS = 1, 36_500
CHOICES = {
    30: "30 days",
    90: "90 days",
    180: "6 months",
    365: "1 year",
    730: "2 years",
    1095: "3 years",
    2555: "7 years",
    3650: "10 years",
}


def lasting(days: int) -> str:
    return CHOICES.get(days, "1 day" if days == 1 else f"{days} days")


def offered(chosen: int | None) -> list[tuple[str, str]]:
    """(days, words) to choose from, with a length that somebody chose otherwise."""
    more = {chosen: lasting(chosen)} if chosen and chosen not in CHOICES else {}
    return [("", "For ever"), *((str(days), words) for days, words in sorted({**CHOICES, **more}.items()))]
