"""Customers help customers: questions, knowledge, ideas, kudos, self-service.

In: answered cases and what customers ask in the open. Out: answers that spare the next customer a contact. It never
stands between a customer and a person.
"""
