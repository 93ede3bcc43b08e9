"""Running notebooks: jobs in, results out; nothing is stored here.

``model`` has the records, ``kernel`` starts kernels (forked or fresh), ``fork`` and ``zygote`` fork them, ``watch``
keeps them within their memory, ``run`` runs one notebook, ``schedule`` many, ``progress`` tells how it goes,
``results`` writes the summaries.
"""
