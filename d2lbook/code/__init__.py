"""Cells as Python: magics, branches, aliases, and which cells train."""
