"""Schematic pictures of the book, drawn by scripts in one house style.

One module per picture or per chapter; each picture is a function without arguments, marked with
``@figure("name")``, that returns a :class:`~scripts.figures.style.Canvas`. ``python -m scripts.figures`` draws all
of them to ``static/img/name.svg``. Imports drawsvg only.
"""
