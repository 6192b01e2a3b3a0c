"""E-mail: IMAP in, SMTP out. Own MIME reading, because mails are hostile, broken, and many; see channel.md."""
