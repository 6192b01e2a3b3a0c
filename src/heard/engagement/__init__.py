"""What we say back: drafts, internal notes, replies, and what each channel did with them.

In: words of a member. Out: utterances with a delivery state up to "unknown", each sent at most once. It never sends an
internal note, and never speaks without a person or a policy that names the act.
"""
