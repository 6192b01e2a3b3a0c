"""What the author of a mail newly wrote, without the old mail below it and without the signature.

Works line by line in linear time; mail-parser-reply and quotequail know as many languages but backtrack over the whole
text, which one hostile mail can make take minutes. In doubt nothing is cut: answers written between quoted lines keep
both, a forwarded mail keeps what it forwards, and a mail that would be left empty stays whole.
"""

import re

LONGEST_INTRO = 400  # characters of "On …, … wrote:", over at most three lines
_MOST_LINES = 20_000

# "On <date>, <somebody> wrote:" by the verbs that end it, or nearly; the shape around them is the same everywhere.
_WROTE = re.compile(
    r"\b(?:wrote|writes|said|schrieb|schreef|skrev|skrifaði|kirjoitti|escribió|escribio|escreveu|ha scritto|scrisse|"
    r"a écrit|a ecrit|napsal(?:\(a\)|a)?|napisał(?:\(a\)|a)?|nadesłał|написал(?:\(а\)|а)?|пишет|писал(?:\(а\)|а)?|"
    r"escrigué|va escriure|írta|a scris|geschreven|написа|έγραψε|yazdı|şunları yazdı|đã viết|menulis)\b|写道|寫道|作成|님이 작성",
    re.I,
)
_INTRO_START = re.compile(
    r"(?:On|Am|Le|El|Il|Em|Op|Den|Dne|Dnia|W dniu|Dana|På|Den|Am|At|In|Pe|Vào|Pada|Tarihinde|В|Στις|Le\xa0)\b|\d|[\"'<]|\w{2,9}[.,]? \d|"
    r"(?:mon|tue|wed|thu|fri|sat|sun|[A-Z]\w{1,3})[a-z.]*[, ]",
    re.I,
)
_DATE_OR_ADDRESS = re.compile(r"\d{1,4}[./-]\d{1,2}|\d{1,2}:\d{2}|\b(?:19|20)\d{2}\b|[\w.+-]+@[\w-]|年|년")
_CJK_INTRO = re.compile(r"\d{4}\s?[年년/].{0,80}(?:<[^<>\s]{3,100}>|写道|寫道|님이 작성하였습니다)\s?[::]?\s*$")

_BANNER_WORDS = (
    "original message|original nachricht|originalnachricht|ursprüngliche nachricht|ursprungliche nachricht|message d'origine|"
    "message original|mensaje original|mensagem original|messaggio originale|oorspronkelijk bericht|origineel bericht|"
    "oprindelig meddelelse|ursprungligt meddelande|originalt meddelande|opprinnelig melding|původní zpráva|wiadomość oryginalna|"
    "исходное сообщение|оригинальное сообщение|reply message|reply separator|元のメッセージ|原始邮件|原始郵件|원본 메시지|alkuperäinen viesti"
)
_BANNER = re.compile(rf"\s*(?:[-_=*]{{2,}}\s*)(?:{_BANNER_WORDS})\s*(?:[-_=*]{{2,}})\s*:?\s*$", re.I)
_FORWARD = re.compile(
    r"\s*(?:[-_=*]{2,}\s*)?(?:(?:begin )?forwarded (?:message|by)|anfang der weitergeleiteten|weitergeleitete nachricht|début du message|"
    r"message (?:transféré|réexpédié)|inicio del mensaje reenviado|mensaje reenviado|mensagem encaminhada|messaggio inoltrato|"
    r"(?:begin )?doorgestuurd bericht|vidarebefordrat meddelande|пересылаемое сообщение|转发|轉寄)",
    re.I,
)
_HEADER_LINE = re.compile(r"[>\s*_]*([\w\u0080-\uffff][\w\u0080-\uffff' -]{0,24}?)\s?\*{0,2}\s?[::]\s?\*{0,2}\s?(.*)$")
_FROM_WORDS = frozenset(
    [
        "from",
        "von",
        "de",
        "da",
        "van",
        "från",
        "fra",
        "od",
        "od:",
        "от",
        "发件人",
        "寄件者",
        "差出人",
        "보낸사람",
        "lähettäjä",
        "gönderen",
        "feladó",
        "από",
        "kimden",
        "desde",
        "expéditeur",
        "remitente",
        "mittente",
        "nadawca",
    ]
) | {"보낸 사람", "от кого"}
_OTHER_WORDS = frozenset(
    [
        "sent",
        "to",
        "subject",
        "date",
        "cc",
        "bcc",
        "gesendet",
        "an",
        "betreff",
        "datum",
        "envoyé",
        "à",
        "objet",
        "enviado",
        "para",
        "asunto",
        "fecha",
        "inviato",
        "a",
        "oggetto",
        "data",
        "verzonden",
        "aan",
        "onderwerp",
        "skickat",
        "till",
        "ämne",
        "sendt",
        "til",
        "emne",
        "dato",
        "wysłano",
        "do",
        "temat",
        "odesláno",
        "komu",
        "předmět",
        "отправлено",
        "кому",
        "тема",
        "дата",
        "发送时间",
        "收件人",
        "主题",
        "抄送",
        "寄件日期",
        "收件者",
        "主旨",
        "送信日時",
        "宛先",
        "件名",
        "日時",
        "제목",
        "날짜",
        "받는사람",
        "참조",
        "reply-to",
        "organization",
        "organisation",
        "date:",
        "kopia",
        "kopie",
        "kopi",
        "assunto",
        "vastaanottaja",
        "lähetetty",
        "aihe",
        "gönderildi",
        "kime",
        "konu",
        "pour",
        "sujet",
        "destinataire",
    ]
) | {"enviado el", "sent at", "in reply to", "antwort an", "envoyé le", "받는 사람", "보낸 날짜"}
_RULE = re.compile(r"\s*[_\-=*]{10,}\s*$")
_LONG_RULE = re.compile(r"[_\-=*~]{20,}\s*$")
_LIST_FOOTER = re.compile(r"mailing list|listinfo|unsubscribe|mailto:|https?://", re.I)
_SIGNATURE = re.compile(r"-- ?$|__$")
_SENT_FROM = re.compile(
    r"\s*(?:sent (?:from|via|with) (?:my )?\w|get outlook for|gesendet (?:von|mit) |von meinem \w+ gesendet|envoyé (?:depuis|de) (?:mon )?|"
    r"enviado desde |enviado do meu |inviato da|verzonden (?:vanaf|met) |skickat från |sendt fra |odesláno z |wysłano z |отправлено с |"
    r"lähetetty |iphoneから送信|从我的.{1,20}发送|나의 .{1,20}에서 보냄|내 .{1,20}에서 보냄)",
    re.I,
)


