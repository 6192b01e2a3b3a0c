"""WhatsApp by Meta's Cloud API: customers write to our number; we answer freely for a day, and with templates after it. See channel.md."""
