"""Bring your own Asterisk: calls that it takes are told to Heard in the dialect of Twilio's voice webhooks, and what Heard answers is done.

A program of its own (`heard bridge`), beside the Asterisk. What comes in: events and audio by ARI. What goes out: signed calls
of the webhook of a `phone` account. It stores nothing but sounds and recordings, and knows nothing of customers."""
