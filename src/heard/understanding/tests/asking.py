"""Voices that want an answer without saying so plainly, and voices that look alike and want none. Written by us before the
rules that read them; each is labelled with what must not be missed: an answer due or not, a kind it must have, the urgency.
"""

from typing import NamedTuple


class Asking(NamedTuple):
    where: str  # a place of tests/voices.py
    text: str
    due: bool
    kinds: str = ""  # that must be among those found
    urgency: int | None = None  # where it must be exactly this


# Questions without a question mark, and first words that ask.
QUESTIONS = [
    Asking("post", "@acme does the family plan work in Norway", True),
    Asking("post", "@acme is the shop in Leeds open on bank holidays", True),
    Asking("post", "how long is the guarantee on the blue kettle @acme", True),
    Asking("post", "@acme quick question: do the filters fit the old model", True),
    Asking("post", "hi @acme which adapter do I need for Japan", True),
    Asking("post", "@acme what happens to my points when I move abroad", True),
    Asking("found", "anyone else's acme bill doubled this month", True, "community"),
    Asking("post", "@acme wondering whether you still repair the 2015 toaster", True),
    Asking("post", "@acme any chance you restock the green one before Easter", True),
    Asking("post", "@acme ist das Ladekabel dabei oder muss ich es extra holen", True),
    Asking("post", "@acme wie lange gilt der Gutschein", True),
    Asking("post", "@acme gibt es die Hülle auch in rot", True),
    Asking("post", "@acme kann man den Akku selbst wechseln", True),
    Asking("post", "@acme est-ce que le forfait marche en Suisse", True),
    Asking("post", "@acme combien de temps dure la garantie", True),
    Asking("post", "@acme quelle prise faut-il pour le Japon", True),
    Asking("post", "@acme cuánto dura la garantía del modelo azul", True),
    Asking("post", "@acme se puede usar la tarjeta en Portugal", True),
    Asking("post", "@acme alguien me puede decir si abrís el domingo", True),
    Asking("mail", "Good day, I am moving to Graz in May and would like to know whether you deliver there. Thank you.", True),
    Asking("mail", "Bonjour, je déménage en mars et je souhaite savoir si mon contrat peut me suivre. Merci.", True),
    Asking("mail", "is the small drone any good in wind", True),
    Asking("mail", "Hola, quería saber si el curso incluye el material. Gracias.", True),
    Asking("mail", "Guten Tag, ich wüsste gern, ob der Tisch auch draußen stehen darf. Danke.", True),
]

# They tell us to act, and do not ask.
TOLD_TO_ACT = [
    Asking("post", "@acme you took the lounge out of my fare without a word. Explain that please", True),
    Asking("call", "Voicemail: Hello, it is about the sofa. Ring me back after four.", True),
    Asking("post", "@acme sort this out", True),
    Asking("post", "@acme get back to me about the claim", True),
    Asking("mail", "Send me a copy of the March statement.", True),
    Asking("post", "@acme take me off your list", True),
    Asking("post", "@acme let me know when the manager is in", True),
    Asking("post", "@acme can your couriers PLEASE stop ringing at six in the morning", True),
    Asking("post", "@acme tell your drivers not to block the ramp at Mill Street", True),
    Asking("post", "@acme ruft mich bitte zurück", True),
    Asking("mail", "Schicken Sie mir bitte eine Kopie des Vertrags.", True),
    Asking("post", "@acme kümmert euch endlich darum", True),
    Asking("post", "@acme rappelez-moi ce soir", True),
    Asking("mail", "Envoyez-moi une copie de la facture de mars.", True),
    Asking("post", "@acme expliquez-moi cette ligne sur le relevé", True),
    Asking("post", "@acme llamadme esta tarde", True),
    Asking("mail", "Envíenme una copia del contrato.", True),
    Asking("post", "@acme explicadme este recibo", True),
    Asking("post", "@acme nobody rings back, I have left four messages", True, "support"),
    Asking("post", "@acme was told someone would call, nothing", True, "support"),
    Asking("post", "@acme niemand ruft zurück", True, "support"),
    Asking("post", "@acme personne ne rappelle jamais", True, "support"),
    Asking("post", "@acme nadie devuelve las llamadas", True, "support"),
]

