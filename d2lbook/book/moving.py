"""Pictures that move: what an SVG says of its states, which a script of the site steps through.

A drawing with steps is an ordinary SVG that shows one still picture. Its root says ``data-steps="6"``; a ``<desc
data-choice="0">`` names one of several courses, each of as many steps. An element with ``data-at="still 0-2 5"`` shows
in these states only (it carries ``display="none"`` where the still picture lacks it), ``data-each-d="…;…"`` gives an
attribute a value for every state, and ``<desc data-at="3">`` says in words what is seen there. The state of step k of
course c is ``c * steps + k``; ``still`` is what stands on paper, in notebooks and where nothing runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

AT, EACH, CHOICE, STEPS = "data-at", "data-each-", "data-choice", "data-steps"
STILL = "still"
SVG = "{http://www.w3.org/2000/svg}"
_STATES = re.compile(r"(\d+)(-(\d*))?")
MOST = 200
"""States that a picture may have."""


@dataclass(frozen=True, slots=True)
class Course:
    """How a picture moves."""

    steps: int
    """Steps of each course."""
    choices: tuple[str, ...]
    """Names of its courses; none where there is one."""
    words: tuple[tuple[str, str], ...]
    """States, as written, and what is seen in them."""

    @property
    def states(self) -> int:
        """How many states there are beside the still one."""
        return self.steps * max(1, len(self.choices))


def course_of(root: ElementTree.Element) -> Course | None:
    """Return how a drawing moves; None if it says nothing of steps."""
    steps = root.get(STEPS, "")
    if not re.fullmatch(r"[1-9]\d{0,2}", steps):
        return None
    said = list(root.iter(f"{SVG}desc"))
    choices = tuple((node.text or "").strip() for node in said if node.get(CHOICE) is not None)
    words = tuple((node.get(AT, ""), (node.text or "").strip()) for node in said if node.get(AT) is not None)
    return Course(int(steps), choices, words)


def moving_fault(data: bytes) -> str:
    """Return what is wrong with a picture that is said to move; empty if nothing is."""
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError):
        return "it is no SVG"
    course = course_of(root)
    if course is None:
        return f"its root has no {STEPS}"
    if course.states > MOST:
        return f"{course.states} states, more than {MOST}"
    return next(_faults(root, course.states), "")


def _faults(root: ElementTree.Element, states: int) -> Iterator[str]:
    if not any(node.get(AT) is not None or _lists(node) for node in root.iter() if node.tag != f"{SVG}desc"):
        yield "nothing in it changes"
    for node in root.iter():
        if node.get("id"):
            yield f'id="{node.get("id")}": it stands in the page itself, where ids are the page\'s'
        for word in (node.get(AT) or "").split():
            if not _is_state(word, states):
                yield f'{AT}="{node.get(AT)}" names no state: they are still and 0 to {states - 1}'
        for name in _lists(node):
            if (given := node.attrib[name].count(";") + 1) != states:
                yield f"{name} gives {given} values for {states} states"


def _lists(node: ElementTree.Element) -> list[str]:
    return [name for name in node.attrib if name.startswith(EACH)]


def _is_state(word: str, states: int) -> bool:
    if word == STILL:
        return True
    match = _STATES.fullmatch(word)
    if match is None:
        return False
    last = int(match[3] or states - 1) if match[2] else int(match[1])
    return int(match[1]) <= last < states
