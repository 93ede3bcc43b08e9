"""What was run and what follows: digests, the store, evaluation, claims."""