# Off, dead, gone: cut off, told without the word "broken".
CUT_OFF = [
    Asking("post", "@acme my broadband has been off since yesterday evening", True, "support", 2),
    Asking("mail", "The line to our practice has been dead since nine this morning.", True, "support", 2),
    Asking("post", "@acme heating is off again and the flat is at 12 degrees", True, "support", 2),
    Asking("post", "@acme wifi gone since Sunday", True, "support", 2),
    Asking("post", "@acme phone line dead, third day", True, "support", 2),
    Asking("post", "@acme no hot water since Friday", True, "support", 2),
    Asking("post", "@acme Internet ist seit gestern weg", True, "support", 2),
    Asking("mail", "Unser Telefon ist seit Montag tot.", True, "support", 2),
    Asking("post", "@acme ma box est morte depuis hier soir", True, "support", 2),
    Asking("post", "@acme la ligne est coupée depuis lundi", True, "support", 2),
    Asking("post", "@acme llevamos sin internet desde ayer", True, "support", 2),
    Asking("post", "@acme la línea está muerta desde el lunes", True, "support", 2),
    Asking("post", "@acme I ordered a desk eleven days ago. It has seen more of the country than I have", True, "support"),
    Asking("post", "@acme my payment date moved from the 3rd to the 20th and nobody asked me", True, "support"),
    Asking("post", "Forty euros for a visit in which a man pressed one button @acme", True),
    Asking("post", "@acme the link in your newsletter leads to a page not found", True, "support"),
    Asking("post", "@acme your banner covers the pay button on my phone", True, "support"),
    Asking("post", "@acme the parental filter blocks the library", True, "support"),
]

# Somebody may come to harm, or cannot help themselves.
HARM = [
    Asking("post", "@acme my dad is on oxygen and the machine has no connection, please", True, "risk", 3),
    Asking("post", "@acme Mum's care alarm has been dead since Tuesday, she is 88 and lives alone", True, "risk", 3),
    Asking("call", "Voicemail: My wife's heart monitor needs the internet and it is off. Please hurry.", True, "risk", 3),
    Asking("post", "@acme it smells of gas near your meter box", True, "risk", 3),
    Asking("call", "A pole of yours is leaning over the playground, somebody will get hurt", True, "risk", 3),
    Asking("post", "@acme live wires hanging down on Mill Street", True, "risk", 3),
    Asking("post", "@acme my six year old is locked in your car with the app frozen", True, "risk", 3),
    Asking("mail", "My pump for insulin will not charge and your hotline is closed", True, "risk", 3),
    Asking("mail", "I am 92 and blind and cannot use the app, and no one helps", True, "support"),
    Asking("post", "@acme der Hausnotruf meiner Oma ist tot", True, "risk", 3),
    Asking("post", "@acme mein Vater braucht Sauerstoff und das Gerät ist ohne Strom", True, "risk", 3),
    Asking("post", "@acme es riecht nach Gas im Treppenhaus", True, "risk", 3),
    Asking("post", "@acme la téléalarme de ma mère ne répond plus depuis hier", True, "risk", 3),
    Asking("post", "@acme mon mari est sous oxygène et il n'y a plus de courant", True, "risk", 3),
    Asking("post", "@acme un câble pend au-dessus du trottoir, quelqu'un va se blesser", True, "risk", 3),
    Asking("post", "@acme la teleasistencia de mi abuela no funciona", True, "risk", 3),
    Asking("post", "@acme mi padre necesita oxígeno y estamos sin luz", True, "risk", 3),
    Asking("post", "@acme hay un cable caído en la acera, alguien se va a hacer daño", True, "risk", 3),
    Asking("post", "@acme the reset code for the child lock goes to the child's own phone", True),
    Asking("post", "@acme the smoke alarm I ordered came today, looks solid", True, "", 1),
    Asking("post", "@acme the heart monitor of my nan went off the network, she lives alone", True, "risk", 3),
]

