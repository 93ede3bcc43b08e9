"""Sections with something broken in them: each is read clean, or told apart with file and line; no word is lost.

    python -m scripts.tools.drills.mutations [--sections 10000] [--site 200] [--seed 0] [--jobs 2]

Parts of this book's sections and of an old one (``tests/old_book``) get a word of their own in every line of prose and
code, then one to four random mutations (``broken``): lines deleted, doubled, swapped, fences swapped, odd Unicode,
other line ends, tabs for blanks, no last newline, marks out of place. Each goes through parse, projection, library and
the reader's notebooks; some go through Sphinx, on pages of real books. Printed: how many were clean, how many told what
is wrong, and everything that should not be: exceptions, errors without a place, words that arrived nowhere.
"""

from __future__ import annotations

import argparse
import html
import multiprocessing
import random
import re
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.book import config as settings
from d2lbook.book.book import Book, assembled
from d2lbook.book.config import Config
from d2lbook.errors import Fault, errors_only
from d2lbook.evidence.claims import claim_faults
from d2lbook.library import code_faults, library_faults, library_files
from d2lbook.markup.parse import parse
from d2lbook.notebooks import CrossReferences, reader_notebook
from d2lbook.notebooks.zips import ZipLayout, members
from scripts.tools.drills.broken import OLD, ROOT, Seed, mutated, seeds

WORD = re.compile(r"qz\d{4}")
_ROLE = re.compile(r":[\w-]+:`[^`\n]*`|\]\([^)\n]*\)|^\[[^]\n]+\]:.*$", re.M)


# ---- trials ----


@dataclass(frozen=True)
class Outcome:
    """What became of one mutated section."""

    kind: str
    """``clean``, ``told``, or what is wrong: ``exception``, ``no place``, ``lost``."""
    detail: str = ""


class Ground:
    """Settings and files for trials: a folder per book."""

    def __init__(self, folder: Path) -> None:
        """Write both books' settings and pictures below ``folder``."""
        self.folder = folder
        for home, source, parts in (("ours", ROOT, ("static/img", "static/d2l.bib")), ("old", OLD, ("img", "d2l.bib"))):
            for part in ("config.ini", *parts):
                target = folder / home / part
                target.parent.mkdir(parents=True, exist_ok=True)
                (shutil.copytree if (source / part).is_dir() else shutil.copyfile)(source / part, target)
        self.configs = {home: settings.load(folder / home) for home in ("ours", "old")}
        for config in self.configs.values():
            (config.source_dir / "a").mkdir(parents=True)

    def path(self, home: str, name: str) -> str:
        """Return the file of a section, below its book's root."""
        source = self.configs[home].source_dir.relative_to(self.configs[home].root).as_posix()
        return f"a/{name}.md" if source == "." else f"{source}/a/{name}.md"

    def book(self, home: str, text: str) -> Book:
        """Return a book of one section."""
        config: Config = self.configs[home]
        tabs = frozenset(config.backend_names)
        index = parse("# Book\n\n```toc\n:numbered:\n\na/b\n```\n", "index", "index.md", tabs)
        section = parse(text, "a/b", self.path(home, "b"), tabs)
        found = [
            Fault(section.path, line, "no such document", entry)
            for toc in section.tocs
            for entry, line in zip(toc.entries, toc.lines, strict=True)
        ]
        return assembled(config, (index, section), [*found, *claim_faults(section, {})])


def trial(ground: Ground, home: str, text: str) -> Outcome:
    """Read one section, and say what became of it."""
    try:
        book = ground.book(home, text)
        faults = [*book.faults, *library_faults(book), *code_faults(book)]
        errors = [fault for fault in errors_only(faults) if "no recorded metric" not in fault.message]
        if errors:
            nowhere = [fault for fault in errors if not fault.line or fault.path != book.section("a/b").path]
            return Outcome("no place", str(nowhere[0])) if nowhere else Outcome("told")
        library_files(book)
        lost = expected(text) - arrived(book)
    except Exception:
        return Outcome("exception", traceback.format_exc())
    if lost:  # words for a tab in which the section has no code are in no notebook; they are on the page
        (_, outcome), page = next(on_pages(ground, home, [text])), ground.folder / home / "_build/html/a/b000.html"
        if outcome.kind == "exception":
            return outcome
        lost -= set(WORD.findall(html.unescape(page.read_text(encoding="utf-8"))))
    return Outcome("lost", " ".join(sorted(lost))) if lost else Outcome("clean")


def expected(text: str) -> set[str]:
    """Return the words that must arrive: all but those that a mutation has put into a mark or an address."""
    without = re.sub(r"^(`{3,}|~{3,})[^\n]*\.expect.*?^\1", _claims_only, text.replace("\r\n", "\n"), flags=re.M | re.S)
    return set(WORD.findall(_ROLE.sub("", without)))


def _claims_only(match: re.Match[str]) -> str:
    """Return a fence of claims without the comments in it, which say why a claim is wide and are not shown."""
    return re.sub(r"#.*", "", match[0])


def arrived(book: Book) -> set[str]:
    """Return the words in the notebooks of all readers."""
    shared, found = CrossReferences.of(book), set[str]()
    for backend in book.config.backend_names:
        inside = members(book, backend)
        if "a/b" in inside:
            notebook = reader_notebook(book, inside["a/b"], ZipLayout(book, inside), backend=backend, references=shared)
            found |= set(WORD.findall(nbformat.writes(notebook)))
    return found


# ---- Sphinx ----


