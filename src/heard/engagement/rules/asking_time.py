"""Sentences with a time, for a reply that puts somebody off without one: chosen by its author, in the language of the reply. Pure."""

from datetime import date, timedelta
from typing import NamedTuple

SATURDAY = 5
WORKDAYS_AHEAD = (1, 2, 4)
SENTENCES = {
    "en": ("by {day}", "You will hear from us by {day}."),
    "de": ("bis {day}", "Sie hören bis {day} von uns."),
    "fr": ("d’ici {day}", "Vous aurez de nos nouvelles d’ici {day}."),
    "es": ("a más tardar el {day}", "Tendrá noticias nuestras a más tardar el {day}."),
}
DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes"),
}


class Offer(NamedTuple):
    """`name` on its button, and the `sentence` that it puts into the words."""

    name: str
    sentence: str


def offers(language: str, today: date) -> list[Offer]:
    """The next working days, by name."""
    name, sentence = SENTENCES[language]
    days = [DAYS[language][_workday_after(today, count).weekday()] for count in WORKDAYS_AHEAD]
    return [Offer(name.format(day=day), sentence.format(day=day)) for day in days]


def _workday_after(day: date, count: int) -> date:
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < SATURDAY
    return day
