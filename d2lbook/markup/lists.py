"""Lists beyond CommonMark's: tasks with their boxes, and definitions."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin

_BOX = re.compile(r"\[([ xX])\] ")
_DEFINES = re.compile(r" {0,3}[:~][ \t]+\S")


def task_rule(state: StateCore) -> None:
    """Make the ``[ ]`` or ``[x]`` at the beginning of a list's item a box."""
    for place, token in enumerate(state.tokens):
        if token.type != "inline" or place < 2 or state.tokens[place - 2].type != "list_item_open":
            continue
        first = token.children[0] if token.children else None
        if first and first.type == "text" and token.children and (match := _BOX.match(first.content)):
            box = Token("d2l_task", "", 0, content=match[0].rstrip(), meta={"done": match[1] != " "})
            first.content = first.content[match.end() :]
            token.children.insert(0, box)


def definition_rule(md: MarkdownIt) -> None:
    """Read ``Term`` with ``: definition`` on the next line; ``: caption`` above a table stays what it is."""
    md.use(deflist_plugin)
    rule = next(item.fn for item in md.block.ruler.__rules__ if item.name == "deflist")

    def definitions(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if silent or not _DEFINES.match(_text(state, start + 1, end)):
            return bool(silent and rule(state, start, end, silent))
        stop = next((line for line in range(start + 1, end) if _is_caption(state, line, end)), end)
        return stop > start + 1 and bool(rule(state, start, stop, silent))

    md.block.ruler.at("deflist", definitions, {"alt": ["paragraph", "reference", "blockquote"]})


def _text(state: StateBlock, line: int, end: int) -> str:
    return state.src[state.bMarks[line] : state.eMarks[line]] if line < end else ""


def _is_caption(state: StateBlock, line: int, end: int) -> bool:
    """Tell whether ``: words`` stand above a table."""
    if not _DEFINES.match(_text(state, line, end)):
        return False
    while line < end and not state.isEmpty(line):
        line += 1
    while line < end and state.isEmpty(line):
        line += 1
    return _text(state, line, end).lstrip().startswith("|")