def on_pages(ground: Ground, home: str, texts: Sequence[str]) -> Iterator[tuple[str, Outcome]]:
    """Build a book of mutated sections; yield each with what became of it."""
    root = ground.folder / home
    names = [f"b{number:03d}" for number in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        file = root / ground.path(home, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    toc = "".join(f"a/{name}\n" for name in names)
    index = ground.configs[home].source_dir / "index.md"
    index.write_text(f"# Book\n\n```toc\n:numbered:\n\n{toc}```\n", encoding="utf-8")
    try:
        book = books.load(root)
        out = root / "_build/html"
        result = site.build(book, out, jobs=1)
    except Exception:
        yield texts[0], Outcome("exception", traceback.format_exc())
        return
    faults = [*book.faults, *result.faults, *library_faults(book), *code_faults(book)]
    faults += [fault for section in book.sections for fault in claim_faults(section, {})]
    for name, text in zip(names, texts, strict=True):
        path = ground.path(home, name)
        errors = [fault for fault in errors_only(faults) if fault.path == path and "recorded" not in fault.message]
        page = out / "a" / f"{name}.html"
        words = set(WORD.findall(html.unescape(page.read_text(encoding="utf-8")))) if page.is_file() else set()
        lost = expected(text) - words
        if errors:
            nowhere = [fault for fault in errors if not fault.line]
            yield text, Outcome("no place", str(nowhere[0])) if nowhere else Outcome("told")
        elif lost:
            yield text, Outcome("lost", " ".join(sorted(lost)))
        else:
            yield text, Outcome("clean")
    for name in names:
        (root / ground.path(home, name)).unlink()


# ---- the drill ----


def sound_seeds(ground: Ground) -> list[Seed]:
    """Return the seeds that are clean before anything is done to them; what leans on other sections saves nothing."""
    found = []
    for seed in seeds():
        for text in (seed.text, seed.text.replace("#@save", "# saved")):
            if trial(ground, seed.home, text).kind == "clean":
                found.append(Seed(text, seed.home))
                break
    return found


def drill(numbers: Iterable[int], seed: int) -> tuple[Counter[str], list[tuple[str, Outcome]]]:
    """Try mutated sections by their numbers; return how many became what, and those that should not be."""
    with tempfile.TemporaryDirectory() as name:
        ground = Ground(Path(name))
        sound = sound_seeds(ground)
        counts: Counter[str] = Counter()
        wrong = []
        for number in numbers:
            rng = random.Random(f"{seed}-{number}")
            chosen = rng.choice(sound)
            text = mutated(chosen.text, rng)
            outcome = trial(ground, chosen.home, text)
            counts[outcome.kind] += 1
            if outcome.kind not in ("clean", "told"):
                wrong.append((text, outcome))
        return counts, wrong


def drill_site(count: int, seed: int) -> tuple[Counter[str], list[tuple[str, Outcome]]]:
    """Put ``count`` mutated sections on pages; return as ``drill`` does."""
    counts: Counter[str] = Counter()
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        ground = Ground(Path(name))
        sound, rng = sound_seeds(ground), random.Random(seed)
        while count > sum(counts.values()):
            for home in ("ours", "old"):
                chosen = [item for item in sound if item.home == home]
                rng.shuffle(chosen)
                batch = [_relabelled(mutated(item.text, rng), number) for number, item in enumerate(chosen)]
                for text, outcome in on_pages(ground, home, batch[: count - sum(counts.values())]):
                    counts[outcome.kind] += 1
                    if outcome.kind not in ("clean", "told"):
                        wrong.append((text, outcome))
    return counts, wrong


def _relabelled(text: str, number: int) -> str:
    """Return a section whose labels, and names that it saves, are its own in a book of many."""
    text = re.sub(r":((?:eq)?label|numref|ref|eqref):`(\w+)`", rf":\1:`\2_{number}`", text)
    return text.replace("#@save", "# saved")


def _task(arguments: tuple[range, int]) -> tuple[Counter[str], list[tuple[str, Outcome]]]:
    return drill(*arguments)


def main() -> int:
    """Run the drill and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sections", type=int, default=10000)
    parser.add_argument("--site", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", type=int, default=3, help="how many of what should not be")
    arguments = parser.parse_args()
    start = time.perf_counter()
    counts: Counter[str] = Counter()
    wrong: list[tuple[str, Outcome]] = []
    tasks = [(range(first, arguments.sections, arguments.jobs), arguments.seed) for first in range(arguments.jobs)]
    with multiprocessing.get_context("spawn").Pool(arguments.jobs) as pool:
        for part, bad in pool.imap_unordered(_task, tasks):
            counts += part
            wrong += bad
    print(f"{sum(counts.values())} sections through parse, projection, library and notebooks: {_shown(counts)}")
    pages, bad = drill_site(arguments.site, arguments.seed)
    wrong += bad
    print(f"{sum(pages.values())} sections on pages: {_shown(pages)}")
    print(f"{time.perf_counter() - start:.0f} s")
    for text, outcome in wrong[: arguments.show]:
        print(f"\n==== {outcome.kind}\n{outcome.detail}\n----\n{text}")
    few = counts["clean"] < 0.3 * sum(counts.values())
    return int(bool(wrong) or few)


def _shown(counts: Counter[str]) -> str:
    total = sum(counts.values()) or 1
    return ", ".join(f"{count} {kind} ({100 * count / total:.0f} %)" for kind, count in counts.most_common())


if __name__ == "__main__":
    sys.exit(main())
