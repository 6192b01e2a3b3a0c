"""The one word by which people tell a number to be silent, to speak again, or to say what it is. Pure.

The English ones are Twilio's own: it obeys them whatever we do (https://help.twilio.com/articles/223134027). A sentence is no
such word; a person reads it.
"""

import re
import unicodedata
from typing import Literal

Keyword = Literal["stop", "start", "help"]

AROUND = re.compile(r"[\s\"'“”‘’«»().,;:!?¡¿*_-]+")
TWO_WORDS = {"opt out": "optout", "stop all": "stopall", "opt in": "optin"}
BY_TYPE: dict[str, Keyword] = {"STOP": "stop", "START": "start", "HELP": "help"}  # Twilio's OptOutType


def bare(text: str) -> str:
    """Small letters, without accents and without what stands around; two words that mean one are joined."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    words = " ".join(AROUND.sub(" ", unicodedata.normalize("NFC", plain)).split())
    return TWO_WORDS.get(words, words)


def words_of(text: str) -> frozenset[str]:
    return frozenset(bare(word) for word in text.split())


STOP = words_of(
    "stop stopall unsubscribe cancel end quit revoke optout "  # Twilio's
    "stopp stoppen abmelden abbestellen afmelden afmeld avsluta lopeta "  # German, Dutch, Danish, Swedish, Finnish
    "arrêt arrêter désabonner désinscrire baja parar sair descadastrar "  # French, Spanish, Portuguese
    "disiscrivi disiscrivimi ferma rezygnuję wypisz odhlásit iptal "  # Italian, Polish, Czech, Turkish
    "стоп отписаться відписатися διακοπή إيقاف إلغاء הסר 停止 配信停止 退订 退訂 수신거부 หยุด"
)
START = words_of("start unstop yes optin старт 開始 开始 시작")
HELP = words_of(
    "help info hilfe aide ayuda ajuda aiuto hulp hjälp hjelp apua pomoc yardım помощь допомога ヘルプ 帮助 幫助 도움말"
)
TO_THE_MACHINE = STOP | (START - {"yes"})  # nobody needs to read these


def keyword_of(text: str, *, told: str = "", also_stop: frozenset[str] = frozenset()) -> Keyword | None:
    """What a text means if it is but one of the words. `told` is what Twilio made of it, and is right whatever the word."""
    if told in BY_TYPE:
        return BY_TYPE[told]
    word = bare(text)
    if word in STOP or word in also_stop:
        return "stop"
    if word in START:
        return "start"
    return "help" if word in HELP else None


def is_to_the_machine(text: str, *, also_stop: frozenset[str] = frozenset()) -> bool:
    return bare(text) in TO_THE_MACHINE | also_stop
