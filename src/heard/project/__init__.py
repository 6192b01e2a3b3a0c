"""Assembles the rooms: settings, urls, the journey of a voice, the timetable, commands, base templates.

In: the rooms. Out: one running house. It holds no judgement of its own; start reading at journey.py.
"""
