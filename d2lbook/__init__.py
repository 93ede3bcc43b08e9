"""The engine of the Deep Learning Quartet: markdown with tab-tagged code in, a checked book out.

Each folder is a room; which room may build on which is ``[tool.importlinter]`` in ``pyproject.toml``, held by
``make lint`` and drawn in the README.
"""

__version__ = "0.1.0"
