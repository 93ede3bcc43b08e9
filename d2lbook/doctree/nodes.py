"""The doctree's own nodes: what the dialect has and reStructuredText has not.

They hold data, no HTML: how a node looks is the writer's affair, so that other formats can render the same tree.
"""

from __future__ import annotations

from typing import Literal

from docutils import nodes

GroupKind = Literal["code", "text", "output", "run"]
"""What a group of tabs holds."""


class tab_group(nodes.General, nodes.Element):
    """Panels of which a reader sees one at a time.

    ``kind``: ``code`` (every backend has a panel), ``text`` (only those with something to say), ``output`` (what
    one cell printed, where backends differ), ``run`` (how the page was run). ``number``: its place on the page.
    """


class tab_panel(nodes.General, nodes.Element):
    """One backend's share of a group. ``tab``: the backend; ``missing``: it has nothing here."""


class cell_output(nodes.General, nodes.Element):
    """What a cell printed or showed; its children are ``stream``, ``picture``, ``markup`` nodes or mathematics."""


class stream(nodes.General, nodes.FixedTextElement):
    """Text output. ``name``: ``stdout``, ``stderr``, ``result`` or ``error``."""


class markup(nodes.General, nodes.Element):
    """HTML output, sanitised. ``html``: the markup; ``plain``: the same as text, empty if the cell gave none."""


class picture(nodes.General, nodes.Element):
    """A picture that a cell drew. ``file``: its name among the outputs; ``width``, ``height`` (pixels, or 0);
    ``lettered``: it may have letters to be read; ``plain``: what the cell gave as text beside a picture that paper
    cannot show."""


class fold(nodes.General, nodes.Element):
    """Something the reader opens. ``kind``: ``solution`` or ``hint``."""


class help_line(nodes.General, nodes.Element):
    """The folds of one exercise, hint and answer, which stand in one line until they are opened."""


class preparation(nodes.General, nodes.Element):
    """Code that is folded to a line: a ``preparation_name`` and the code."""


class preparation_name(nodes.General, nodes.TextElement):
    """What folded code does, in a few words."""


class reveal(nodes.General, nodes.Element):
    """Output that answers a prediction, hidden until the reader asks. ``number``: of the prediction on its page."""


class aside(nodes.General, nodes.Element):
    """Something set apart, its first child an ``aside_title``. ``kind``: ``predict``, ``pitfall`` or ``today``."""


class aside_title(nodes.General, nodes.TextElement):
    """The title of an aside; ``kind`` is the aside's. Empty: the kind's own name stands alone."""


class absence(nodes.General, nodes.Element):
    """Why a backend lacks something."""


class provenance(nodes.General, nodes.TextElement):
    """How one backend's outputs came about, in a line. ``backend``: whose notebook goes with it, empty for none."""


class book_toc(nodes.General, nodes.Element):
    """The contents that a ``toc`` fence lists. ``entries``: docnames; ``depth``: levels shown."""


class label_reference(nodes.Inline, nodes.TextElement):
    """A reference by label. ``role``: ``numref``, ``ref`` or ``eqref``; ``label``; ``before`` and ``after``: the
    characters around it, for words that the prose has written already."""


class citation_mark(nodes.Inline, nodes.TextElement):
    """A citation. ``keys``: entries; ``style``: ``cite`` (in brackets) or ``citet`` (as part of the sentence)."""


class bibliography(nodes.General, nodes.Element):
    """Entries cited on this page (``scope`` is ``page``) or in the whole book (``book``)."""


class metric(nodes.Inline, nodes.TextElement):
    """A recorded number. ``values``: pairs of backend and text; ``summary``: one text for all of them."""


class struck(nodes.Inline, nodes.TextElement):
    """Words that are struck out."""


class task_box(nodes.Inline, nodes.Element):
    """The box of a task. ``done``: it is ticked."""


class code_name(nodes.Inline, nodes.TextElement):
    """A name of the library. ``target``: the docname of the section that saves it, or empty."""


OWN: tuple[type[nodes.Element], ...] = (
    tab_group,
    tab_panel,
    cell_output,
    stream,
    markup,
    picture,
    fold,
    help_line,
    preparation,
    preparation_name,
    reveal,
    aside,
    aside_title,
    absence,
    provenance,
    book_toc,
    label_reference,
    citation_mark,
    bibliography,
    metric,
    struck,
    task_box,
    code_name,
)
"""Every class above, for registration."""
