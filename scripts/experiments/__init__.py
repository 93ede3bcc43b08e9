"""Experiments beyond what `d2lbook seeds` repeats, which two sections cite; results lie in ``static/results/seeds``."""
