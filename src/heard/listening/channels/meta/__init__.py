"""What all of Meta's networks share: signed webhooks, the Graph API and its refusals. No channel of its own; the channels
`whatsapp`, `facebook` (a Page with its Messenger) and `instagram` are made of it."""
