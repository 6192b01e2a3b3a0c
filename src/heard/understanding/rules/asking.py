"""What a draft asks the customer for, so that nobody is asked for what they gave already. Pure.

A sentence asks when it is a question or a request, and it asks for what it names: "Could you send us your order number?",
"Wie lautet Ihre Bestellnummer?". English, German, French and Spanish.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from heard.understanding.rules.facts import SENTENCE, Fact, plain, remedies_in

REQUEST = re.compile(
    r"\?|\b(?:please|(?:could|can|would|will) you|(?:may|can|could) (?:i|we) have|(?:we|i)(?:'ll| will| would)? (?:also )?need|what(?:'s|’s| is| was)|which|"
    r"(?:send|tell|give|text|email|mail) (?:me|us)|let (?:me|us) (?:know|have)|provide|confirm|bitte|könn(?:en|ten) sie|kannst du|könntest du|wie (?:lautet|ist)|"
    r"welche[rsnm]?|nennen|teilen sie|schick(?:en|e|st)|send(?:en|e|est)|brauchen?|benötigen?|geben sie|verraten|s'il vous|s’il vous|pouvez|pourriez|quel(?:le)?|"
    r"indiquez|avons besoin|communiquer|por favor|puede|podría|cuál|indique|necesit\w+|envíe\w*)\b",
    re.IGNORECASE,
)
NUMBER = r"(?: ?-?(?:number|numbers|no\.?|nr\.?|id|code|reference|ref))"
NOUNS = {
    "order": rf"(?:order|purchase){NUMBER}|number of (?:your|the) order|(?:bestell|auftrags)-?(?:nummer|nr)|numéro de (?:la |votre )?commande|número de (?:su |tu )?(?:pedido|orden)",
    "customer": rf"(?:customer|account|client|membership|member){NUMBER}|kunden-?(?:nummer|nr)|mitglieds-?(?:nummer|nr)|numéro (?:de )?client|número de cliente",
    "contract": rf"(?:contract|policy){NUMBER}|(?:vertrags|versicherungs|policen)-?(?:nummer|nr)|numéro de contrat|número de (?:contrato|póliza)",
    "invoice": rf"invoice{NUMBER}|rechnungs-?(?:nummer|nr)|numéro de (?:la |votre )?facture|número de (?:la |su )?factura",
    "tracking": rf"(?:tracking|parcel|shipment){NUMBER}|(?:sendungs|paket)-?(?:nummer|nr)|numéro de (?:suivi|colis)|número de (?:seguimiento|envío)",
    "booking": rf"(?:booking|reservation|confirmation){NUMBER}|(?:buchungs|reservierungs)-?(?:nummer|nr|code)|numéro de réservation|número de reserva",
    "case": rf"(?:ticket|case|claim|reference){NUMBER}|(?:ticket|fall|vorgangs|schadens?)-?(?:nummer|nr)|numéro de dossier|número de (?:caso|siniestro)",
    "model": r"(?:which|what|exact|your|the) (?:\w+ ){0,2}model|model (?:number|name)|what (?:kind of |type of )?(?:device|router|modem|phone) (?:do|are|is)|"
    r"welche\w* (?:\w+ )?(?:modell|gerät)|modell(?:nummer|bezeichnung)|genaue\w* modell|quel modèle|qué modelo",
    "serial": r"serial(?: number| no\.?)?|seriennummer|numéro de série|número de serie|\bimei\b",
    "name": r"(?:your|full|first|last) name|ihre[nm]? (?:vollständigen? )?namen?|votre nom|su nombre",
    "phone": r"(?:phone|telephone|mobile|cell|contact|call-?back) ?(?:number|no\.?)|number (?:can|may|could|should) (?:we|i) (?:call|reach|ring)|number (?:to|where we can) (?:call|reach)|"
    r"(?:telefon|handy|mobil|rückruf)-?(?:nummer|nr)|numéro de téléphone|número de (?:teléfono|móvil)",
    "email": r"e-?mail(?: |-)?(?:address|adresse)?\b(?=.{0,60}\?|.{0,20}$)|mail address|mail-?adresse|adresse (?:e-?mail|électronique)|correo electrónico",
    "postcode": r"post(?: |-)?code|\bzip(?: ?code)?\b|\bplz\b|postleitzahl|code postal|código postal",
    "address": r"(?:postal|home|delivery|shipping|billing|street|your) address|(?:liefer|rechnungs|wohn|post)-?(?:adresse|anschrift)|(?:ihre|deine) (?:adresse|anschrift)|"
    r"votre adresse(?! (?:e-?mail|électronique))|su dirección",
}
NOUN = {kind: re.compile(rf"(?:{pattern})", re.IGNORECASE) for kind, pattern in NOUNS.items()}
EMAIL_ASKED = re.compile(r"e-?mail|électronique|correo", re.IGNORECASE)
WHETHER_TRIED = re.compile(
    r"\b(?:have|did) you (?:already |also |ever )?(?:tr(?:y|ied)|re-?start|re-?boot|reset|re-?install|unplug|updat|clear|power|switch|turn|check|call)"
    r"|\b(?:please|could you|can you|would you) (?:please )?(?:try (?:to )?)?(?:re-?start|re-?boot|reset|re-?install|unplug|updat|clear|power|switch|turn)"
    r"|\bwhat (?:have you|did you) (?:already )?tr(?:y|ied)|\btry (?:restarting|rebooting|resetting|reinstalling|to restart)"
    r"|\bhaben sie\b.{0,60}(?:neu ?gestartet|zurückgesetzt|versucht|probiert|aktualisiert|installiert|gelöscht|angerufen)"
    r"|\b(?:hast du)\b.{0,60}(?:neu ?gestartet|zurückgesetzt|versucht|probiert)|\bstarten sie\b.{0,60}\bneu\b|\bsetzen sie\b.{0,60}\bzurück\b"
    r"|\bavez-vous (?:déjà )?(?:essayé|redémarré|réinitialisé)|\bha (?:probado|reiniciado|intentado)",
    re.IGNORECASE,
)
ANYTHING_TRIED = re.compile(r"\bwhat (?:have you|did you)|\bwas haben sie|\bqu'avez-vous|\bqué ha", re.IGNORECASE)


class Asked(NamedTuple):
    """What a sentence of the draft asks for: a kind of fact, and of "tried" the remedies; none: whatever was tried."""

    kind: str
    sentence: str
    remedies: tuple[str, ...] = ()


def asked_for(draft: str) -> list[Asked]:
    """Each kind once, in the order of the draft."""
    found: dict[str, Asked] = {}
    for asked in _asked(draft):
        found.setdefault(asked.kind, asked)
    return list(found.values())


def asked_again(draft: str, facts: Iterable[Fact]) -> list[tuple[Asked, Fact]]:
    """Each question of the draft with a fact that answers it, for all that do. What the draft says itself is not asked."""
    written = plain(draft)
    known = list(facts)
    again = []
    for asked in asked_for(draft):
        answers = [fact for fact in known if _answers(fact, asked)]
        if not any(plain(fact.value) in written for fact in answers):
            again += [(asked, fact) for fact in answers]
    return again


def _answers(fact: Fact, asked: Asked) -> bool:
    if fact.kind != asked.kind:
        return False
    return asked.kind != "tried" or not asked.remedies or not set(asked.remedies).isdisjoint(fact.remedies)


def _asked(draft: str) -> Iterator[Asked]:
    for match in SENTENCE.finditer(draft):
        sentence = match.group().strip()
        if REQUEST.search(sentence):
            yield from (Asked(kind, sentence) for kind in NOUN if _names(kind, sentence))
        if WHETHER_TRIED.search(sentence):
            remedies = remedies_in(sentence)
            if remedies or ANYTHING_TRIED.search(sentence):
                yield Asked("tried", sentence, remedies)


def _names(kind: str, sentence: str) -> bool:
    noun = NOUN[kind].search(sentence)
    # "Your address" may be the one of their mail.
    return noun is not None and not (kind == "address" and EMAIL_ASKED.search(sentence))
