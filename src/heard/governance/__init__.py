"""Who works here and what they may do.

In: people signing in, acts of every room. Out: members, roles, teams, the one answer to "may they?", and an audit line
for every verb. It never decides what is said to a customer.
"""
