"""Two topics of a shop, with five lines each that customers say about them."""

LATE = [
    "My parcel has still not arrived",
    "The parcel should have been delivered on Monday",
    "Where is my delivery? The tracking has not moved for days",
    "Delivery is a week late again",
    "Still waiting for the parcel that you sent last week",
]
REFUND = [
    "I want my money back",
    "When will you refund me?",
    "The refund has not reached my bank account",
    "Please refund the second charge",
    "You promised a refund weeks ago and no money came back",
]
