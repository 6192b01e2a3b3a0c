"""What other systems can be told, and what each says. Thin on purpose: ids and states, never words of a customer.

Whoever receives one asks the API for more, with a token and under its permissions.
"""

EVENTS = {
    "voice.heard": "A voice was heard",
    "case.opened": "A case was opened",
    "case.resolved": "A case was resolved",
    "reply.sent": "A reply went out",
    "reply.failed": "A reply failed, or nobody knows what became of it",
    "promise.made": "A customer was promised something by a time",
    "promise.due": "The time of a promise has come",
    "promise.kept": "A colleague says that a promise was kept",
    "promise.broken": "A colleague says that a promise was not kept",
    "channel.failing": "A channel fails: we may hear nobody there",
    "channel.recovered": "A channel works again",
}
TEST = "webhook.test"
