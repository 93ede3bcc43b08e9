"""Spread over many seeds of experiments that NumPy can repeat cheaply; results lie in ``static/results/seeds``."""
