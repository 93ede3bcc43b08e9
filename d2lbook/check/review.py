"""A list for who checks a section: what to look at, line by line, as text and as a page.

It holds no verdicts. What stands in it was found by words and numbers, and a reader decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from jinja2 import Environment

from d2lbook.book.book import Book
from d2lbook.check.amount import MAX_LINES
from d2lbook.check.inline import expressions_in, meanings
from d2lbook.check.rounding import rounding_faults
from d2lbook.check.sentences import VALUE, paragraphs_of, unbound
from d2lbook.check.spread import outside, wide_bands
from d2lbook.check.stretches import Step, drawings_in, lines_of_code, printed_in, steps_of
from d2lbook.evidence import store
from d2lbook.evidence.claims import claim_faults
from d2lbook.evidence.seeds import read_runs
from d2lbook.markup.exercises import Exercise, exercises_of, texts_of
from d2lbook.markup.model import Code, Expect, Section

LONG = 200
"""Characters of a paragraph from which it is listed."""
MANY = 6
"""Sentences of a paragraph from which it is listed."""
WORST = 3
"""Paragraphs that are listed."""
Kind = Literal["claim", "code", "sentence", "output", "rounding", "seeds", "band", "exercise", "paragraph"]
"""What there is to look at."""
TITLES: dict[Kind, str] = {
    "claim": "claims that fail",
    "code": "code in shared prose",
    "sentence": "sentences that nothing near carries",
    "output": "outputs that no sentence reads",
    "rounding": "numbers that don't round as printed",
    "seeds": "committed values against their seeds",
    "band": "bands wider than the spread",
    "exercise": "exercises",
    "paragraph": "long paragraphs",
}
_PAGE = """\
<!doctype html><html lang="zh"><meta charset="utf-8"><title>review</title>
<style>body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 sans-serif}</style>
{% for found in reviews %}
<h2>{{ found.docname }} {{ found.title }}</h2><p>{{ found.summary }}</p>
{%- for kind, name in titles.items() %}{% for item in found.findings if item.kind == kind %}
{%- if loop.first %}<h3>{{ name }}</h3><ol>{% endif %}
<li value={{ item.line }}>{{ item.text }}</li>
{%- if loop.last %}</ol>{% endif %}{% endfor %}{% endfor %}
{% endfor %}
"""
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_READ = re.compile(r"[图画曲]|上面|下面|这[几些行列张个]|表|每行|输出|打印|结果")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to look at."""

    kind: Kind
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Review:
    """What there is to look at in one section."""

    docname: str
    title: str
    findings: tuple[Finding, ...]
    summary: str
    """Lines of code by tab, and what was not looked at."""


def review(book: Book, section: Section, run: bool = False) -> Review:
    """Return what there is to look at; ``run`` also evaluates the code of shared prose in every backend."""
    projections = book.projections(section)
    found: dict[Finding, None] = {}
    for projection in projections:
        steps = steps_of(book, projection)
        known = _known(steps)
        found |= dict.fromkeys(
            Finding("sentence", item.line, f"{kind}: {item.shown}") for kind, item in unbound(steps, known)
        )
        found |= dict.fromkeys(_unread(steps))
    found |= dict.fromkeys(_evidence(book, section))
    found |= dict.fromkeys(_exercises(section))
    found |= dict.fromkeys(_paragraphs(section))
    asked = [item for prose in section.prose if not prose.tabs for item in expressions_in(prose)]
    if run and asked:
        found |= dict.fromkeys(_code(book, section))
    order = list(TITLES)
    ordered = sorted(found, key=lambda item: (order.index(item.kind), item.line, item.text))
    lines = [f"{item.backend} {lines_of_code(book, item)[0]}" for item in projections]
    summary = f"code lines: {', '.join(lines) or 'none'} (at most {MAX_LINES})"
    if asked and not run:
        summary += f"; {len(asked)} expressions in shared prose, evaluated with --run"
    return Review(section.docname, section.title, _without_repeats(ordered), summary)


