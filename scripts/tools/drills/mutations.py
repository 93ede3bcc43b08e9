"""Sections with something broken in them: each is read clean, or told apart with file and line; no word is lost.

    python -m scripts.tools.drills.mutations [--sections 10000] [--site 200] [--parts P] [--seed 0] [--jobs 2]

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
BATCH = 60
"""Pages of a site that is built to look for words."""
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


Trial = tuple[str, str]
"""A book's name, and the text of a section."""


def trial(ground: Ground, home: str, text: str) -> Outcome:
    """Read one section, and say what became of it."""
    return trials(ground, [(home, text)])[0]


def trials(ground: Ground, given: Sequence[Trial]) -> list[Outcome]:
    """Read sections, each alone, and say what became of each.

    Words for a tab in which a section has no code are in no notebook; they are looked for on pages, many to a site.
    """
    found = [_read(ground, home, text) for home, text in given]
    for home in ("ours", "old"):
        open_ = [number for number, outcome in enumerate(found) if outcome.kind == "lost" and given[number][0] == home]
        for start in range(0, len(open_), BATCH):
            batch = open_[start : start + BATCH]
            shown = words_on_pages(ground, home, [given[number][1] for number in batch])
            for number, words in zip(batch, shown, strict=True):
                found[number] = words if isinstance(words, Outcome) else _settled(found[number], words)
    return found


def _settled(outcome: Outcome, words: set[str]) -> Outcome:
    lost = set(outcome.detail.split()) - words
    return Outcome("lost", " ".join(sorted(lost))) if lost else Outcome("clean")


def _read(ground: Ground, home: str, text: str) -> Outcome:
    """Read one section, and say what became of it in notebooks; ``lost`` are words that these don't have."""
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


def words_on_pages(ground: Ground, home: str, texts: Sequence[str]) -> list[set[str] | Outcome]:
    """Return the words on the pages of sections in one book, or what the build of one raised."""
    names = _write(ground, home, [_relabelled(text, number) for number, text in enumerate(texts)])
    try:
        site.build(books.load(ground.folder / home), ground.folder / home / "_build/html", jobs=1)
        return [_words(ground, home, name) for name in names]
    except Exception:
        if len(texts) == 1:
            return [Outcome("exception", traceback.format_exc())]
    finally:
        _remove(ground, home, names)
    half = len(texts) // 2
    return [*words_on_pages(ground, home, texts[:half]), *words_on_pages(ground, home, texts[half:])]


def _write(ground: Ground, home: str, texts: Sequence[str]) -> list[str]:
    """Write sections, and the index that lists them; return their names."""
    names = [f"b{number:03d}" for number in range(len(texts))]
    for name, text in zip(names, texts, strict=True):
        file = ground.folder / home / ground.path(home, name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="")
    toc = "".join(f"a/{name}\n" for name in names)
    index = ground.configs[home].source_dir / "index.md"
    index.write_text(f"# Book\n\n```toc\n:numbered:\n\n{toc}```\n", encoding="utf-8")
    return names


def _remove(ground: Ground, home: str, names: Sequence[str]) -> None:
    for name in names:
        (ground.folder / home / ground.path(home, name)).unlink(missing_ok=True)


def _words(ground: Ground, home: str, name: str) -> set[str]:
    page = ground.folder / home / "_build/html/a" / f"{name}.html"
    return set(WORD.findall(html.unescape(page.read_text(encoding="utf-8")))) if page.is_file() else set()


