"""The source format: its grammar (on markdown-it-py), its records, and the way from one to the other."""
