"""Benchmarks of the engine, some beside d2lbook 1.0.3. ``python -m scripts.tools.bench.builds --help`` for builds."""
