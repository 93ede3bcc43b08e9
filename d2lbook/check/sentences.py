"""Sentences that claim something, and what near them carries it: a recorded value, a claim, a proof, a source.

What this finds is a list for a reader, no verdict: words cannot be judged by words. It is kept short: only prose that
follows an output is looked at, and a sentence is listed once, for its strongest word.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from d2lbook.check.stretches import Step
from d2lbook.evidence.claims import ClaimError, comparison
from d2lbook.markup.model import Prose
from d2lbook.markup.names import CITATIONS, REFERENCES

VALUE, SOURCE, MATHS, CODE = "\ue000", "\ue001", "\ue002", "\ue003"
"""What stands for a recorded value, a citation or reference, a formula, and code."""
TURNED = re.compile(r"倒了?过来|倒转|颠倒|(?<![。；，：])(?<!^)反过来")
_RANKS = re.compile(r"次序|顺序|排名|名次|排序")
ORDER = re.compile(
    r"更[^新换改]|最[^后初终近先大小末值]|最[大小]的(?!值)|超过|不到|高于|低于|大于|小于|胜过|不如|翻倍|越[^，。]{1,8}越"
    r"|依次[升降变增减提更]"
)
SAME = re.compile(r"几乎|差不多|不相上下|一模一样|重合|上下波动|左右")
ALL = re.compile(r"只有|总是|从不|每次都|全都|无一|没有一")
CAUSE = re.compile(r"因为|所以|原因|由于|靠的是|归功于")
MUST = re.compile(r"必须|一定会|不能|不可能")
KINDS = ((TURNED, "turned"), (CAUSE, "cause"), (ORDER, "order"), (SAME, "sameness"), (ALL, "all"), (MUST, "must"))
_FENCE = re.compile(r"^(`{3,}|~{3,}).*?^\1[ \t]*$", re.M | re.S)
_SKIPPED = re.compile(r"^(?:#|\||!\[|:[a-z_]+:|\[\^|: )")
_EXERCISES = re.compile(r"^## *练习", re.M)
_NUMBER = re.compile(r"(?<![\w.\d])\d+(?:\.\d+)?%?(?![\w.])")
_ENDS = re.compile(r"(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with its marks made to single signs."""

    text: str
    line: int

    @property
    def shown(self) -> str:
        """The text for people."""
        signs = {VALUE: "⟨值⟩", SOURCE: "⟨引⟩", MATHS: "⟨式⟩", CODE: "⟨码⟩"}
        return "".join(signs.get(letter, letter) for letter in self.text)


def sentences_of(prose: Prose) -> Iterator[Sentence]:
    """Yield the sentences of a stretch of prose; headings, tables, pictures and fences are passed over."""
    for paragraph in paragraphs_of(prose):
        yield from paragraph


def paragraphs_of(prose: Prose) -> Iterator[list[Sentence]]:
    """Yield the sentences of each paragraph; headings, tables, pictures and fences are passed over."""
    line = prose.line
    for paragraph in re.split(r"(\n[ \t]*\n)", _signed(prose)):
        if paragraph.strip() and not _SKIPPED.match(paragraph.lstrip()):
            yield list(_sentences(paragraph, line))
        line += paragraph.count("\n")


def _signed(prose: Prose) -> str:
    """Return a text with signs for its marks, formulas and code, line by line the same."""
    text = prose.text
    for role in reversed(prose.roles):
        sign = VALUE if role.name == "value" else SOURCE if role.name in (*REFERENCES, *CITATIONS) else ""
        text = text[: role.start] + sign + text[role.end :]
    text = _FENCE.sub(lambda match: "\n" * match[0].count("\n"), text)
    text = re.sub(r"\$\$.*?\$\$", lambda match: MATHS + "\n" * match[0].count("\n"), text, flags=re.S)
    text = re.sub(r"\$[^$\n]+\$", MATHS, text)
    return re.sub(r"`[^`\n]+`", CODE, text)


def _sentences(paragraph: str, line: int) -> Iterator[Sentence]:
    for part in _ENDS.split(paragraph):
        start = line + part[: len(part) - len(part.lstrip())].count("\n")
        line += part.count("\n")
        if part.strip():
            yield Sentence(re.sub(r"\s*\n\s*", "", part.strip()), start)


def unbound(steps: Iterable[Step], known: frozenset[str]) -> Iterator[tuple[str, Sentence]]:
    """Yield the kind of a claim and its sentence where nothing near carries it.

    ``known`` are the numbers that stand in the section's code or outputs.
    """
    for step in steps:
        if step.cell is None or step.answer or step.asks or not step.outputs:
            continue
        claims = [claim.text for expect in step.claims for claim in expect.claims]
        for prose in step.after:
            for sentence in sentences_of(_before_exercises(prose)):
                if kind := _lacks(sentence.text, claims, known):
                    yield kind, sentence


def _before_exercises(prose: Prose) -> Prose:
    """Return a stretch of prose up to the exercises, which ask and don't claim."""
    found = _EXERCISES.search(prose.text)
    if found is None:
        return prose
    roles = tuple(role for role in prose.roles if role.end <= found.start())
    return replace(prose, text=prose.text[: found.start()], roles=roles)


def _lacks(text: str, claims: list[str], known: frozenset[str]) -> str:
    """Return what a sentence claims without a carrier; empty if there is none."""
    if SOURCE in text or text.endswith("？"):
        return ""
    for words, kind in KINDS:
        if words.search(text) and not _carried(kind, text, claims):
            return kind
    if VALUE not in text and any(number not in known for number in _NUMBER.findall(text)):
        return "number"
    return ""


def _carried(kind: str, text: str, claims: list[str]) -> bool:
    if kind in ("cause", "must"):
        return MATHS in text or CODE in text or bool(claims)
    if kind == "turned":
        return any(_sides(claim) > (2 if _RANKS.search(text) else 1) for claim in claims)
    if kind == "order":
        return MATHS in text or any(map(_compares_two, claims))
    if kind == "sameness":
        return any("abs(" in claim or "==" in claim or "/" in claim or _is_band(claim) for claim in claims)
    return bool(claims)


def _compares_two(claim: str) -> bool:
    """Tell whether a claim holds two recorded metrics against one another."""
    try:
        tree = comparison(claim)
    except ClaimError:
        return False
    return _sides(claim) > 1 or any(isinstance(node, ast.BinOp) for node in ast.walk(tree))


def _sides(claim: str) -> int:
    """Return how many recorded metrics a claim holds against one another: 3 for ``a < b < c``."""
    try:
        tree = comparison(claim)
    except ClaimError:
        return 0
    sides = (tree.left, *tree.comparators)
    return sum(any(isinstance(node, ast.Name) for node in ast.walk(side)) for side in sides)


def _is_band(claim: str) -> bool:
    try:
        return len(comparison(claim).comparators) > 1
    except ClaimError:
        return False
