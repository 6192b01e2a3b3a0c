"""Channels in and out; every voice written down once, in one shape.

In: raw deliveries from networks, mailboxes, forms, files and calls. Out: interactions with their identity, edits and
withdrawals as rows of their own, attachments, and what a channel said about our own words. It never decides who a
customer is, what they mean or who answers.
"""
