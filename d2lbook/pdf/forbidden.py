"""What no formula, no output and no page may tell TeX: it can read files, write them, and never end.

TeX is a language; a formula of a foreign book is a program in it. Commands that define for what follows, build names of
other commands, or reach files, are refused here with their place, and what is left runs confined (see ``tex``).
"""

from __future__ import annotations

import re
from typing import cast

from docutils import nodes as docutils_nodes

from d2lbook.doctree.warnings import warn

_NAMES = (
    *("input", "include", "endinput", "read", "readline", "write", "openin", "openout", "closein", "closeout"),
    *("newread", "newwrite", "immediate", "special", "shipout", "output", "scantokens", "directlua", "ShellEscape"),
    *("gdef", "xdef", "def", "edef", "let", "futurelet", "global", "globaldefs", "csname", "endcsname", "catcode"),
    *("expandafter", "afterassignment", "aftergroup", "everypar", "everymath", "everydisplay", "everyjob", "everyhbox"),
    *("loop", "repeat", "jobname", "documentclass", "usepackage", "RequirePackage", "includegraphics", "verbatiminput"),
    *("lstinputlisting", "InputIfFileExists", "IfFileExists", "openfile", "batchmode", "errorstopmode", "scrollmode"),
    *("AtEndDocument", "AtBeginDocument", "makeatletter", "ExplSyntaxOn", "pdffiledump", "filesize", "filedump"),
    *("XeTeXpicfile", "XeTeXpdffile", "XeTeXinputencoding", "hyperref", "dump", "end", "enddocument", "stop"),
)
_COMMAND = re.compile(r"\\(?:" + "|".join(_NAMES) + r")(?![A-Za-z@])(?!\s*\{[a-zA-Z]+\*?\})|\\@{1,2}[A-Za-z]+|\^\^")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{(filecontents|document|verbatim|luacode)\*?\}")
_BY_NAME = re.compile(r"\\(?:input|include|usepackage|RequirePackage|includegraphics|hyperref|verbatiminput)\b")


def forbidden(tex: str) -> str:
    """Return the first command of a formula that TeX must not be given; empty if there is none."""
    found = _BY_NAME.search(tex) or _ENVIRONMENT.search(tex) or _COMMAND.search(tex)
    return found[0].strip() if found else ""


def refuse_forbidden(tree: docutils_nodes.document) -> None:
    """Take from a paper what TeX must not be given, each with a fault at its place; the source stands there instead."""
    for node in list(tree.findall(_is_tex)):
        if command := forbidden(node.astext()):
            where = node.deepcopy()
            where.parent = node.parent
            warn(where, f"TeX must not be given {command}: it defines, reads, writes or ends", node.astext()[:80], FIX)
            kind = docutils_nodes.literal if isinstance(node, docutils_nodes.math) else docutils_nodes.literal_block
            cast(docutils_nodes.Element, node).replace_self(kind(node.astext(), node.astext()))


FIX = "write it with commands of mathematics alone"


def _is_tex(node: docutils_nodes.Node) -> bool:
    raw = isinstance(node, docutils_nodes.raw) and "latex" in node.get("format", "").split()
    return raw or isinstance(node, docutils_nodes.math | docutils_nodes.math_block)
