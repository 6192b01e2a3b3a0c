"""Threats 8 and 10: a mail as it was sent is shown without script, and pictures from elsewhere load only when asked for."""

import pytest

from heard.governance.permissions import HEARD
from heard.listening import selectors as listening
from heard.listening.as_sent import html_as_sent
from heard.listening.channels.contract import File
from heard.listening.models import Interaction
from tests.support.wire import delivery, person, said

pytestmark = pytest.mark.django_db(transaction=True)

PIXEL = b"\x89PNG\r\n\x1a\n the smallest picture"
HTML = (
    '<p onclick="x()">Look<script>alert(1)</script></p><img src="https://tracker.example/p.gif?who=dana">'
    '<img src="cid:inside-1"><img src="cid:missing"><a href="javascript:alert(1)">click</a><form action="https://evil.example"></form>'
)


@pytest.fixture
def voice(wire, arrive, settings, tmp_path):
    settings.FILES = tmp_path
    inside = File(name="p.png", content_type="image/png", data=PIXEL, content_id="inside-1", size_bytes=len(PIXEL))
    arrive(wire(), delivery(said("1", person("Dana"), "Look", html=HTML, attachments=(inside,))))
    [found] = listening.voices(HEARD, Interaction.objects.values_list("id", flat=True)).values()
    return found


def test_nothing_that_runs_or_reports_is_left(voice):
    shown = html_as_sent(voice, remote_pictures=False)
    assert not any(word in shown for word in ("script", "onclick", "javascript", "<form", ' src="https'))


def test_a_picture_inside_the_mail_is_shown_at_once(voice):
    assert ' src="data:image/png;base64,' in html_as_sent(voice, remote_pictures=False)
    assert 'data-src="cid:missing"' in html_as_sent(voice, remote_pictures=False)


def test_a_picture_from_elsewhere_is_shown_when_somebody_asks(voice):
    assert ' src="https://tracker.example/p.gif?who=dana"' in html_as_sent(voice, remote_pictures=True)
