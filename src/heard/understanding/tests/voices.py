"""Voices written by us and labelled by hand after docs/labels.md: what any version of the assessors has to get right.

Each is (what it is an example of, where it was said, text, kinds, sentiment, urgency, verdicts). Verdicts: "o" operational,
"a" analytical. An answer is due wherever urgency is at least 1.
"""

from typing import NamedTuple

PLACES: dict[str, dict[str, object]] = {
    "post": {"visibility": "public", "channel": "mastodon"},  # to us by name
    "found": {"visibility": "public", "channel": "mastodon", "addressed": False},
    "mail": {"visibility": "private", "channel": "email"},
    "review": {"visibility": "public", "channel": "feed", "kind": "review", "addressed": False},
    "article": {"visibility": "public", "channel": "feed", "kind": "article", "addressed": False},
    "call": {"visibility": "private", "channel": "log", "kind": "call"},
}


class Example(NamedTuple):
    of: str
    where: str
    text: str
    kinds: str
    sentiment: str
    urgency: int
    verdicts: str = ""


STORIES = [
    Example("T1, wants to buy", "post", "@acme I want to buy your product, it is awesome", "sales praise", "positive", 1, "o"),
    Example(
        "T2, a video", "post", "Check out my 6 minute video about how great your company is", "praise marketing", "positive", 0
    ),
    Example("T2, any video", "post", "Check out my video about how great your company is", "praise marketing", "positive", 0),
    Example(
        "T3, an intermediary",
        "mail",
        "One of my clients is thinking about your product, but it is way too expensive, lower the price",
        "sales product",
        "mixed",
        1,
        "oa",
    ),
    Example(
        "T4, a review",
        "post",
        "I like parts of your product, but there are issues, check out my blog review",
        "support product marketing",
        "mixed",
        1,
        "oa",
    ),
    Example(
        "T5, down for two days",
        "found",
        "#acmemedia broadband now down for 48 hrs. Disconnected from call centre IVR 5 times... #fail",
        "support",
        "negative",
        2,
        "oa",
    ),
    Example("chatter", "found", "lol same", "", "neutral", 0),
    Example("nobody there", "post", "hello? is anyone there", "", "neutral", 1),
]

