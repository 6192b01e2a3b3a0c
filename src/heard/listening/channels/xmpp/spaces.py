"""The extensions of XMPP that we understand, each by its number at https://xmpp.org/extensions/."""

DISCO = "http://jabber.org/protocol/disco#info"  # XEP-0030: what can you do?
MUC = "http://jabber.org/protocol/muc"  # XEP-0045: rooms
MUC_USER = "http://jabber.org/protocol/muc#user"
OOB = "jabber:x:oob"  # XEP-0066: a file at an address
RECEIPTS = "urn:xmpp:receipts"  # XEP-0184: it arrived
PING = "urn:xmpp:ping"  # XEP-0199
DELAY = "urn:xmpp:delay"  # XEP-0203: said earlier
CORRECT = "urn:xmpp:message-correct:0"  # XEP-0308
MARKERS = "urn:xmpp:chat-markers:0"  # XEP-0333: it was read
STANZA_ID = "urn:xmpp:sid:0"  # XEP-0359: the room's own id of a message
UPLOAD = "urn:xmpp:http:upload:0"  # XEP-0363: a place for a file
OMEMO = "eu.siacs.conversations.axolotl"  # XEP-0384: encrypted
OCCUPANT = "urn:xmpp:occupant-id:0"  # XEP-0421: who it is in this room, whatever the name
RETRACT = "urn:xmpp:message-retract:1"  # XEP-0424
RETRACT_0 = "urn:xmpp:message-retract:0"
FASTEN = "urn:xmpp:fasten:0"  # XEP-0422, around the older retractions
REACTIONS = "urn:xmpp:reactions:0"  # XEP-0444
REPLY = "urn:xmpp:reply:0"  # XEP-0461
FALLBACK = "urn:xmpp:fallback:0"  # XEP-0428: words for programs that do not understand the rest
ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"

FEATURES = (DISCO, PING, RECEIPTS, CORRECT, MARKERS, RETRACT, REACTIONS, REPLY, OOB)
TELLING = tuple(  # worth keeping, also without words
    f"{{{space}}}{name}"
    for space, name in (
        (RECEIPTS, "received"),
        (MARKERS, "received"),
        (MARKERS, "displayed"),
        (RETRACT, "retract"),
        (FASTEN, "apply-to"),
        (REACTIONS, "reactions"),
        (OOB, "x"),
        (OMEMO, "encrypted"),
    )
)
