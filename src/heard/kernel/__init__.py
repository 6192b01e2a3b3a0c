"""What every room stands on, and what knows nothing of customers.

In: rows, events and calls of any room. Out: claims with a lease, news after commit, a gap-free stream for live pages,
bulk writes, text search, a guarded HTTP client, secrets at rest. It never imports a later room and never names a
customer, a channel or a case.
"""
