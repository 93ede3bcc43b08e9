"""A library of one file per tab, as d2lbook 1.0.3 writes it."""
