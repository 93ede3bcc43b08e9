"""Blocks of the dialect as HTML: folds, asides, preparation, what waits behind a prediction, exercises' marks."""

from __future__ import annotations

import html

from docutils import nodes as docutils_nodes

from d2lbook.doctree import nodes
from d2lbook.site.pages import PageBuilder
from d2lbook.words.captions import ASIDES, FOLDS, PREPARATION, REVEAL, STARS


class BlockWriter:
    """The part of the translator that writes blocks."""

    site: PageBuilder
    body: list[str]

    def _put(self, text: str) -> None:
        self.body.append(text)

    def _open(self, tag: str, classes: str = "", **attributes: str | int) -> None:
        pairs = {"class": classes, **{name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}}
        text = "".join(f' {name}="{html.escape(str(value))}"' for name, value in pairs.items() if value != "")
        self._put(f"<{tag}{text}>")

    def visit_fold(self, node: nodes.fold) -> None:
        """Open a fold."""
        name = self.site.own(FOLDS[node["kind"]])
        self._put(f'<details class="fold {node["kind"]}"><summary>{name}</summary><div>\n')

    def depart_fold(self, node: nodes.fold) -> None:
        """Close it."""
        self._put("</div></details>\n")

    def visit_help_line(self, node: nodes.help_line) -> None:
        """Open the line of an exercise's folds."""
        self._put('<div class="help">\n')

    def depart_help_line(self, node: nodes.help_line) -> None:
        """Close it."""
        self._put("</div>\n")

    def visit_preparation(self, node: nodes.preparation) -> None:
        """Open folded code."""
        self._put('<details class="prep">')

    def depart_preparation(self, node: nodes.preparation) -> None:
        """Close it."""
        self._put("</details>\n")

    def visit_preparation_name(self, node: nodes.preparation_name) -> None:
        """Open its name."""
        self._put(f"<summary><span>{self.site.own(PREPARATION)}</span>")

    def depart_preparation_name(self, node: nodes.preparation_name) -> None:
        """Close it."""
        self._put("</summary>")

    def visit_reveal(self, node: nodes.reveal) -> None:
        """Open what a prediction is about; a style sheet hides it where a script can show it."""
        name = self.site.own(REVEAL)
        self._open("div", "reveal", data_prediction=node["number"])
        self._put(f'<button type="button">{name}</button><div>\n')

    def depart_reveal(self, node: nodes.reveal) -> None:
        """Close it."""
        self._put("</div></div>\n")

    def visit_strong(self, node: docutils_nodes.strong) -> None:
        """Open bold words; an exercise's mark says what its stars mean."""
        if stars := node.get("stars"):
            self._open("strong", "exercise", title=self.site.own(STARS[stars]))
        else:
            self._put("<strong>")

    def visit_aside(self, node: nodes.aside) -> None:
        """Open something set apart."""
        self._put(f'<aside class="aside {node["kind"]}">\n')

    def depart_aside(self, node: nodes.aside) -> None:
        """Close it."""
        self._put("</aside>\n")

    def visit_aside_title(self, node: nodes.aside_title) -> None:
        """Open its title, behind the name of its kind."""
        self._put(f'<p class="aside-title"><span class="kind">{self.site.own(ASIDES[node["kind"]])}</span>')

    def depart_aside_title(self, node: nodes.aside_title) -> None:
        """Close it."""
        self._put("</p>\n")

    def visit_struck(self, node: nodes.struck) -> None:
        """Open words that are struck out."""
        self._put("<s>")

    def depart_struck(self, node: nodes.struck) -> None:
        """Close them."""
        self._put("</s>")

    def visit_task_box(self, node: nodes.task_box) -> None:
        """Write a task's box."""
        self._put("☑ " if node["done"] else "☐ ")
        raise docutils_nodes.SkipNode
