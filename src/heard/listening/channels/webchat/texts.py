"""What the chat says to visitors, in the languages that are built in."""

EN = {
    "open": "Open chat",
    "close": "Close chat",
    "send": "Send",
    "write": "Your message",
    "attach": "Add a file",
    "name": "Your name",
    "email": "Your e-mail address",
    "message": "What can we do for you?",
    "greeting": "Hello. How can we help?",
    "offline": "Nobody is here right now. Leave us a message; we answer by e-mail.",
    "offline_chat": "Nobody is here right now. Write to us; the answer will be here when you come back.",
    "left": "Thank you. We have your message and answer by e-mail to",
    "left_chat": "Answer me by e-mail instead",
    "lost": "No connection. We keep trying; nothing is lost.",
    "not_sent": "Not sent yet",
    "too_many": "That was a lot at once. It is sent as soon as possible.",
    "file_size": "This file is too large. We take files up to 8 MB.",
    "file_type": "We cannot take files of this kind.",
    "visitor": "You",
    "back": "Back to the chat",
    "needed": "Please fill in all three, with a whole e-mail address such as name@example.org.",
}

DE = {
    "open": "Chat öffnen",
    "close": "Chat schließen",
    "send": "Senden",
    "write": "Ihre Nachricht",
    "attach": "Datei anhängen",
    "name": "Ihr Name",
    "email": "Ihre E-Mail-Adresse",
    "message": "Was können wir für Sie tun?",
    "greeting": "Guten Tag. Wie können wir helfen?",
    "offline": "Gerade ist niemand da. Hinterlassen Sie uns eine Nachricht, wir antworten per E-Mail.",
    "offline_chat": "Gerade ist niemand da. Schreiben Sie uns, die Antwort steht hier, wenn Sie wiederkommen.",
    "left": "Danke. Wir haben Ihre Nachricht und antworten per E-Mail an",
    "left_chat": "Lieber per E-Mail antworten",
    "lost": "Keine Verbindung. Wir versuchen es weiter, nichts geht verloren.",
    "not_sent": "Noch nicht gesendet",
    "too_many": "Das war viel auf einmal. Es wird gesendet, sobald es geht.",
    "file_size": "Diese Datei ist zu groß. Wir nehmen Dateien bis 8 MB.",
    "file_type": "Dateien dieser Art können wir nicht annehmen.",
    "visitor": "Sie",
    "back": "Zurück zum Chat",
    "needed": "Bitte füllen Sie alle drei Felder aus, mit einer ganzen E-Mail-Adresse wie name@example.org.",
}

BUILT_IN = {"en": EN, "de": DE}


def language_of(wished: str) -> str:
    """The first of a list such as "de-AT,en" that is built in; else English."""
    tags = [tag.strip()[:2].lower() for tag in wished.split(",")]
    return next((tag for tag in tags if tag in BUILT_IN), "en")