def newly_written(text: str) -> str:
    """The part of a plain text that is this author's, without the mail it answers and without a signature."""
    lines = text.split("\n")
    if len(lines) > _MOST_LINES:
        lines = lines[:_MOST_LINES]
    cut = _start_of_old_mail(lines)
    kept = _without_quotes(lines[:cut])
    kept = _without_signature(kept)
    result = "\n".join(line.rstrip() for line in kept).strip("\n")
    return result if result.strip() else _something(lines, text)


def _something(lines: list[str], text: str) -> str:
    """For a mail that is all quote, all forward or all signature: rather too much than nothing."""
    unquoted = [line for line in lines if not line.lstrip().startswith(">")]
    return (
        text.strip() if not "".join(unquoted).strip() or len(unquoted) == len(lines) or _forwards(lines) else _tail(lines, text)
    )


def _forwards(lines: list[str]) -> bool:
    return any(_FORWARD.match(line) for line in lines[:40])


def _tail(lines: list[str], text: str) -> str:
    """The answer stands below the quote; or there is none and all is shown."""
    last = max(i for i, line in enumerate(lines) if line.lstrip().startswith(">"))
    below = "\n".join(_without_signature(lines[last + 1 :])).strip()
    return below or text.strip()


# ── The old mail below ──────────────────────────────────────────────────────────────────────────────────────────────


def _start_of_old_mail(lines: list[str]) -> int:
    """Index of the first line of an old mail that is appended without quote marks; the number of lines when there is none.

    A quote with marks is not looked for here: what follows it may be an answer.
    """
    for i, line in enumerate(lines):
        if not line or line[0] == ">" and i:
            continue
        if _FORWARD.match(line):  # what is forwarded is what the author wants us to read
            return len(lines)
        if ("-" in line or "_" in line or "=" in line or "*" in line) and _BANNER.match(line):
            return _unless_first(lines, i)
        if (":" in line or "：" in line) and _is_header_block(lines, i):
            return _unless_first(lines, _before_rule(lines, i))
        if (end := _intro_end(lines, i)) and not _quote_follows(lines, end):
            return _unless_first(lines, i)
    return len(lines)


def _unless_first(lines: list[str], i: int) -> int:
    """Nothing new above: it is a forward, or the answer stands below. Then nothing is cut."""
    return i if any(line.strip() for line in lines[:i]) else len(lines)


def _before_rule(lines: list[str], i: int) -> int:
    """The line above the old mail goes with it."""
    above = i
    while above and (not lines[above - 1].strip() or _RULE.match(lines[above - 1])):
        above -= 1
    return above


def _is_header_block(lines: list[str], i: int) -> bool:
    """ "From: …" with "Sent:", "To:" or "Subject:" close below, in any of the languages that mail programs speak."""
    if len(lines[i]) > 1000 or not (first := _HEADER_LINE.match(lines[i])):
        return False
    word = first[1].strip().lower()
    if word not in _FROM_WORDS and not (word in _OTHER_WORDS and word in ("subject", "date", "sent")):
        return False
    found, others = {word}, [line for line in lines[i + 1 : i + 12] if line.strip()][:6]
    for line in others:
        match = _HEADER_LINE.match(line[:1000])
        if match and (name := match[1].strip().lower()) in _OTHER_WORDS | _FROM_WORDS:
            found.add(name)
    return len(found) >= 3 or (len(found) == 2 and "@" in lines[i] and i > 0 and bool(_RULE.match(_above(lines, i))))


