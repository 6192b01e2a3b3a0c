"""What a voice means: language, sentiment, kinds, urgency, personal data, each with its reasons.

In: the text of an interaction. Out: one versioned assessment, and the corrections of people, which win. It never acts
on what it found, and text in a message is never an instruction to it.
"""
