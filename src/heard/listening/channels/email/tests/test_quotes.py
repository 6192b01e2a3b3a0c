"""Only what the author newly wrote is shown; in doubt nothing is cut."""

import pytest

from heard.listening.channels.email.quotes import newly_written
from heard.listening.channels.html_text import text_of_html

REPLIES = {
    "gmail": "Thanks, that works!\n\nOn Mon, Nov 16, 2026 at 9:12 AM Support <desk@test> wrote:\n> Please restart it.\n>\n>> broken\n",
    "gmail, broken line": "Thanks, that works!\n\nOn Mon, Nov 16, 2026 at 9:12 AM Support <\ndesk@test> wrote:\n\n> Please restart it.\n",
    "no blank above": "Thanks, that works!\n> On 22 Aug 2015, at 19:21, Adam <a@b.c> wrote:\n>\n> Hi there!\n",
    "outlook": "Thanks, that works!\n\n-----Original Message-----\nFrom: Support\nSent: Monday\nTo: Alice\nSubject: RE: x\n\nhello\n",
    "outlook, no banner": "Thanks, that works!\n\nFrom: Support [mailto:desk@test]\nSent: March-09-12 4:22 PM\nTo: Dan\nSubject: x\n\nhello\n",
    "outlook, german": "Thanks, that works!\n\nVon: Support <desk@test>\nGesendet: Montag\nAn: Alice\nBetreff: AW: x\n\nHallo\n",
    "outlook, french": "Thanks, that works!\n________________________________\nDe : Support <desk@test>\nEnvoyé : lundi\nÀ : Alice\nObjet : x\n\nSalut\n",
    "outlook, polish": "Thanks, that works!\n\nOd: Support <desk@test>\nWysłano: poniedziałek\nDo: Alice\nTemat: x\n\nCześć\n",
    "apple, french": "Thanks, that works!\n\nLe lun. 16 nov. 2026 à 09:12, Support <desk@test> a écrit :\n\n> Bonjour\n",
    "apple, german": "Thanks, that works!\n\nAm 16.11.2026 um 09:12 schrieb Support <desk@test>:\n\n> Hallo\n",
    "spanish": "Thanks, that works!\n\nEl lun, 16 nov 2026 a las 9:12, Support (<desk@test>) escribió:\n\n> Hola\n",
    "italian": "Thanks, that works!\n\nIl giorno lun 16 nov 2026 alle ore 09:12 Support <desk@test> ha scritto:\n\n> Ciao\n",
    "portuguese": "Thanks, that works!\n\nEm seg., 16 de nov. de 2026 às 09:12, Support <desk@test> escreveu:\n\n> Oi\n",
    "dutch": "Thanks, that works!\n\nOp ma 16 nov 2026 om 09:12 schreef Support <desk@test>:\n\n> Hoi\n",
    "swedish": "Thanks, that works!\n\nDen mån 16 nov. 2026 kl 09:12 skrev Support <desk@test>:\n\n> Hej\n",
    "russian": "Thanks, that works!\n\nпн, 16 нояб. 2026 г. в 09:12, Support <desk@test>:\n\n> Привет\n",
    "japanese": "Thanks, that works!\n\n2026年11月16日(月) 9:12 Support <desk@test>:\n\n> こんにちは\n",
    "finnish, by its look": "Thanks, that works!\n\nma 16. marrask. 2026 klo 9.12 Support (desk@test) kirjoitti:\n\n> Hei\n",
    "unquoted below": "Thanks, that works!\n\nOn Mon, 16 Nov 2026, Support <desk@test> wrote:\n\nPlease restart it.\n",
    "yahoo": "Thanks, that works!\n\n--- On Wed, 4/4/12, xxx@example.com <xxx@example.com> wrote:\n\nFrom: a\n",
    "signature": "Thanks, that works!\n\n-- \nAlice\nHead of Things\n+49 30 123456\n",
    "phone": "Thanks, that works!\n\nSent from my iPhone\n\nOn Nov 16, 2026, at 9:12 AM, Support <desk@test> wrote:\n\n> Please\n",
    "below the quote": "On 04/02/2012 06:26 PM, Support wrote:\n> Does it work?\nThanks, that works!",
    "list footer": "Thanks, that works!\n\nOn Mon, 16 Nov 2026, Bob wrote:\n> hm\n\n_______________________________________________\nfoo mailing list\nhttps://lists.example/listinfo/foo\n",
    "nothing old": "Thanks, that works!\n",
}


@pytest.mark.parametrize("program", REPLIES)
def test_the_answer_stands_alone_whatever_program_wrote_it(program):
    assert newly_written(REPLIES[program]).strip() == "Thanks, that works!"


KEPT_WHOLE = {
    "answers between quotes": "1) yes\n> do you want it?\nI do\n> when?\ntomorrow",
    "a forward": "---------- Forwarded message ---------\nFrom: Bob <bob@x.example>\nDate: Mon, 16 Nov 2026\nSubject: Offer\nTo: me\n\nPlease look at this.",
    "only a quote": "> I said it all before",
    "a sentence with wrote": "As I wrote on 16.11.2026:\nnothing works.",
    "a letter with a colon": "Dear all:\n\nTo: whom it may concern\nthe light is off.",
    "a list with dashes": "I need\n- one\n- two\n-- and three",
}


@pytest.mark.parametrize("what", KEPT_WHOLE)
def test_in_doubt_nothing_is_cut(what):
    assert newly_written(KEPT_WHOLE[what]) == KEPT_WHOLE[what]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<div>a</div><div>b</div>", "a\nb"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<p>a</p>\n<p>b</p>", "a\n\nb"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("a &lt; b &amp;&nbsp;c", "a < b & c"),
        ("<script>alert(1)</script><style>p{}</style>hello<!-- secret -->", "hello"),
        ("<pre>a\n  b</pre>c", "a\n  b\n\nc"),
        ("me<blockquote>you<blockquote>me</blockquote></blockquote>", "me\n\n> you\n> >\n> > me"),
        ('<blockquote style="margin:0 0 0 40px;border:none;padding:0px">indented</blockquote>', "indented"),
        ('<span style="display:none">preview</span>seen', "seen"),
        ('<img src=x alt="smile"> ok', "smile ok"),
        ('<a title="a > b" href=x>link</a>', "link"),
        ("1 < 2 and <3", "1 < 2 and <3"),
        ("<p>never closed", "never closed"),
        ("cut off <a href='", "cut off"),
    ],
)
def test_html_is_read_in_lines(html, text):
    assert text_of_html(html) == text


def test_outlooks_rule_in_html_ends_the_answer():
    html = (
        '<p>Thanks!</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p><b>From:</b> Support &lt;desk@test&gt;<br>'
        "<b>Sent:</b> Monday<br><b>To:</b> Alice<br><b>Subject:</b> x</p></div><p>old</p>"
    )
    assert newly_written(text_of_html(html)) == "Thanks!"
