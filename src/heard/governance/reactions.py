"""What governance does when the sign-in library reports something about a member."""

from allauth.account.signals import password_changed
from django.dispatch import receiver

from heard.governance import actions


@receiver(password_changed)
def write_it_down(user, **_: object) -> None:
    actions.password_changed(user)
