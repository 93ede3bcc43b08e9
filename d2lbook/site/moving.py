"""Pictures that move, as a page holds them: the drawing itself, what is said of its steps, and the controls.

The drawing stands in the page, since no script may fetch it where a site is opened from a folder; in an edition's
words, in the colours of both themes, as the still picture. ``static/motion.js`` brings the controls to life, on the
pages that have one.
"""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

from markupsafe import Markup

from d2lbook.book.moving import AT, CHOICE, SVG, course_of
from d2lbook.site.dark import in_both_colours
from d2lbook.site.fragments import fragment

Say = Callable[[str], str]


def moving_picture(svg: bytes, title: str, alt: str, size: tuple[int, int], own: Say) -> Markup | None:
    """Return a drawing with its controls; None for one that says nothing of steps.

    ``title`` names it beside its controls, ``alt`` tells it to who can't see it, ``size`` is in pixels (zeros: its
    own), ``own`` gives the engine's words in an edition's language.
    """
    root = in_both_colours(svg)
    course = course_of(root) if root is not None else None
    if root is None or course is None:
        return None
    return fragment(
        "moving.html",
        title=title,
        steps=course.steps,
        choices=course.choices,
        words=course.words,
        drawing=_drawing(root, alt, size),
        say={name: own(text) for name, text in _WORDS.items()},
        moves=course.steps > 1,
    )


_WORDS = {
    "kind": "会动的图：",
    "back": "上一步",
    "play": "播放",
    "pause": "暂停",
    "on": "下一步",
    "still": "还原",
    "choose": "选一种",
}


def _drawing(root: ElementTree.Element, alt: str, size: tuple[int, int]) -> Markup:
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag == f"{SVG}desc"]:
            if child.get(AT) is not None or child.get(CHOICE) is not None:
                parent.remove(child)
    root.set("role", "img")
    root.set("aria-label", alt)
    for name, pixels in zip(("width", "height"), size, strict=True):
        if pixels:
            root.set(name, str(pixels))
    return Markup(ElementTree.tostring(root, encoding="unicode"))
