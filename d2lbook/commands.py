"""The commands: each a function of a session and typed options, which returns an exit code.

Rooms are imported by the command that needs them, so that ``--help`` is quick.
"""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from d2lbook.errors import BookError, Fault, UsageError, errors_only, tolerated
from d2lbook.session import Session, has_all_code, report, told_of

if TYPE_CHECKING:
    from d2lbook.book.book import Book
    from d2lbook.execute.environments import EnvDevice
    from d2lbook.execute.model import Device


def status(session: Session, *, strict: bool) -> int:
    """Print the state of every projection."""
    from d2lbook.evidence import seeds, store, truth
    from d2lbook.evidence import status as printed

    book = session.readable()
    states = store.status(book)
    print(printed.status_text(book, states))
    told = [item.state for item in states] + [item.state for item in seeds.states(book) if item.quoted]
    return max(report(truth.unreadable(book)), int(strict and any(state != "fresh" for state in told)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Runs:
    """What ``eval`` is asked for."""

    sections: Sequence[str] = ()
    """Docnames; none: all."""
    tab: str | None = None
    jobs: int | None = None
    force: bool = False
    fresh_kernels: bool = False
    gpus: str | None = None
    device: Device = "cpu"
    shard: str | None = None
    """``I/N``."""
    cluster: str | None = None
    to: Path | None = None


def evaluate(session: Session, runs: Runs) -> int:
    """Run what is stale, store it, report; what is wrong in a section stops the sections that it touches."""
    from d2lbook.book.places import mark
    from d2lbook.evidence import evaluation, shards, truth
    from d2lbook.evidence.soundness import sound

    book = session.readable() if runs.shard else session.book()
    asked = evaluation.choose(book, runs.sections, runs.tab, bool(runs.shard or runs.to))
    chosen, unsound = sound(book, asked)
    if unsound and not chosen:
        raise BookError((*book.faults, *unsound))
    mark(book.config.output_dir)
    if runs.to:
        book = evaluation.elsewhere(book, runs.to)
    options = evaluation.Options(
        slots=runs.jobs,
        force=runs.force,
        fork=not runs.fresh_kernels,
        shard=shards.read_shard(runs.shard) if runs.shard else None,
        cluster=runs.cluster or "",
        gpus=None if runs.gpus is None else tuple(name for name in runs.gpus.split(",") if name),
        device=runs.device,
        tab="" if runs.tab in (None, "all") else str(runs.tab),
        library=not unsound,
    )
    faults = evaluation.evaluate(book, chosen, options)
    return report((*book.faults, *unsound, *faults, *truth.unreadable(book)))


def merge(session: Session, *, folders: Sequence[Path]) -> int:
    """Take in what shards have run."""
    from d2lbook.evidence import merging

    book = session.readable(builds=True)
    return report(merging.merge(book, folders))


def run_seeds(
    session: Session, *, sections: Sequence[str], numbers: Sequence[int], tab: str | None, jobs: int | None
) -> int:
    """Run sections under several seeds, note their metrics, and print how they spread."""
    from d2lbook.evidence import evaluation, reseeding, seeds

    book = session.readable(builds=True)
    chosen = evaluation.choose(book, sections, tab, False)
    faults = reseeding.run_seeds(book, chosen, numbers, jobs)
    for docname in dict.fromkeys(projection.docname for projection in chosen):
        print(docname, *reseeding.report(seeds.read(book.config, docname)), sep="\n")
    return report((*book.faults, *faults))


def verify(session: Session, *, sample: int | None, seed: int, budget: float) -> int:
    """Run a sample of fresh outputs again and compare."""
    from d2lbook.evidence import verification

    book = session.readable(builds=True)
    return report(verification.verify(book, sample, seed, budget))


def lib(session: Session, *, check: bool = False) -> int:
    """Write the library, or say what differs from its sources."""
    from d2lbook.library import code_faults, extract, library_faults

    book = session.book()
    if check:
        return report((*book.faults, *extract.check_library(book)))
    if not has_all_code(book):  # nothing is written, so nothing is said of what is missing
        return report((*book.faults, *library_faults(book), *code_faults(book)))
    try:
        written = extract.write_library(book)
    except BookError as error:
        return report((*book.faults, *error.faults))
    for path in written:
        print(path.relative_to(book.config.root))
    return report(book.faults)


def html(session: Session, *, draft: bool = False) -> int:
    """Build the site; a claim that fails is an error, in a ``draft`` a warning."""
    return int(bool(_site(session, draft=draft)))


def _site(session: Session, *, draft: bool = False, editions: Collection[str] = ()) -> tuple[Fault, ...]:
    """Build the site, say what came of it, and return the errors."""
    from d2lbook import site

    book = session.book(builds=True)
    result = site.build(book, book.config.output_dir / "html", editions=editions)
    faults = (*book.faults, *result.faults, *(tolerated(result.claims) if draft else result.claims))
    report(faults)
    print(f"{result.pages} pages in {result.seconds:.1f} s: {book.config.output_dir / 'html' / 'index.html'}")
    if result.told:
        print(result.told)
    if draft and result.claims:
        print(f"a draft: {len(result.claims)} claims do not hold, and without --draft this fails")
    return errors_only(faults)


def serve(session: Session, *, port: int, evaluates: bool = False, tab: str | None = None) -> int:
    """Build the site, show it, rebuild and reload on save; ``evaluates``: changed sections are run first."""
    from d2lbook.site.serve import Reloader, open_port, run_changed, serve_forever

    door = open_port(port)  # before anything that takes long
    config = session.book().config

    def rebuild(changed: Collection[Path]) -> str:
        told = run_changed(config, changed, tab) if evaluates else ""
        try:
            faults = _site(session, editions=config.editions[:1] if changed else ())
        except BookError as error:
            faults = error.faults
            report(faults)
        import d2lbook.site.application  # noqa: F401  what the first edit needs is loaded before it comes

        return "\n".join(filter(None, (told, *map(str, errors_only(faults)))))

    watched = [
        config.root / "config.ini",
        config.source_dir,
        config.outputs_dir,
        config.root / "static",
        config.bibfile,
    ]
    if others := ", ".join(config.editions[1:]):
        print(f"while you write, {others} stays as it is: d2lbook html makes it anew", file=sys.stderr)
    serve_forever(Reloader(config.output_dir / "html", watched, rebuild, config.output_dir), door)
    return 0


def pack(session: Session, *, tab: str | None = None) -> int:
    """Write the zips of the reader's notebooks."""
    from d2lbook import notebooks

    book = session.readable(builds=True)
    result = notebooks.write_zips(book, _tabs(book, tab), book.config.output_dir / "zip")
    for path in result.files:
        print(f"{path.relative_to(book.config.root)}  {path.stat().st_size / 1024:.0f} KB")
    return told_of(book)


def pdf(session: Session, *, tab: str | None = None, edition: str = "", chapters: str = "") -> int:
    """Make the PDF of each backend; where TeX is missing, say what to install."""
    from d2lbook import pdf as paper
    from d2lbook.book.volumes import entries, short, volume_faults

    book = session.readable(builds=True)
    editions = _editions(book, edition)
    parts = [name for name in chapters.split(",") if name]
    known = {short(name) for name in entries(book)}
    if unknown := [name for name in parts if name not in known]:
        raise UsageError(f"unknown chapter {unknown[0]!r}; known: {', '.join(sorted(known))}")
    if wrong := tuple(volume_faults(book)):
        return report((*book.faults, *wrong))
    out = book.config.output_dir / "pdf"
    try:
        result = paper.build(book, _tabs(book, tab), out, editions=editions, chapters=parts)
    except paper.ProgramsMissing as error:
        print(f"d2lbook: {error}", file=sys.stderr)
        return 1
    for file in result.files:
        size = file.stat().st_size / 2**20
        print(f"{file.relative_to(book.config.root)}  {paper.page_count(file)} pages, {size:.1f} MiB")
    print(f"{len(result.files)} PDFs in {result.seconds:.1f} s")
    return told_of(book, result.faults)


def epub(session: Session, *, tab: str | None = None, edition: str = "") -> int:
    """Make the EPUB of each backend."""
    from d2lbook.epub import build

    book = session.readable(builds=True)
    result = build(book, _tabs(book, tab), book.config.output_dir / "epub", editions=_editions(book, edition))
    for file in result.files:
        print(f"{file.relative_to(book.config.root)}  {file.stat().st_size / 2**20:.1f} MiB")
    print(f"{len(result.files)} EPUBs in {result.seconds:.1f} s")
    return told_of(book, result.faults)


def _editions(book: Book, edition: str) -> tuple[str, ...]:
    chosen = book.config.editions if edition == "all" else (edition or book.config.lang,)
    if not set(chosen) <= set(book.config.editions):
        raise UsageError(f"unknown edition {edition!r}; known: {', '.join(book.config.editions)}, all")
    return tuple(chosen)


def env(session: Session, *, action: str, names: Sequence[str], device: EnvDevice) -> int:
    """Make environments, or compile their locks."""
    from d2lbook.book import config as settings
    from d2lbook.execute.environments import Environments

    book = settings.load(session.root, session.tolerant)
    known = Environments(book.root, {item.name: item.packages for item in (book.base, *book.backends)})
    if unknown := sorted(set(names) - set(known.names)):
        fix = "name packages in [backend-NAME] of config.ini, or write locks/NAME.in"
        raise UsageError(f"nothing says what {', '.join(unknown)} needs ({fix}); known: {', '.join(known.names)}")
    if not known.names:
        print("no backend names packages: notebooks run in the interpreter that d2lbook runs in")
    for name in names or known.names:
        if action == "newest":
            known.newest(name)
        else:
            (known.make if action == "make" else known.lock)(name, device)
    return 0


def release(session: Session, *, no_data: bool) -> int:
    """Gather a release."""
    from d2lbook import pdf as paper
    from d2lbook import release as releasing

    book = session.readable(builds=True)
    try:
        folder, faults = releasing.release(book, not no_data)
    except paper.ProgramsMissing as error:
        print(f"d2lbook: {error}", file=sys.stderr)
        return 1
    if folder:
        files = [path for path in folder.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 2**20
        print(f"{len(files)} files, {size:.0f} MiB: {folder.relative_to(book.config.root)}")
    return report(faults)


def colab(session: Session, *, tab: str | None = None) -> int:
    """Write the notebooks for Colab."""
    return _host(session, "colab", tab)


def sagemaker(session: Session, *, tab: str | None = None) -> int:
    """Write the notebooks for SageMaker."""
    return _host(session, "sagemaker", tab)


def _host(session: Session, name: str, tab: str | None) -> int:
    from d2lbook.notebooks import write_hosted

    book = session.readable(builds=True)
    host = next((host for host in book.config.hosts if host.name == name), None)
    if host is None:
        raise UsageError(f"[{name}] in config.ini names no github_repo")
    for folder in write_hosted(book, host, _tabs(book, tab), book.config.output_dir / name).files:
        print(f"{folder.relative_to(book.config.root)}  for {host.repository(folder.name)}")
    return told_of(book)


def _tabs(book: Book, tab: str | None) -> tuple[str, ...]:
    if tab in (None, "all"):
        return book.config.backend_names
    if tab not in book.config.backend_names:
        raise UsageError(f"unknown tab {tab!r}; known: {', '.join(book.config.backend_names)}, all")
    return (tab,)


def new(session: Session, *, section: str, title: str) -> int:
    """Write the skeleton of a section, and list it."""
    from d2lbook.book.skeleton import new_section

    book = session.book()
    for line in new_section(book, section, title):
        print(line)
    return 0


def init(session: Session, *, folder: Path, title: str, lang: str, tabs: str) -> int:
    """Write a new book into a folder, and say how to go on."""
    from d2lbook.book.beginning import new_book

    target = session.root / folder
    names = [name.strip().lower() for name in tabs.split(",") if name.strip()]
    for file in new_book(target, title, lang, names):
        print(f"wrote {file}")
    there = "" if target.resolve() == Path.cwd() else f"cd {shlex.quote(str(target))} && "
    print(f"now: {there}d2lbook env make && d2lbook eval && d2lbook serve")
    return 0


def heal(session: Session) -> int:
    """After a merge, take what the merged sources give of generated files, and say what is left to do."""
    from d2lbook.evidence import healing

    book = session.readable()
    told, faults = healing.heal(book)
    for line in told:
        print(line)
    return report((*book.faults, *faults))


def check(session: Session) -> int:
    """Check everything that needs no run."""
    from d2lbook.check import check_book
    from d2lbook.evidence import store
    from d2lbook.site.formulas import formula_faults

    book = session.book()
    sizes = store.stored_sizes(book)
    median = sizes[len(sizes) // 2] / 1024 if sizes else 0
    total = f"{sum(sizes) / 1024:.0f} KiB in all, the median {median:.0f} KiB"
    print(f"{len(book.sections)} documents, {len(sizes)} stored runs ({total})", flush=True)
    return report((*check_book(book), *formula_faults(book)))


def review(session: Session, *, sections: Sequence[str], running: bool) -> int:
    """Print what there is to look at in sections, and write it as a page."""
    from d2lbook.check import review as reviews
    from d2lbook.evidence import evaluation
    from d2lbook.files import write_whole

    book = session.readable(builds=True)
    names = dict.fromkeys(item.docname for item in evaluation.choose(book, sections))
    found = [reviews.review(book, book.section(name), running) for name in names]
    for item in found:
        print(reviews.as_text(item))
    page = write_whole(book.config.output_dir / "review.html", reviews.as_page(found))
    number = sum(len(item.findings) for item in found)
    print(f"{number} to look at in {len(found)} sections: {page.relative_to(book.config.root)}")
    return 0


def clean(session: Session) -> int:
    """Remove the output folder, which the engine has marked as its own, and the caches of the book."""
    from d2lbook.book import config

    book = config.load(session.root, session.tolerant)  # refuses a folder that is not the engine's
    if book.output_dir.is_symlink():
        raise UsageError(f"{book.output_dir} is a link; remove it by hand")
    for folder in (book.output_dir, book.cache_dir):
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def build(session: Session, runs: Runs, *, words: Sequence[str]) -> int:
    """Run the old tool's words, in the order given, until one fails."""
    tab = runs.tab
    known: dict[str, tuple[Callable[[], int], ...]] = {
        "eval": (lambda: evaluate(session, runs),),
        "lib": (lambda: lib(session),),
        "html": (lambda: html(session),),
        "pdf": (lambda: pdf(session, tab=tab),),
        "pkg": (lambda: pack(session, tab=tab),),
        "colab": (lambda: colab(session, tab=tab),),
        "sagemaker": (lambda: sagemaker(session, tab=tab),),
    }
    known["all"] = (*known["lib"], *known["eval"], *known["html"], *known["pkg"])
    for word in words:
        for run in known[word]:
            if code := run():
                return code
    return 0