def _above(lines: list[str], i: int) -> str:
    return next((line for line in reversed(lines[max(0, i - 3) : i]) if line.strip()), "")


# ── "On … wrote:" ───────────────────────────────────────────────────────────────────────────────────────────────────


def _intro_end(lines: list[str], i: int) -> int:
    """Index behind "On <date>, <name> wrote:" that starts at line i, possibly broken over three lines; 0 when it is none."""
    if not _INTRO_START.match(lines[i].lstrip("> *-")):
        return 0
    joined = ""
    for end in range(i, min(i + 3, len(lines))):
        line = lines[end].strip().lstrip("> ")
        if not line:
            return 0
        joined = f"{joined} {line}" if joined else line
        if len(joined) > LONGEST_INTRO:
            return 0
        if line.rstrip("* ").endswith((":", "：")) and (_is_intro(joined) or _CJK_INTRO.search(joined)):
            return end + 1
    return 0


def _is_intro(joined: str) -> bool:
    return bool(_WROTE.search(joined) and _DATE_OR_ADDRESS.search(joined))


def _quote_follows(lines: list[str], i: int) -> bool:
    return next((line for line in lines[i : i + 4] if line.strip()), "").lstrip().startswith(">")


# ── Quotes with marks ───────────────────────────────────────────────────────────────────────────────────────────────


def _without_quotes(lines: list[str]) -> list[str]:
    """Without one quoted block at the end or at the start. Between quotes somebody answered point by point: all stays."""
    quoted = [i for i, line in enumerate(lines) if line[:1] == ">" or line.lstrip()[:1] == ">"]
    if not quoted:
        return lines
    first, last = quoted[0], quoted[-1]
    above = _without_intro(lines[:first])
    below = lines[last + 1 :]
    inside = any(lines[i].strip() for i in range(first, last) if lines[i].lstrip()[:1] != ">") and _answers_inside(
        lines, first, last
    )
    has_above = any(line.strip() for line in above)
    has_below = any(line.strip() for line in _without_signature(below))
    if inside or has_above and has_below:
        return lines
    return above if has_above else below if has_below else lines


def _answers_inside(lines: list[str], first: int, last: int) -> bool:
    """True when a line between the quotes says something. A quoted line that a mail program wrapped leaves a stub behind,
    which is followed by the next quoted line at once."""
    answers = 0
    for i in range(first, last):
        line = lines[i].strip()
        if not line or line.startswith(">"):
            continue
        alone = lines[i - 1].lstrip().startswith(">") and lines[i + 1].lstrip().startswith(">")
        if not (alone and len(lines[i - 1]) >= 60 and len(line) < 40):
            answers += 1
    return answers > 0


def _without_intro(lines: list[str]) -> list[str]:
    """Without the line that introduces the quote below: of a known language, or by its look."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    last_resort = end
    for start in range(end - 1, max(-1, end - 4), -1):
        if not lines[start].strip():
            break
        joined = " ".join(line.strip() for line in lines[start:end]).lstrip("-* ")
        if len(joined) > LONGEST_INTRO or not _looks_like_intro(joined):
            continue
        if _INTRO_START.match(joined) and _DATE_OR_ADDRESS.search(joined):
            return lines[:start]
        last_resort = start  # half of a line that was broken, unless the line above turns out to be none of it
    return lines[:last_resort]


def _looks_like_intro(joined: str) -> bool:
    if _CJK_INTRO.search(joined):
        return True
    if not joined.rstrip("* ").endswith((":", "：", "...", "…")) and not joined.endswith(">"):
        return False
    return bool(_WROTE.search(joined) or _DATE_OR_ADDRESS.search(joined) and _INTRO_START.match(joined) or _BANNER.match(joined))


# ── Signatures ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _before_list_footer(lines: list[str]) -> int:
    for i in range(len(lines) - 1, max(0, len(lines) - 13), -1):
        if _LONG_RULE.match(lines[i]) and _LIST_FOOTER.search("\n".join(lines[i : i + 13])):
            return i
    return len(lines)


def _without_signature(lines: list[str]) -> list[str]:
    """Without what follows "-- " near the end, the footer of a mailing list, and "Sent from my …" in the last lines."""
    end = _before_list_footer(lines)
    lines = lines[:end]
    for i in range(len(lines) - 1, max(-1, len(lines) - 26), -1):
        if _SIGNATURE.match(lines[i]) and any(line.strip() for line in lines[:i]):
            end = i
    while end and not lines[end - 1].strip():
        end -= 1
    if end and len(lines[end - 1]) < 120 and _SENT_FROM.match(lines[end - 1]) and any(line.strip() for line in lines[: end - 1]):
        end -= 1
    return lines[:end]
