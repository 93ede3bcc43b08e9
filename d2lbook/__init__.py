"""The engine of the Deep Learning Quartet: markdown with tab-tagged code in, a checked book out.

Rooms, lowest first; a room imports only from rooms above it in this list:
``errors``; ``config``, ``markup``; ``book``, ``project``; ``library``, ``notebook``;
``freshness``, ``execute``; ``store``; ``package``, ``check``, ``report``; ``site``; ``serve``; ``cli``.
"""

__version__ = "0.1.0"
