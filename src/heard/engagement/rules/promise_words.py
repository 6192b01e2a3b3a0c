"""Who a sentence speaks of, and which words put somebody off: what rules/promising.py looks for, in each language.

Nobody owns a grammar of four languages in a page. These are the words with which people at a desk do say that something will
be so; the author confirms what is found, and what is missed is noted by hand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Says:
    """`ours`: somebody of us will, or it will be so · `theirs`: the reader is asked to · `past`: it has happened · `never`: it
    will not · `condition`: only if · `delays`: put off, without a time · `polite`: sounds like a delay and is none.
    `never_after`: a "not" may also stand behind the time."""

    ours: re.Pattern
    theirs: re.Pattern
    past: re.Pattern
    never: re.Pattern
    condition: re.Pattern
    delays: re.Pattern
    polite: re.Pattern
    never_after: bool = True


def _any(*words: str, glued: str = r"(?!)") -> re.Pattern:
    """Whole words; `glued` to the word before them: what English makes of "will" and "are"."""
    return re.compile(rf"(?:(?<!\w)(?:{'|'.join(words)})|(?<=\w)(?:{glued}))(?!\w)", re.IGNORECASE)


_EN_VERBS = (
    "sending|calling|ringing|coming|returning|refunding|shipping|posting|crediting|replacing|delivering|writing|visiting|"
    "getting back|expected|due|scheduled|booked|aiming|expecting|planning|installing|dispatching|starting|switching"
)
ENGLISH = Says(
    ours=_any(
        r"will(?! (?:not|never)\b)", "shall(?! not)", "going to", "promise", "guarantee", "should be",
        rf"(?:are|am|is|be) (?:now )?(?:{_EN_VERBS})",
        "(?:we|I) (?:aim|expect|plan|hope|intend) to", "takes?", "let me get back", "needs? (?:another|two|three|\\d)",
        "(?:arrives?|comes?|calls?|visits?) (?:to you |you )?(?=on|by|tomorrow|today|in|before|this|next)",
        glued=rf"['’]ll|['’](?:re|m|s) (?:now )?(?:{_EN_VERBS})",
    ),  # fmt: skip
    theirs=_any(
        "please(?! (?:accept|rest|be assured|note|know|find|bear))", "(?:could|can|would|will|may|might|did|do|are|have) you", "let us know", "let me know", "feel free",
        r"you(?:['’]ll| will| shall)? (?:need|have to|must|should(?! (?:be|receive|get|hear|see|have))|can|could|may|might|are|were|said|asked|wrote|promised|want|wanted|wish)",
        r"you(?:['’]ll| will) (?:pay|send|return|bring|call|write|owe|be charged|lose)",
        r"(?:your|the) (?:appointment|bill|invoice|payment|contract|deadline|offer|trial|subscription) (?:is|ends|expires|runs)",
        r"(?<=^)(?:send|call|write|reply|return|check|try|contact|visit|restart|pay|ring|bring|have)",
        r"we(?:['’]ll| will) (?:need|require|have to ask)", "(?:shops?|stores?|offices?|lines?) (?:is|are|will be)? ?open",
    ),  # fmt: skip
    past=_any(
        "was", "were", "had", "did", r"(?:have|has) (?:now |already |been |just )*\w+(?:ed|nt|ne|de)", "called", "sent", "spoke", "told", "wrote", "said",
        "received", "got", "came", "went", "tried", "missed", "yesterday", "ago", "last (?:week|month|night|year)",
    ),  # fmt: skip
    never=_any(
        r"(?:(?:will|shall|can|could|do|does|did|are|is|am|have|has|should) (?:not|never)|\w+n['’]t|cannot|unable|no longer|never)(?:\s+(?:to\s+)?\w+)?"
    ),
    condition=_any("if", "unless", "provided", "as long as", "in case", "once you", "when you", "as soon as you", "after you", "until you", "should you", "would have"),
    delays=_any(
        "look(?:ing)? into", "(?:is|are|being|am|['’]re|['’]m) (?:being )?(?:investigat(?:ing|ed)|look(?:ing|ed) (?:into|at)|work(?:ing|ed) on)", "(?:will|shall|['’]ll) (?:investigate|look at|check|review)",
        "as soon as (?:possible|we can|I can|we know|we have)", "asap", "shortly", "soon", "in due course", "at the earliest", "(?:get|come) back to you", "(?:be|keep) in touch",
        "keep you (?:posted|updated|informed)", "bear with us", "in the (?:near future|coming days|next few days)", "(?:a|the next) few (?:minutes|hours|days|weeks)",
        "take (?:some|a little|a while|longer)", "a little (?:longer|while|more time)", "before long", "in a (?:while|bit)", "when we can", "escalated", "passed (?:this|it) on",
    ),  # fmt: skip
    polite=_any("get well soon", "(?:see|speak|talk|meet) (?:to )?(?:you )?(?:again )?soon", "as soon as you", "soon as you", "hear(?:ing)? from you soon", "no sooner"),
    never_after=False,
)  # fmt: skip

_DE_VERBS = (
    "melden?|rufe?n?|schicken?|senden?|liefern?|klären?|antworten?|geben|gebe|erstatten?|überweisen?|kommen?|kommt|schreiben?|buchen?|"
    "tauschen?|ersetzen?|reparieren?|beheben|informieren?|kontaktieren?|bringen?|erledigen?|prüfen?|kümmern?|schalten?|stellen?|"
    "machen?|holen?|vereinbaren?|besuchen?|sind|bin|haben|planen?|rechnen|hoffen|versuchen|aktivieren|veranlassen?|zahlen|gutschreiben"
)
GERMAN = Says(
    ours=_any(
        "werden?", "werde", "wird", rf"(?:wir|und) (?:{_DE_VERBS})", rf"ich (?:{_DE_VERBS})", rf"(?:{_DE_VERBS}) wir", r"(?:melde|rufe|schicke|sende|kläre|gebe|prüfe|kümmere|schreibe|bringe|überweise) ich",
        "(?:Sie|du|Ihr) (?:erhalten|erhältst|bekommen|bekommst|hören|hörst|haben)", "(?:erhalten|bekommen|hören|haben) Sie(?! (?:bitte|noch|schon|die Möglichkeit))",
        "(?:Techniker\\w*|Kolleg\\w+|Monteur\\w*|Mitarbeiter\\w*|Paket|Lieferung|Gutschrift|Gerät|Ersatz\\w*|Router|Sendung|Internet|Anschluss|Leitung|Störung|Problem|Betrag|Geld) (?:kommt|meldet|ruft|ist|trifft|geht|erscheint|besucht|läuft|folgt)",
        "(?:kommt|meldet sich|ruft|trifft|folgt|dauert|geht) (?:ein|eine|unser|unsere|der|die|das|es|Ihr|Ihre|noch)", "(?:läuft|funktioniert|klappt|steht|geht)(?: \\w+){1,4} wieder", "dauert", "versprechen?", "garantiere?n?", "sollte", "zugesagt",
    ),  # fmt: skip
    theirs=_any(
        "bitte", "(?<!wir )(?:senden|schicken|rufen|melden|geben|schreiben|antworten|prüfen|bringen|zahlen|überweisen|starten|versuchen|warten) Sie", "(?<!wir )(?:können|könnten|würden|wollen|möchten|haben|sind|werden|müssen|sollten) Sie",
        "Sie (?:müssen|sollten|können|dürfen|wollten|möchten|haben (?:uns|gesagt|geschrieben|noch|bis)|hatten|sagten|schrieben|werden gebeten)", "lassen Sie", "Ihr(?:e)? (?:Rechnung|Vertrag|Zahlung|Frist|Termin|Angebot)",
        "kannst du", "du (?:musst|solltest|kannst)", "(?:Filiale|Laden|Geschäft|Büro|Hotline)\\w* (?:ist|hat)",
    ),  # fmt: skip
    past=_any(
        "(?:haben|habe|hat|sind|ist|bin) (?:\\w+ ){0,8}?(?:\\w*ge\\w+(?:t|en)|ver\\w+(?:t|en)|be\\w+(?:t|en)|er\\w+(?:t|en)|informiert)", "wurden?", "war(?:en)?", "hatten?", "gestern", "vorgestern",
        "letzte[nrs]? \\w+", "vorige[nrs]? \\w+",
    ),  # fmt: skip
    never=_any(r"nicht(?! später| nur)", "kein\\w*", "nie", "niemals", "unmöglich"),
    condition=_any("wenn", "falls", "sofern", "sobald Sie", "nachdem Sie", "vorausgesetzt", "sollten Sie", "bevor Sie", "solange"),
    delays=_any(
        "schnellstmöglich\\w*", "(?:so|sobald) (?:schnell|bald|rasch) wie möglich", "sobald wie möglich", "baldmöglichst", "baldigst", "in Kürze", "zeitnah", "demnächst", "bald", "in den nächsten Tagen", "in einigen Tagen",
        "wir (?:kümmern uns|prüfen|arbeiten|klären|melden uns|bleiben dran|sehen uns)", "ich (?:kümmere mich|prüfe|kläre|melde mich|sehe mir)", "(?:kümmern|melden) wir uns", "in Bearbeitung", "in Prüfung", "(?:etwas|ein wenig|noch etwas) Geduld", "wird (?:geprüft|untersucht|bearbeitet)",
        "einige(?:r)? (?:Zeit|Tage|Stunden|Wochen)", "sobald wir (?:mehr wissen|können)", "auf dem Laufenden", "weitergeleitet", "umgehend", "werden (?:uns )?(?:das |es |dies )?(?:prüfen|klären|untersuchen|melden|ansehen)",
    ),  # fmt: skip
    polite=_any("bis bald", "werden Sie bald (?:wieder )?gesund", "gute Besserung", "sobald Sie", "bald (?:von Ihnen|wieder)"),
)  # fmt: skip

_FR_PRESENT = (
    "rappelons|rappelle|envoyons|envoie|tenons|tiens|contactons|contacte|recontactons|recontacte|répondons|réponds|remboursons|rembourse|"
    "revenons|reviens|livrons|remplaçons|réparons|créditons|passons|faisons|fais|donnons|rétablissons|prévoyons|comptons|espérons|donne"
)
FRENCH = Says(
    ours=_any(
        r"\w+(?:erons|irons|drons|rrons|vrons|ttrons|aurons|serons)", r"je (?:vous |te |le |la |l['’]|m['’]en |lui )*\w+rai", r"j['’]\w+rai", r"(?:allons|vais|va|vont) \w+(?:er|ir|re|tre)", "(?:nous|vous|te|on) (?:vous )?(?:allons|vais|va)",
        rf"(?:nous|je|j['’]) ?(?:vous |te |le |les |la )*(?:{_FR_PRESENT})", "vous (?:recevrez|aurez|serez|obtiendrez|retrouverez|saurez)", r"\w+(?:era|eront|ira|iront|dra|dront|tra|tront|vra|vront|ra)", "(?:technicien|conseiller|collègue|colis|remboursement|service)\\w* (?:passe|arrive|vient|est prévu|rappelle)",
        "est prévu\\w*", "promets", "promettons", "garantissons", "m['’]engage", "engageons", "prendra", "faudra encore", "devrait",
    ),  # fmt: skip
    theirs=_any(
        "veuillez", "merci de", "s['’]il vous plaît", "svp", "(?:pouvez|pourriez|voulez|avez|êtes|devez|souhaitez)-vous", "vous (?:devez|devrez|pouvez|pourrez|pourriez|avez|êtes|aviez|disiez|souhaitez|voudrez|étiez)", "(?:envoyez|appelez|rappelez|contactez|répondez|essayez|vérifiez|renvoyez|redémarrez|payez|faites|dites|attendez)",
        "n['’]hésitez", "faut que vous", "votre (?:facture|contrat|rendez-vous|paiement|abonnement|offre)",
    ),  # fmt: skip
    past=_any(
        "(?:avons|ai|a|ont|avait|avions) (?:\\w+ ){0,2}?\\w+(?:é|és|ée|ées|i|is|u|us|t)", "(?:était|étaient|avait|avaient)", "hier", "dernière?", "passée?", "a été",
    ),  # fmt: skip
    never=_any(r"ne", r"n['’]\w+", "jamais", "aucun\\w*", "impossible"),
    condition=_any("si", "s['’]il (?!vous)", "à condition", "dès que vous", "une fois que vous", "lorsque vous", "quand vous", "sauf si", "après que vous", "au cas où"),
    delays=_any(
        "dès que possible", "aussi (?:vite|rapidement|tôt) que possible", "dans les plus brefs délais", "dans les meilleurs délais", "au plus vite", "prochainement", "sous peu", "bientôt", "rapidement", "d['’]ici peu", "dans les prochains jours", "dans quelques (?:jours|heures)", "quelques (?:jours|semaines)", "quelque temps",
        "nous (?:examinons|étudions|vérifions|regardons|travaillons|traitons)", "en cours (?:d['’]examen|de traitement|d['’]analyse)", "rev(?:enons|iendrons|iens|iendrai) vers vous", "(?:recontacterons|tiendrons (?:au courant|informé)|tenons (?:au courant|informé))", "un peu de patience", "patienter", "dès que nous (?:pourrons|saurons|aurons)",
    ),  # fmt: skip
    polite=_any("à (?:très )?bientôt", "prompt rétablissement", "dès que vous"),
)  # fmt: skip

SPANISH = Says(
    ours=_any(
        r"\w+(?:aremos|eremos|iremos|dremos|bremos|rremos)", r"(?:le |les |la |lo |te |se |me |os )*\w{2,}(?:ar|er|ir|dr|br|rr)é", r"(?:vamos|voy|va|van) a \w+", r"\w+(?:ará|erá|irá|drá|brá|rrá|arán|erán|irán|drán|brán|rrán)", "(?:recibirá|tendrá|obtendrá|sabrá)s?",
        "(?:le|les|te|se lo|se la|os) (?:llamamos|llamo|enviamos|envío|respondemos|respondo|devolvemos|devuelvo|contactamos|escribimos|escribo|mandamos|mando|informamos|reembolsamos|avisamos|aviso)",
        "(?:técnico|compañer[oa]|paquete|envío|reembolso|servicio)\\w* (?:llega|viene|pasa|está previsto|llama)", "está previsto", "prometo", "prometemos", "garantizamos", "nos comprometemos", "esperamos", "debería", "tarda",
    ),  # fmt: skip
    theirs=_any(
        "por favor", "(?:puede|podría|quiere|podrá|tiene|ha|desea)s? (?:usted |ustedes )?(?:enviar|llamar|confirmar|decir|mandar|mirar|comprobar|usted|ustedes|darnos|pasar|escribir|que|hasta)", "(?:deberá|debe|debes|tendrá que|tiene que|tendrás que|necesita|necesitará)", "(?:envíe|envíenos|llame|llámenos|escriba|escríbanos|responda|compruebe|reinicie|pague|mande|díganos|indíquenos|avise|avísenos|confírmenos|espere|devuelva)",
        "usted (?:puede|debe|tiene|dijo|pidió)", "nos (?:dijo|pidió|escribió)", "su (?:factura|contrato|cita|pago|oferta)", "no dude",
    ),  # fmt: skip
    past=_any(
        "(?:hemos|he|ha|han|había|habíamos) (?:\\w+ )?\\w+(?:ado|ido|cho|sto|to)s?", "fue", "fueron", "estaba", "era", "ayer", "pasad[oa](?! mañana)", "\\w+(?:amos|imos) ayer", "llamé", "envié", "anteayer",
    ),  # fmt: skip
    never=_any("no", "nunca", "jamás", "ningún\\w*", "imposible"),
    condition=_any("si", "siempre que", "cuando (?:usted|nos|recibamos|tenga)", "una vez que", "en caso de", "salvo que", "en cuanto (?:usted|nos|reciba)"),
    delays=_any(
        "lo antes posible", "cuanto antes", "lo más (?:pronto|rápido) posible", "en breve", "pronto", "próximamente", "a la mayor brevedad", "con la mayor brevedad", "en los próximos días", "en unos días", "unos días", "algún tiempo", "un poco de paciencia",
        "estamos (?:investigando|trabajando|revisando|mirando|comprobando|en ello)", "estoy (?:investigando|revisando|mirando|en ello)", "(?:pondremos|pondré) en contacto", "lo (?:revisaremos|miraremos|investigaremos)", "le (?:mantendremos|mantendré) (?:informad|al)", "en proceso", "en trámite", "en cuanto (?:podamos|sepamos|pueda)",
    ),  # fmt: skip
    polite=_any("hasta pronto", "que se mejore pronto", "en cuanto usted", "pronto se mejore"),
)  # fmt: skip

LANGUAGES: Mapping[str, Says] = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH}