ENGLISH = [
    Example("late parcel", "post", "@acme my parcel still hasn't arrived, it is two weeks late", "support", "negative", 2, "oa"),
    Example(
        "polite failure",
        "mail",
        "Good morning, could you please look into this: the kettle I received is not working. Thank you very much for your help!",
        "support",
        "negative",
        1,
        "oa",
    ),
    Example(
        "charged twice",
        "mail",
        "You charged me twice for the same month. Please refund one of them.",
        "support",
        "negative",
        1,
        "oa",
    ),
    Example("how to", "mail", "How do I reset my password?", "support", "neutral", 1, "o"),
    Example("bare question", "post", "@acme are your shops open on Sunday?", "", "neutral", 1),
    Example("price question", "mail", "How much does the premium plan cost for 20 people?", "sales", "neutral", 1, "o"),
    Example("stock question", "post", "@acme do you have the blue one in stock?", "sales", "neutral", 1, "o"),
    Example("wants to upgrade", "mail", "We would like to upgrade to the business plan.", "sales", "neutral", 1, "o"),
    Example("vague praise", "post", "@acme you guys are the best!", "praise", "positive", 0),
    Example("thanks", "post", "@acme thank you!", "praise", "positive", 0),
    Example(
        "praise of a colleague",
        "mail",
        "Your colleague Maria was very helpful on the phone. Great service!",
        "praise",
        "positive",
        0,
    ),
    Example("specific praise", "post", "@acme the new camera is amazing, love the design", "praise product", "positive", 0, "a"),
    Example("wish", "post", "@acme please add a dark mode to the app", "product", "neutral", 1, "a"),
    Example(
        "idea",
        "mail",
        "Here's an idea: it would be great if the lid could be washed in the machine.",
        "product",
        "neutral",
        1,
        "a",
    ),
    Example("price is judged", "found", "Acme is so overpriced these days", "product", "negative", 0, "a"),
    Example("quality is judged", "post", "@acme poor quality, the handle fell apart after a week", "product", "negative", 1, "a"),
    Example("sarcasm", "post", "@acme oh great, another delay. Thanks for nothing!", "support", "negative", 1, "oa"),
    Example("rant", "post", "@acme worst customer service ever, absolute joke", "support", "negative", 1, "oa"),
    Example(
        "third time",
        "post",
        "@acme this is the third time I write, my internet is down again and nobody answers",
        "support",
        "negative",
        2,
        "oa",
    ),
    Example(
        "many affected",
        "found",
        "Acme outage: whole street without a signal, no internet since 7",
        "support",
        "negative",
        3,
        "oa",
    ),
    Example("smoke", "post", "@acme your charger caught fire last night!", "risk", "negative", 3, "oa"),
    Example("stolen card", "mail", "My card was stolen, please block it", "risk", "negative", 3, "oa"),
    Example("lawyer", "mail", "If you do not answer by Friday my lawyer will.", "risk", "negative", 1, "oa"),
    Example(
        "leaves with contract", "mail", "I will cancel my contract, this is not good enough.", "support risk", "negative", 2, "oa"
    ),
    Example("racism", "post", "@acme your driver was openly racist to my wife", "risk", "negative", 2, "oa"),
    Example(
        "data leak", "mail", "I logged in and got somebody else's invoices. Is this a data breach?", "risk", "negative", 2, "oa"
    ),
    Example(
        "asks other customers", "found", "Does anyone know how to pair the Acme remote with a TV?", "community", "neutral", 0
    ),
    Example(
        "helps another",
        "found",
        "@dana you need to go to settings and turn off 3G on your Acme phone, worked for me",
        "community",
        "neutral",
        0,
    ),
    Example("review", "review", "Great value, the battery lasts for two days.", "praise product marketing", "positive", 0, "a"),
    Example("article", "article", "Acme opens a new office in Vienna", "marketing", "neutral", 0),
    Example("partnership", "mail", "Would you be interested in a partnership for our festival?", "marketing", "neutral", 1),
    Example(
        "scam", "mail", "Congratulations you have won! Click here to claim your prize http://x.example", "spam", "neutral", 0
    ),
    Example(
        "search engine advertising",
        "mail",
        "We offer SEO services and get you on the first page of Google. Reply for a quote.",
        "spam",
        "neutral",
        0,
    ),
    Example("no hurry", "mail", "No rush, but the printer shows an error now and then.", "support", "negative", 1, "oa"),
    Example("needed today", "mail", "My booking has an error and I need it today.", "support", "negative", 2, "oa"),
    Example(
        "stranded", "post", "@acme flight cancelled and I am stranded at the airport, please help", "support", "negative", 3, "oa"
    ),
    Example("problem is over", "mail", "It works again now, thank you!", "praise", "positive", 0),
    Example("no problem", "post", "@acme no problem, take your time", "", "neutral", 0),
    Example(
        "good but",
        "review",
        "The sound is great but the app crashes all the time.",
        "support product marketing",
        "mixed",
        1,
        "oa",
    ),
    Example("not good", "post", "@acme the food was not good", "product", "negative", 1, "a"),
    Example("silent letter", "mail", "I enclose the form as agreed on the phone.", "", "neutral", 1),
    Example("own things", "mail", "Is my parcel with the neighbour?", "support", "neutral", 1, "o"),
    Example("charge asked about", "post", "@acme why was my card charged an extra 5 pounds?", "support", "negative", 1, "oa"),
    Example("rooms for a friend", "mail", "I need to make a reservation for my mum", "sales", "neutral", 1, "o"),
    Example("police in the news", "found", "Police closed the street in front of Acme today", "", "neutral", 0),
    Example("cold reply", "post", "@acme ok, done", "", "neutral", 0),
    Example(
        "burning smell",
        "mail",
        "Hello, the blender I got last week makes a burning smell and I am afraid of it.",
        "risk",
        "negative",
        3,
        "oa",
    ),
    Example(
        "shop employee",
        "post",
        "@acme shoutout to Tom in your Leeds store, sorted my phone in ten minutes",
        "praise",
        "positive",
        0,
    ),
    Example("new address", "mail", "I moved house. Where can I enter the new address?", "support", "neutral", 1, "o"),
    Example(
        "before buying", "mail", "Could you tell me what delivery of the desk to Graz would cost?", "sales", "neutral", 1, "o"
    ),
    Example("logged call", "call", "Customer says the modem does not work since Monday.", "support", "negative", 1, "oa"),
    Example(
        "goes to a rival",
        "found",
        "My boss says we are switching to another provider, going to cancel our Acme contract",
        "risk",
        "negative",
        2,
        "oa",
    ),
]