# Nobody asked for it.
SPAM = [
    Asking("post", "Earn £700 a week from your sofa!!! DM me START, no experience needed #sidehustle @acme", False, "spam"),
    Asking("post", "BITCOIN GIVEAWAY send 0.2 get 2.0 back, today only, link in bio @acme @other", False, "spam"),
    Asking("post", "Get 5k followers for $19, real accounts, message us now @acme", False, "spam"),
    Asking("post", "Lonely singles near you are online now, tap my profile @acme", False, "spam"),
    Asking("post", "I turned 200 into 9k in a week with my mentor, ask me how @acme", False, "spam"),
    Asking(
        "mail",
        "Dear site owner, we found errors that keep your website from ranking on Google. Reply for a free audit.",
        False,
        "spam",
    ),
    Asking("mail", "We sell verified email lists of 3 million shoppers for just $149. Order today.", False, "spam"),
    Asking(
        "mail",
        "Dear Sir/Madam, I have an investment of 12 million which I wish to place in your country in confidence.",
        False,
        "spam",
    ),
    Asking("mail", "Final notice: your mailbox is full. Click the link below within 24 hours or lose your mails.", False, "spam"),
    Asking("post", "Verdiene 500 Euro am Tag von zu Hause, schreib mir START @acme", False, "spam"),
    Asking("post", "Gagnez 3000 euros par mois depuis chez vous, écrivez-moi en MP @acme", False, "spam"),
    Asking("post", "Gana 800 euros a la semana desde casa, escríbeme por privado @acme", False, "spam"),
    Asking(
        "mail",
        "We can bring your website to the top of Google in 30 days, guaranteed. Reply for our special price.",
        False,
        "spam",
    ),
    Asking("mail", "Please stop sending me emails about SEO and followers, I never signed up for your newsletter", True),
    Asking("mail", "I got a text from you saying I won a phone, is it a scam", True),
]

# What wants no answer stays without one.
NO_ANSWER = [
    Asking("post", "Check out my new video on how well your tent stood the storm", False, "marketing"),
    Asking("post", "@acme thanks, that did it", False),
    Asking("post", "@acme lol", False),
    Asking("post", "@acme haha fair enough", False),
    Asking("post", "@acme love the new colours", False, "praise"),
    Asking("post", "@acme same here", False),
    Asking("found", "Walked past the acme shop, it is snowing", False),
    Asking("found", "does anyone want my old acme lamp", False),
    Asking("found", "is it friday yet", False),
    Asking("found", "tip for anyone with an acme oven: take the tray out first, works like new", False, "community"),
    Asking("post", "Huge thanks to Ben at @acme who stayed an hour longer until my gran's radio played", False, "praise"),
    Asking("mail", "Thank you, everything arrived safely and my husband is delighted.", False, "praise"),
    Asking("post", "@acme super, danke", False),
    Asking("post", "@acme merci, c'est parfait", False),
    Asking("post", "@acme gracias, todo perfecto", False),
    Asking("post", "@acme good morning", False),
    Asking("post", "@acme you're welcome", False),
    Asking("post", "@acme 👍", False),
    Asking("found", "Dein Ernst, schon wieder Montag", False),
    Asking("post", "@acme four years with you and never a single problem", False, "praise"),
    Asking("found", "my phone was off all weekend and it was heaven", False),
    Asking("found", "He made a million dollars with crypto and lost it all, great podcast", False),
]

