"""Who is speaking: customers, their identities and the evidence for every belief.

In: identities that listening wrote down. Out: the customer of each identity, computed from a ledger of reasons that
people can add to and take back exactly. It never joins by a name alone and never moves a consent.
"""
