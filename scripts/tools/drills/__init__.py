"""Drills: the engine under conditions that no test suite has time for; each prints what it counted."""
