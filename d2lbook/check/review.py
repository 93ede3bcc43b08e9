"""A list for who checks a section: what to look at, line by line, as text and as a page.

It holds no verdicts. What stands in it was found by words and numbers, and a reader decides: mends the text, or answers
what was listed (``answers``), which takes it off the list for as long as the text stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from jinja2 import Environment

from d2lbook.book.book import Book
from d2lbook.check.amount import MAX_LINES
from d2lbook.check.answers import Answers, answers_of
from d2lbook.check.inline import expressions_in, meanings
from d2lbook.check.rounding import rounding_faults
from d2lbook.check.sentences import VALUE, paragraphs_of, unbound
from d2lbook.check.spread import outside, wide_bands
from d2lbook.check.stretches import Step, drawings_in, lines_of_code, printed_in, steps_of
from d2lbook.code.scaffolding import shown_code
from d2lbook.evidence import store
from d2lbook.evidence.claims import claim_faults
from d2lbook.evidence.seeds import read_runs
from d2lbook.markup.exercises import Exercise, exercises_of, texts_of
from d2lbook.markup.model import Code, Expect, Section

LONG = 200
"""Characters of a paragraph from which it is listed."""
MANY = 6
"""Sentences of a paragraph from which it is listed."""
OPENING = 30
"""Letters of a paragraph that name it."""
Kind = Literal["claim", "code", "sentence", "output", "rounding", "seeds", "band", "exercise", "paragraph", "answer"]
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
    "answer": "answers to what is listed no more",
}
_PAGE = """\
<!doctype html><html lang="zh"><meta charset="utf-8"><title>review</title>
<style>body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:1rem/1.6 sans-serif}</style>
{% for found in reviews %}
<h2>{{ found.docname }} {{ found.title }}</h2><p>{{ found.summary }}; {{ found.answered }} answered</p>
{%- for kind, name in titles.items() %}{% for item in found.findings if item.kind == kind %}
{%- if loop.first %}<h3>{{ name }}</h3><ol>{% endif %}
<li value={{ item.line }}>{{ item.shown }}</li>
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
    """What it is about: the same for as long as the section says it."""
    detail: str = ""
    """What was found of it, numbers of this run included."""

    @property
    def shown(self) -> str:
        """Text and detail for people."""
        return f"{self.text} | {self.detail}" if self.detail else self.text


@dataclass(frozen=True, slots=True)
class Review:
    """What there is to look at in one section."""

    docname: str
    title: str
    findings: tuple[Finding, ...]
    summary: str
    """Lines of code by tab, and what was not looked at."""
    answered: int = 0
    """Number of findings that a reader has answered."""


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
    ordered = sorted(found, key=lambda item: (order.index(item.kind), item.line, item.shown))
    lines = [f"{item.backend} {lines_of_code(book, item)[0]}" for item in projections]
    summary = f"code lines: {', '.join(lines) or 'none'} (at most {MAX_LINES})"
    if asked and not run:
        summary += f"; {len(asked)} expressions in shared prose, evaluated with --run"
    found_once = _without_repeats(ordered)
    answers = answers_of(book.config, section.docname)
    left = [item for item in found_once if item.text not in answers.get(item.kind, {})]
    lapsed = _lapsed(answers, found_once, {"code"} if asked and not run else set())
    return Review(section.docname, section.title, (*left, *lapsed), summary, len(found_once) - len(left))


def _lapsed(answers: Answers, found: Sequence[Finding], unseen: set[str]) -> Iterator[Finding]:
    """Yield answers to what is not listed, those of kinds that were not looked at aside."""
    listed = {(item.kind, item.text) for item in found}
    for kind, texts in answers.items():
        for text in texts:
            if kind not in unseen and (kind, text) not in listed:
                yield Finding("answer", 0, text, kind)


def _without_repeats(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Leave out a finding of the same kind on the same line, as where backends differ in a digit."""
    kept: dict[tuple[str, int, str], Finding] = {}
    for item in found:
        start = item.text[:12] if item.kind in ("sentence", "output") else item.text
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
        lines = (line.partition("  #")[0].strip() for line in shown_code(step.cell.source).split("\n"))
        code = next((line for line in lines if line and not line.startswith("#")), "")
        if not text.strip():
            yield Finding("output", step.cell.line, f"no prose between `{code}` and the next cell")
        elif not (roles or said & set(numbers) or _READ.search(text) or _READ.search(_last(step))):
            what = f"prints {', '.join(numbers[:4])}" if numbers else "draws"
            yield Finding("output", step.cell.line, f"nothing of `{code}` is read", f"it {what}")


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
        yield Finding("claim", fault.line, fault.text, fault.message)
    for fault in rounding_faults(book, only=section):
        yield Finding("rounding", fault.line, fault.text, fault.message.partition("number: ")[2])
    for line, message, name in outside(book, section):
        backend, _, told = message.partition(": ")
        yield Finding("seeds", line, f"{name}, {backend}", told)
    for band in wide_bands(book, section):
        yield Finding("band", band.line, band.claim, band.told)


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
    """Yield the paragraphs that hold too much."""
    for prose in section.prose:
        for sentences in paragraphs_of(prose):
            length = sum(len(item.text) for item in sentences)
            if length > LONG or len(sentences) > MANY:
                numbers = sum(item.text.count(VALUE) + len(_NUMBER.findall(item.text)) for item in sentences)
                told = f"{length} characters, {len(sentences)} sentences, {numbers} numbers"
                opening = "".join(item.shown for item in sentences)[:OPENING]
                yield Finding("paragraph", sentences[0].line, opening, told)


def _code(book: Book, section: Section) -> Iterator[Finding]:
    for meaning in meanings(book, section.docname):
        if not meaning.agree:
            kinds = ", ".join(f"{name} {kind}" for name, kind in meaning.kinds.items())
            yield Finding("code", meaning.line, f"`{meaning.code}`", kinds)


def as_text(found: Review) -> str:
    """Return a review as lines of text."""
    answered = f" ({found.answered} answered)" if found.answered else ""
    lines = [f"{found.docname} {found.title}: {len(found.findings)} to look at{answered}; {found.summary}"]
    kind: Kind | None = None
    for item in found.findings:
        if item.kind != kind:
            kind = item.kind
            lines.append(f"  {TITLES[kind]}")
        lines.append(f"    {item.line:>4}  {item.shown[:110]}")
    return "\n".join(lines)


def as_page(reviews: Sequence[Review]) -> str:
    """Return reviews as one page."""
    return Environment(autoescape=True).from_string(_PAGE).render(reviews=reviews, titles=TITLES)