def on_pages(ground: Ground, home: str, texts: Sequence[str]) -> Iterator[tuple[str, Outcome]]:
    """Build a book of mutated sections; yield each with what became of it."""
    root, names = ground.folder / home, _write(ground, home, texts)
    try:
        book = books.load(root)
        result = site.build(book, root / "_build/html", jobs=1)
    except Exception:
        told = traceback.format_exc()
        _remove(ground, home, names)
        if len(texts) == 1:
            yield texts[0], Outcome("exception", told)
        else:
            for half in (texts[: len(texts) // 2], texts[len(texts) // 2 :]):
                yield from on_pages(ground, home, half)
        return
    faults = [*book.faults, *result.faults, *library_faults(book), *code_faults(book)]
    faults += [fault for section in book.sections for fault in claim_faults(section, {})]
    for name, text in zip(names, texts, strict=True):
        path = ground.path(home, name)
        errors = [fault for fault in errors_only(faults) if fault.path == path and "recorded" not in fault.message]
        lost = expected(text) - _words(ground, home, name)
        if errors:
            nowhere = [fault for fault in errors if not fault.line]
            yield text, Outcome("no place", str(nowhere[0])) if nowhere else Outcome("told")
        elif lost:
            yield text, Outcome("lost", " ".join(sorted(lost)))
        else:
            yield text, Outcome("clean")
    _remove(ground, home, names)


# ---- the drill ----


def sound_seeds(ground: Ground, most: int = 0) -> list[Seed]:
    """Return the seeds that are clean before anything is done to them; what leans on other sections saves nothing.

    With ``most``, so many seeds are looked at, evenly spread. Asked once in a process: all grounds are alike.
    """
    if most not in _sound:
        every = seeds()
        every = every[:: max(1, len(every) // most)] if most else every
        found: list[Seed] = []
        for given in (every, [Seed(seed.text.replace("#@save", "# saved"), seed.home) for seed in every]):
            known = _plain(found)
            left = [seed for seed in given if seed.text.replace("#@save", "# saved") not in known]
            outcomes = trials(ground, [(seed.home, seed.text) for seed in left])
            found += [seed for seed, outcome in zip(left, outcomes, strict=True) if outcome.kind == "clean"]
        _sound[most] = found
    return _sound[most]


def _plain(found: Iterable[Seed]) -> set[str]:
    return {seed.text.replace("#@save", "# saved") for seed in found}


_sound: dict[int, list[Seed]] = {}


def drill(numbers: Iterable[int], seed: int, most: int = 0) -> tuple[Counter[str], list[tuple[str, Outcome]]]:
    """Try mutated sections by their numbers; return how many became what, and those that should not be."""
    with tempfile.TemporaryDirectory() as name:
        ground = Ground(Path(name))
        sound = sound_seeds(ground, most)
        given: list[Trial] = []
        for number in numbers:
            rng = random.Random(f"{seed}-{number}")
            chosen = rng.choice(sound)
            given.append((chosen.home, mutated(chosen.text, rng)))
        outcomes = trials(ground, given)
    counts = Counter(outcome.kind for outcome in outcomes)
    wrong = [(text, outcome) for (_, text), outcome in zip(given, outcomes, strict=True)]
    return counts, [(text, outcome) for text, outcome in wrong if outcome.kind not in ("clean", "told")]


def drill_site(count: int, seed: int, most: int = 0) -> tuple[Counter[str], list[tuple[str, Outcome]]]:
    """Put ``count`` mutated sections on pages; return as ``drill`` does."""
    counts: Counter[str] = Counter()
    wrong = []
    with tempfile.TemporaryDirectory() as name:
        ground = Ground(Path(name))
        sound, rng = list(sound_seeds(ground, most)), random.Random(seed)
        while count > sum(counts.values()):
            for home in ("ours", "old"):
                chosen = [item for item in sound if item.home == home]
                rng.shuffle(chosen)
                batch = [_relabelled(mutated(item.text, rng), number) for number, item in enumerate(chosen)]
                for text, outcome in on_pages(ground, home, batch[: min(BATCH, count - sum(counts.values()))]):
                    counts[outcome.kind] += 1
                    if outcome.kind not in ("clean", "told"):
                        wrong.append((text, outcome))
    return counts, wrong


def _relabelled(text: str, number: int) -> str:
    """Return a section whose labels, and names that it saves, are its own in a book of many."""
    text = re.sub(r":((?:eq)?label|numref|ref|eqref):`(\w+)`", rf":\1:`\2_{number}`", text)
    return text.replace("#@save", "# saved")


def _task(arguments: tuple[range, int, int]) -> tuple[Counter[str], list[tuple[str, Outcome]]]:
    return drill(*arguments)


def main() -> int:
    """Run the drill and print the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sections", type=int, default=10000)
    parser.add_argument("--site", type=int, default=200)
    parser.add_argument("--parts", type=int, default=0, help="of sections, that are broken (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", type=int, default=3, help="how many of what should not be")
    arguments = parser.parse_args()
    start = time.perf_counter()
    counts: Counter[str] = Counter()
    wrong: list[tuple[str, Outcome]] = []
    shares = [range(first, arguments.sections, arguments.jobs) for first in range(arguments.jobs)]
    tasks = [(share, arguments.seed, arguments.parts) for share in shares if share]
    with multiprocessing.get_context("spawn").Pool(arguments.jobs) as pool:
        for part, bad in pool.imap_unordered(_task, tasks):
            counts += part
            wrong += bad
    print(f"{sum(counts.values())} sections through parse, projection, library and notebooks: {_shown(counts)}")
    pages, bad = drill_site(arguments.site, arguments.seed, arguments.parts)
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
