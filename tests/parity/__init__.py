"""Values of everything the sections teach, in the four real backends, against NumPy.

``shared`` makes the inputs, ``taught`` runs in a backend's own environment and writes what its library gives,
``oracles`` says in NumPy what must come out, ``compare`` says what differs. Nothing but ``taught`` and ``natives``
touches a framework.
"""
