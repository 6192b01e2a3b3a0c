"""Topics of one's own: themes that people of the house name by examples, and into which every voice is sorted as it is read.

rules/topics.py sorts and learns, rules/clusters.py finds themes that nobody named yet; here is what they need rows for. What a
colleague said about a voice wins over any sorting. docs/algorithms/topics.md
"""
