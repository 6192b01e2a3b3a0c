"""Telegram by the Bot API: who writes to your bot, names it in a group, or writes to a business account that it is connected to. See channel.md."""
