"""What texts and calls share: Twilio's signed webhooks, its REST API with its errors, and numbers in one form. No channel of its
own; the channels `sms` and `phone` are made of it."""