# Written once the rules stood, to see what they do to words they never saw: 38 of 42 were rightly due an answer or not (27 by
# the rules before), and nobody who wanted an answer went without. The other four, spam and a compliment, have been mended since.
LATER = [
    Asking("post", "@acme bought a hoover from you in June, motor gave up today", True, "support"),
    Asking("post", "@acme my statement says 41 but the app says 38. Which one", True, "support"),
    Asking("post", "@acme still on the bus your driver never stopped at my stop", True),
    Asking("post", "@acme do your sandwiches have sesame", True),
    Asking("post", "@acme who do I speak to about a job", True),
    Asking("post", "@acme will the pool be open at Easter", True),
    Asking("post", "hey @acme is parking free for members", True),
    Asking("mail", "My wife died in March and letters still come in her name.", True),
    Asking("mail", "I'd be glad to hear which of the two models suits a small kitchen.", True),
    Asking("post", "@acme lights out in the whole of Harbour Road", True, "support"),
    Asking("post", "@acme our lift has stopped with two people in it", True, "risk", 3),
    Asking("post", "@acme there is a strong smell of gas outside your depot", True, "risk", 3),
    Asking("call", "Caller says the personal alarm button of his mother gets no signal", True, "risk", 3),
    Asking("post", "@acme pavement dug up and no barrier, my neighbour in a wheelchair fell", True, "support", 2),
    Asking("post", "@acme could do with a hand here", True),
    Asking("post", "@acme give me a ring tomorrow", True),
    Asking("post", "@acme answer your phones", True),
    Asking("post", "@acme hätte da mal eine Frage zu meinem Tarif", True),
    Asking("post", "@acme habt ihr am Feiertag offen", True),
    Asking("post", "@acme seit Samstag kein Bild mehr auf dem Fernseher", True, "support"),
    Asking("mail", "Meine Mutter ist 90, ihr Notrufgerät hat keine Verbindung mehr.", True, "risk", 3),
    Asking("post", "@acme macht bitte was gegen den Lärm an der Baustelle", True),
    Asking("post", "@acme vous ouvrez à quelle heure demain", True),
    Asking("post", "@acme le livreur a jeté mon colis par-dessus la haie", True, "support"),
    Asking("mail", "Ma mère est sous respirateur et le courant saute sans cesse.", True, "risk", 3),
    Asking("post", "@acme a qué hora cerráis hoy", True),
    Asking("post", "@acme mi paquete aparece entregado y aquí no hay nada", True, "support"),
    Asking("mail", "Mi hija es diabética y la nevera que vendieron dejó de enfriar.", True, "support"),
    Asking("post", "Retire at 30! My students make $300 daily trading crypto, join the channel in my bio @acme", False, "spam"),
    Asking(
        "mail", "Hello dear, I am a widow and wish to donate 8.5 million dollars through you. Reply in confidence.", False, "spam"
    ),
    Asking("mail", "Our agency writes blog posts with backlinks that boost your ranking. Prices from $49.", False, "spam"),
    Asking("post", "Need more likes? 1000 followers only $5, instant delivery @acme", False, "spam"),
    Asking("mail", "Usted ha sido seleccionado para recibir un premio de 5000 euros, pulse el enlace.", False, "spam"),
    Asking("post", "@acme well that was quick, cheers", False),
    Asking("post", "@acme 10 out of 10 as always", False),
    Asking("post", "just had the best coffee at @acme with my sister", False),
    Asking("post", "@acme hahaha brilliant", False),
    Asking("post", "@acme danke, hat geklappt", False),
    Asking("post", "@acme parfait, merci beaucoup à Luc", False),
    Asking("post", "@acme genial, muchas gracias", False),
    Asking("found", "my acme mug is my favourite mug", False),
    Asking("found", "acme share price up 3% today", False),
]

# And once more: 20 of 26 were rightly due an answer or not (16 by the rules before); the six were praise, spam and a mention that
# would have reached a person. One is left out here, "saw an acme van stuck in the mud haha": a mishap told to nobody still counts.
LAST = [
    Asking("post", "@acme trying to log my meter reading and the form eats it every time", True, "support"),
    Asking("post", "@acme you lot still owe me for the broken window", True, "support"),
    Asking("post", "@acme train held at Ulm, no announcement for forty minutes", True),
    Asking("post", "@acme is 14 too old for the children's menu", True),
    Asking("post", "thinking of joining @acme gym, what's the catch", True),
    Asking("mail", "Please note our new bank details from 1 June.", True),
    Asking("mail", "The crib you sold us collapsed with the baby in it.", True, "risk", 3),
    Asking("post", "@acme sparks from the socket by your checkout 4", True, "risk", 3),
    Asking("post", "@acme my grandad can't reach 112 from his landline since your update", True, "risk", 3),
    Asking("post", "@acme wann kommt endlich der Techniker", True),
    Asking("post", "@acme die App zeigt mir fremde Rechnungen", True, "risk"),
    Asking("mail", "Ich bin seit drei Monaten im Krankenhaus und kann die Rate nicht zahlen.", True),
    Asking("post", "@acme toujours en attente de mon remboursement", True, "support"),
    Asking("mail", "Je suis malvoyante et votre nouveau site est illisible pour moi.", True),
    Asking("post", "@acme el técnico no apareció", True, "support"),
    Asking("post", "@acme qué pasa con la app hoy", True),
    Asking("post", "@acme hue hue hue", False),
    Asking("post", "@acme enjoying the sunshine on your terrace, bliss", False),
    Asking("post", "@acme your team in Bath are heroes", False),
    Asking("post", "@acme toll, wie schnell das ging", False),
    Asking("post", "@acme top service comme toujours", False),
    Asking("found", "acme stadium tonight, who's going", False),
    Asking("mail", "Your parcel is held at customs. Pay the 2.99 fee at the link below to release it.", False, "spam"),
    Asking("post", "Passive income from day one, ask me how, DM INFO @acme", False, "spam"),
    Asking(
        "mail", "Attn: beneficiary, your fund of USD 4.5 million is ready for release, send your passport copy.", False, "spam"
    ),
]

ASKING = [*QUESTIONS, *TOLD_TO_ACT, *CUT_OFF, *HARM, *SPAM, *NO_ANSWER, *LATER, *LAST]
