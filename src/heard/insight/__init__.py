"""What the voices add up to: alerts, influence, causes, forecasts, returns, maturity.

In: the logs of the earlier rooms, read by cursor. Out: findings with their base, period and confidence. It never counts
likes as success and never acts on a customer.
"""