GERMAN = [
    Example(
        "kaputt", "mail", "Guten Tag, die Kaffeemaschine funktioniert nicht mehr. Bitte um Hilfe.", "support", "negative", 1, "oa"
    ),
    Example("Paket fehlt", "post", "@acme wo bleibt mein Paket? Ich warte seit drei Wochen!", "support", "negative", 1, "oa"),
    Example(
        "doppelt abgebucht",
        "mail",
        "Der Betrag wurde doppelt abgebucht, ich möchte mein Geld zurück.",
        "support",
        "negative",
        1,
        "oa",
    ),
    Example("Kaufwunsch", "mail", "Ich möchte gerne zehn Stück bestellen. Was kostet der Versand?", "sales", "neutral", 1, "o"),
    Example("Lob", "post", "@acme toller Service, vielen Dank an das Team!", "praise", "positive", 0),
    Example("zu teuer", "post", "@acme viel zu teuer geworden", "product", "negative", 1, "a"),
    Example("Wunsch", "mail", "Es wäre schön wenn die App auch ohne Konto liefe.", "product", "neutral", 1, "a"),
    Example("Frechheit", "post", "@acme Frechheit, schon wieder kein Internet!", "support", "negative", 2, "oa"),
    Example("Anwalt", "mail", "Ich schalte jetzt meinen Anwalt ein.", "risk", "negative", 2, "oa"),
    Example("Frage an alle", "found", "Weiß jemand, ob Acme am Samstag liefert?", "community", "neutral", 0),
    Example("Rechnung", "mail", "Ihre Rechnung vom März ist höher als vereinbart.", "support", "negative", 1, "oa"),
    Example("Angebot", "mail", "Ich hätte gern ein Angebot für 200 Stühle.", "sales", "neutral", 1, "o"),
    Example("beides", "post", "@acme der Klang ist super, aber der Akku ist schlecht", "product", "mixed", 1, "a"),
]

FRENCH = [
    Example("en panne", "mail", "Bonjour, ma machine ne fonctionne plus. Pouvez-vous m'aider ?", "support", "negative", 1, "oa"),
    Example("colis", "post", "@acme je n'ai toujours pas reçu mon colis", "support", "negative", 2, "oa"),
    Example("débité", "mail", "J'ai été débité deux fois, merci de me rembourser.", "support", "negative", 1, "oa"),
    Example("achat", "mail", "Je voudrais acheter deux abonnements. Quel est le prix ?", "sales", "neutral", 1, "o"),
    Example("bravo", "post", "@acme bravo à toute l'équipe, service impeccable !", "praise", "positive", 0),
    Example("trop cher", "post", "@acme c'est devenu trop cher", "product", "negative", 1, "a"),
    Example("avocat", "mail", "Mon avocat va vous écrire.", "risk", "negative", 2, "oa"),
]

SPANISH = [
    Example(
        "no funciona", "mail", "Hola, la aplicación no funciona desde ayer. ¿Me pueden ayudar?", "support", "negative", 1, "oa"
    ),
    Example("no ha llegado", "post", "@acme mi pedido no ha llegado y nadie contesta", "support", "negative", 1, "oa"),
    Example("cobro doble", "mail", "Me han cobrado dos veces, quiero mi dinero.", "support", "negative", 1, "oa"),
    Example("compra", "mail", "Quiero comprar tres, ¿cuánto cuesta el envío?", "sales", "neutral", 1, "o"),
    Example("gracias", "post", "@acme muchas gracias, excelente servicio", "praise", "positive", 0),
    Example("caro", "post", "@acme demasiado caro para lo que es", "product", "negative", 1, "a"),
    Example("acceso", "mail", "No consigo entrar en mi cuenta desde el domingo.", "support", "negative", 1, "oa"),
    Example("peligro", "mail", "El cargador explotó y mi hija se quemó, es una vergüenza", "risk", "negative", 3, "oa"),
]
