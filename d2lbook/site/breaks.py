"""Where a heading's lines may end: not within one of the book's terms (browsers know no words of Chinese)."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from markupsafe import Markup

from d2lbook.words.terminology import Term

SHORT = 7
"""Characters of a heading that always fits on a line."""
SHORTEST, LONGEST = 2, 8
"""Characters of a term that is kept whole; a longer one would not fit on a phone."""
_TEXT = re.compile(r"(?:^|(?<=>))[^<]+")


def keep_terms(title: Markup, terms: Sequence[Term]) -> Markup:
    """Return a heading's markup with the terms in it marked as whole; a short one, or one with code, as it is."""
    if len(title.striptags()) <= SHORT or "<code" in title or 'class="katex' in title:
        return title
    words = _words(tuple(term.chinese for term in terms))
    whole = Markup('<span class="tie">{}</span>')
    return Markup(_TEXT.sub(lambda part: words.sub(lambda word: whole.format(Markup(word[0])), part[0]), str(title)))


@functools.lru_cache(maxsize=4)
def _words(terms: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds the terms of Chinese characters, at every place the longest."""
    kept = {
        re.escape(term) for term in terms if SHORTEST <= len(term) <= LONGEST and not re.search("[A-Za-z&<>]", term)
    }
    return re.compile("|".join(sorted(kept, key=len, reverse=True)) or "(?!)")