def _without_repeats(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Leave out a finding of the same kind on the same line, as where backends differ in a digit."""
    kept: dict[tuple[str, int, str], Finding] = {}
    for item in found:
        start = item.text.partition(" | ")[0] if item.kind == "claim" else item.text
        start = item.text[:12] if item.kind in ("sentence", "output") else start
        kept.setdefault((item.kind, item.line, "" if item.kind == "rounding" else start), item)
    return tuple(kept.values())


def _known(steps: Iterable[Step]) -> frozenset[str]:
    """Return the numbers that a section's code and outputs hold."""
    texts = [f"{step.cell.source if step.cell else ''} {printed_in(step.outputs)}" for step in steps]
    drawn = [re.sub("<[^>]+>", " ", drawing) for step in steps for drawing in drawings_in(step.outputs)]
    return frozenset(number for text in (*texts, *drawn) for number in _NUMBER.findall(text))


def _unread(steps: Sequence[Step]) -> Iterator[Finding]:
    """Yield cells that print numbers or draw, of which no sentence beside them speaks."""
    for step in steps:
        if step.cell is None or step.answer:
            continue
        numbers = _NUMBER.findall(printed_in(step.outputs))
        drawn = drawings_in(step.outputs)
        if not (numbers or drawn):
            continue
        text = step.text
        roles = any(role.name == "value" for prose in step.after for role in prose.roles)
        said = set(_NUMBER.findall(text))
        if not text.strip():
            yield Finding("output", step.cell.line, "no prose between this cell and the next")
        elif not (roles or said & set(numbers) or _READ.search(text) or _READ.search(_last(step))):
            what = f"prints {', '.join(numbers[:4])}" if numbers else "draws"
            yield Finding("output", step.cell.line, f"a cell {what}: none of it is read")


def _last(step: Step) -> str:
    """Return the last paragraph before a cell."""
    return step.before[-1].text.rpartition("\n\n")[2] if step.before else ""


def _evidence(book: Book, section: Section) -> Iterator[Finding]:
    states = store.status(book, book.projections(section))
    stale = [state.projection.backend for state in states if state.state != "fresh"]
    if stale and any(isinstance(block, Expect) for block in section.walk()):
        yield Finding("claim", 0, f"outputs of {', '.join(stale)} are not of this code: their claims are not judged")
    runs = {name: run for name, run in store.metrics_of(book, section.docname).items() if name not in stale}
    for fault in claim_faults(section, runs, read_runs(book.config, section.docname)):
        yield Finding("claim", fault.line, f"{fault.text} | {fault.message}")
    for fault in rounding_faults(book, only=section):
        yield Finding("rounding", fault.line, fault.message.partition("number: ")[2] + f" {fault.text}")
    for line, message, name in outside(book, section):
        yield Finding("seeds", line, f"{name}: {message}")
    wide = sorted(wide_bands(book, section), key=lambda item: -item.slack)
    for band in wide[:WORST]:
        more = f", and {len(wide) - WORST} more claims like it" if len(wide) > WORST and band is wide[WORST - 1] else ""
        yield Finding("band", band.line, f"{band.claim}: {band.told}{more}")


def _exercises(section: Section) -> Iterator[Finding]:
    found: dict[str, list[Exercise]] = {}
    for exercise in exercises_of(section):
        for lack in _lacks(exercise):
            found.setdefault(lack, []).append(exercise)
    for lack, exercises in found.items():
        numbers = ", ".join(str(item.number) for item in exercises)
        yield Finding("exercise", exercises[0].line, f"{numbers}: no {lack}")


def _lacks(exercise: Exercise) -> Iterator[str]:
    if not (exercise.kind and exercise.stars):
        yield "kind and difficulty"
    if "检查" not in exercise.text and "验证" not in exercise.text and "核对" not in exercise.text:
        yield "check"
    if exercise.answer is None or not exercise.answer.blocks:
        yield "answer"
    elif exercise.kind == "编程" and not any(isinstance(block, Code) for block in exercise.answer.blocks):
        yield "code in the answer"
    elif exercise.kind != "编程" and len(texts_of(exercise.answer.blocks)) < len(exercise.text) / 3:
        yield "answer as long as a third of the question"


def _paragraphs(section: Section) -> Iterator[Finding]:
    """Yield the longest of the paragraphs that hold too much."""
    found = []
    for prose in section.prose:
        for sentences in paragraphs_of(prose):
            length = sum(len(item.text) for item in sentences)
            if length > LONG or len(sentences) > MANY:
                numbers = sum(item.text.count(VALUE) + len(_NUMBER.findall(item.text)) for item in sentences)
                found.append((length, Finding("paragraph", sentences[0].line, _told(length, len(sentences), numbers))))
    yield from (item for _, item in sorted(found, key=lambda pair: -pair[0])[:WORST])


def _told(length: int, sentences: int, numbers: int) -> str:
    return f"{length} characters, {sentences} sentences, {numbers} numbers"


def _code(book: Book, section: Section) -> Iterator[Finding]:
    for meaning in meanings(book, section.docname):
        if not meaning.agree:
            kinds = ", ".join(f"{name} {kind}" for name, kind in meaning.kinds.items())
            yield Finding("code", meaning.line, f"`{meaning.code}`: {kinds}")


def as_text(found: Review) -> str:
    """Return a review as lines of text."""
    lines = [f"{found.docname} {found.title}: {len(found.findings)} to look at; {found.summary}"]
    kind: Kind | None = None
    for item in found.findings:
        if item.kind != kind:
            kind = item.kind
            lines.append(f"  {TITLES[kind]}")
        lines.append(f"    {item.line:>4}  {item.text[:110]}")
    return "\n".join(lines)


def as_page(reviews: Sequence[Review]) -> str:
    """Return reviews as one page."""
    return Environment(autoescape=True).from_string(_PAGE).render(reviews=reviews, titles=TITLES)
