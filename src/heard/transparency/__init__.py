"""What we tell the world: incidents, status page, notices, "you said, we did".

In: incidents and fixes. Out: public words with a time in them. It never publishes without a person or a policy that
names the act.
"""
