"""The book's settings: ``config.ini`` read once into frozen records, every fault of it in one go.

The keys of d2lbook 1.0.3 keep their meaning; a key that nobody knows is a fault, or a warning where the book asks for
tolerance.
"""

from __future__ import annotations

import configparser
import functools
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from string import Formatter
from typing import TYPE_CHECKING, Any, Literal

from d2lbook.book.containment import name_wrongs, output_wrongs, path_wrongs, python_wrongs
from d2lbook.book.hosts import NotebookHost, read_host
from d2lbook.book.keys import idle_keys, key_faults
from d2lbook.book.places import cache_of
from d2lbook.code.aliases import Aliases, read_aliases
from d2lbook.errors import BookError, Fault, tolerated
from d2lbook.words.traditional import SIMPLIFIED, TRADITIONAL

if TYPE_CHECKING:
    from pathspec import PathSpec

FILE = "config.ini"
SAVE_MARK = "@save"
_Get = Callable[..., str]
_TRUE = frozenset({"1", "yes", "true", "on"})


@dataclass(frozen=True, slots=True)
class OneFile:
    """A library that is one file, as the old tool writes it: ``[library-TAB]`` with ``lib_file``."""

    path: str
    """Below the book's root, such as ``d2l/torch.py``."""
    settings: Mapping[str, str]
    """The section as written; a key without a value counts too."""


BASE = "base"
"""Name of the projection, the package and the environment of code without any backend's."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One tab of the book, or the framework-free ``base``."""

    name: str
    title: str
    """What readers see, such as ``PyTorch``."""
    module: str
    """The package below ``d2l/``, such as ``torch``."""
    packages: tuple[str, ...]
    """Distributions whose versions the outputs depend on."""
    imports: str = ""
    """Import lines at the head of generated modules."""
    aliases: Aliases | None = None
    """Names of the library that are rewritten in cells; None without a ``[library-NAME]`` section."""
    one_file: OneFile | None = None
    """Its library, if that is one file and no package."""
    newest_python: str = ""
    """The newest Python for which its packages are built, such as ``3.11``; empty: any."""
    notes: tuple[str, ...] = ()
    """What the README of its zip says of systems and GPUs, a line each."""
    partial: bool = False
    """It is there in a part of the book: what it lacks of the library needs no reason."""

    @property
    def env(self) -> str:
        """Name of its environment and lock."""
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class Config:
    """A book's settings, paths made absolute; equal to itself alone, so that caches may be kept for one reading."""

    root: Path
    title: str
    author: str
    copyright: str
    release: str
    lang: str
    source_dir: Path
    output_dir: Path
    outputs_dir: Path
    bibfile: Path
    index: str
    backends: tuple[Backend, ...]
    """Backends in configured order, the default first."""
    base: Backend
    name: str = ""
    """The project's name, of which packages' names are made."""
    repository_url: str = ""
    notebooks_branch: str = "notebooks"
    site_url: str = ""
    share_picture: str = ""
    """Picture, below the root, that other sites show beside a link to a page."""
    front_curves: str = ""
    """Docname of the section whose loss, in every backend, the front page shows."""
    report: str = ""
    """Address where a reader reports a fault of a page, with ``{title}``, ``{page}``, ``{source}``, ``{versions}``."""
    open_in: tuple[tuple[str, str], ...] = ()
    """Places that open a notebook, besides Colab: names and addresses with ``{branch}``, ``{path}``, ``{notebook}``."""
    timeout: float = 120.0
    """Seconds that a section's run may take, unless its front matter says otherwise."""
    memory_gib: float = 8.0
    min_pages: float = 0.0
    """A PDF with fewer pages, of all its volumes, has lost something."""
    volumes: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Titles and chapters of the volumes in which the book is printed; none: in one."""
    tolerant: bool = False
    """Faults of the sources are warnings: for books of the old tool, which dropped in silence what it didn't know."""
    warnings: tuple[Fault, ...] = ()
    """What is wrong with the settings and was tolerated."""
    notebooks: tuple[str, ...] = ("**/*.md",)
    """Patterns, below the source folder, of the files whose code is saved to a library of one file."""
    exclusions: tuple[str, ...] = ()
    """Patterns of files that are no part of that."""
    resources: tuple[str, ...] = ()
    """Files, folders and patterns, from the source folder, of what notebooks read while they run."""
    rsts: tuple[str, ...] = ()
    """Patterns of the pages in reStructuredText, which nothing reads."""
    save_mark: str = SAVE_MARK
    """The comment, without its ``#``, that saves code to the library."""
    version_file: str = ""
    """A file, below the root, whose ``__version__`` line follows the release."""
    hosts: tuple[NotebookHost, ...] = ()
    """Colab and SageMaker, if the book is to be opened there."""
    editions: tuple[str, ...] = ()
    """The languages that the book appears in, its own first; the others are converted from it."""

    @property
    def backend_names(self) -> tuple[str, ...]:
        """The configured backends' names, the default first."""
        return tuple(backend.name for backend in self.backends)

    @property
    def packaged(self) -> tuple[Backend, ...]:
        """The backends whose library is a package with a module per chapter."""
        return tuple(backend for backend in self.backends if backend.one_file is None)

    @property
    def cache_dir(self) -> Path:
        """Folder of the caches that can run code when they are read: the user's, outside the book."""
        return cache_of(self.root, self.output_dir)

    @property
    def bibliography_cache(self) -> Path:
        """File that remembers what the bibliography's entries were read as."""
        return self.cache_dir / "bibliography.json"

    @property
    def results_dir(self) -> Path:
        """Folder, beside the stored outputs, of what runs on other devices measured."""
        return self.outputs_dir.with_name("results")

    def is_notebook(self, docname: str) -> bool:
        """Tell whether the settings count a document among the notebooks, whose code is saved."""
        path = f"{docname}.md"
        return _files(self.notebooks).match_file(path) and not _files(self.exclusions).match_file(path)

    def backend(self, name: str) -> Backend:
        """Return the backend called ``name``, ``base`` included; KeyError if there is none."""
        return {backend.name: backend for backend in (*self.backends, self.base)}[name]

    def told(self, faults: Iterable[Fault]) -> tuple[Fault, ...]:
        """Return faults of the book's text as they are to be told: warnings where the book is to be tolerated.

        Asked once for each fault, where those of a kind are gathered: when the book is loaded, while Sphinx reads it,
        by ``check``. Faults of runs and of what is generated are never tolerated.
        """
        return tolerated(faults) if self.tolerant else tuple(faults)

    def python(self, name: str) -> Path:
        """Return the interpreter of the environment in which ``name``'s notebooks run.

        That is d2lbook's own where neither the settings nor ``locks/`` say what the environment holds.
        """
        backend = self.backend(name)
        own = self.root / ".envs" / backend.env / "bin" / "python"
        says = backend.packages or own.exists() or self.wishes(name).is_file() or self.lock(name).is_file()
        return own if says else Path(sys.executable)

    def lock(self, name: str, device: Literal["cpu", "cuda"] = "cpu") -> Path:
        """Return the lock file of ``name``'s environment on ``device``."""
        return self.root / "locks" / f"{self.backend(name).env}-{device}.txt"

    def wishes(self, name: str, device: Literal["cpu", "cuda"] = "cpu") -> Path:
        """Return the file of which the lock of ``name``'s environment on ``device`` is compiled."""
        return self.root / "locks" / f"{self.backend(name).env}{'' if device == 'cpu' else '-cuda'}.in"


@functools.cache
def _files(patterns: tuple[str, ...]) -> PathSpec[Any]:
    """Return what tells files by patterns from the book's root: ``*`` within a folder, ``**/`` over any number."""
    from pathspec import PathSpec  # only old books ask

    return PathSpec.from_lines("gitignore", [f"/{pattern.removeprefix('./')}" for pattern in patterns])


def load(root: Path, tolerant: bool = False) -> Config:
    """Read ``config.ini`` in ``root``; raise BookError with every fault found.

    ``tolerant``, or ``[build] tolerant``: what is wrong stands in the result as warnings.
    """
    root = root.resolve()
    path = root / "config.ini"
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        fix = "run d2lbook in the folder that holds config.ini, or name it with --root"
        raise BookError([Fault("config.ini", 0, "no such file", str(root), fix)]) from None
    except (OSError, ValueError) as error:
        raise BookError([Fault("config.ini", 0, "it cannot be read", str(error), "save it as UTF-8")]) from None
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
    except configparser.Error as error:
        line = int(getattr(error, "lineno", 0) or 0)
        raise BookError([Fault("config.ini", line, error.message.splitlines()[0])]) from None
    where = functools.partial(_line, text)
    faults = list(key_faults(parser, where))
    tolerant = tolerant or parser.get("build", "tolerant", fallback="").strip().lower() in _TRUE
    config = _config(root, parser, text, faults, tolerant)
    config = replace(config, warnings=(*config.warnings, *idle_keys(parser, where)))
    strange = _strange(config, parser, text)
    if strange or (faults and not tolerant):
        raise BookError((*faults, *strange))
    return config


def _strange(config: Config, parser: configparser.ConfigParser, text: str) -> list[Fault]:
    """Return what the settings name outside the book, or would have the engine overwrite; tolerated in no book."""
    keys = [("build", "source_dir"), ("build", "output_dir"), ("build", "outputs_dir"), ("build", "bibfile")]
    keys += [("pdf", "bibfile"), ("build", "index")]
    written = [("library", "version_file"), *((f"library-{backend.name}", "lib_file") for backend in config.backends)]
    modules = {backend.name: backend.module for backend in (*config.backends, config.base)}

    def named(pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        return {pair: parser.get(*pair, fallback="").strip() for pair in pairs}

    wrongs = [
        *path_wrongs(config.root, named((*keys, *written))),
        *python_wrongs(named(written)),
        *name_wrongs(modules, config.notebooks_branch),
    ]
    if not wrongs:
        wrongs.extend(output_wrongs(config.root, config.source_dir, config.outputs_dir, config.output_dir))
    return [
        Fault(FILE, _line(text, section, key) if key else 0, message, shown, fix)
        for section, key, message, shown, fix in wrongs
    ]


def _line(text: str, section: str, key: str = "") -> int:
    """Return the line of a section's head or of a key in it, or 0."""
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("["):
            inside = line.strip() == f"[{section}]"
            if inside and not key:
                return number
        elif inside and key and re.match(rf"{re.escape(key)}\s*[=:]", line, re.I):
            return number
    return 0


def _config(root: Path, parser: configparser.ConfigParser, text: str, faults: list[Fault], tolerant: bool) -> Config:
    def get(section: str, key: str, default: str = "") -> str:
        return parser.get(section, key, fallback=default).strip() or default

    lang = _language(get)
    names = [name.strip().lower() for name in get("build", "tabs").split(",") if name.strip()]
    faults.extend(_tab_faults(names, parser, text))
    numbers = dict(_numbers(get, text, faults))
    backends = tuple(_backend(name, parser, get, text, faults) for name in dict.fromkeys(names))
    hosts = tuple(_hosts(parser, get, text, faults))
    return Config(
        root=root,
        name=get("project", "name", root.name),
        title=get("project", "title", get("project", "name", root.name)),
        author=get("project", "author"),
        copyright=get("project", "copyright"),
        release=get("project", "release", "0.0.1"),
        lang=lang,
        source_dir=root / get("build", "source_dir", "."),
        output_dir=root / get("build", "output_dir", "_build"),
        outputs_dir=root / get("build", "outputs_dir", "static/outputs"),
        bibfile=root / (get("build", "bibfile") or get("pdf", "bibfile", "static/d2l.bib")),
        index=get("build", "index", "index").removesuffix(".md"),
        front_curves=get("build", "front_curves").removesuffix(".md"),
        backends=backends,
        base=_backend(BASE, parser, get, text, faults),
        repository_url=get("repository", "url").rstrip("/"),
        notebooks_branch=get("repository", "notebooks_branch", "notebooks"),
        site_url=get("repository", "site_url").rstrip("/"),
        share_picture=get("repository", "share_picture"),
        report=_template(get, "report", get("repository", "report"), text, faults),
        open_in=tuple(_places(get, text, faults)),
        tolerant=tolerant,
        warnings=tolerated(faults),
        notebooks=tuple(get("build", "notebooks", "**/*.md").split()),
        exclusions=tuple(f"{get('build', 'exclusions')} {get('build', 'non-notebooks')}".split()),
        version_file=get("library", "version_file"),
        resources=tuple(get("build", "resources").split()),
        rsts=tuple(get("build", "rsts").split()),
        save_mark=get("library", "save_mark", SAVE_MARK).lstrip("# "),
        hosts=hosts,
        editions=_editions(get, text, faults),
        volumes=tuple(_volumes(get, text, faults)),
        **numbers,
    )


def _language(get: _Get) -> str:
    """Return the book's language; ``zh`` alone is Simplified Chinese."""
    lang = get("project", "lang", "en")
    return SIMPLIFIED if lang.lower() in ("zh", "zh-cn", "zh-hans", "zh_hans") else lang


def _tab_faults(names: Sequence[str], parser: configparser.ConfigParser, text: str) -> Iterator[Fault]:
    """Yield what is wrong with the names of tabs, and sections of backends that are no tab."""
    for name in {name for name in names if names.count(name) > 1}:
        yield Fault("config.ini", _line(text, "build", "tabs"), f"tab {name} is listed twice")
    for name in {BASE, "all"}.intersection(names):
        message = "a backend cannot be called so: it names what is of no backend"
        yield Fault("config.ini", _line(text, "build", "tabs"), message, name, "give it another name")
    for section in parser.sections():
        name = section.partition("-")[2]
        if section.startswith("backend-") and name not in (*names, BASE):
            fix = "add it to tabs in [build], or take the section out"
            yield Fault("config.ini", _line(text, section), "a backend that is no tab", f"[{section}]", fix)


def _editions(get: _Get, text: str, faults: list[Fault]) -> tuple[str, ...]:
    own = _language(get)
    names = dict.fromkeys(name.strip() for name in get("build", "editions", own).split(",") if name.strip())
    known = (own, TRADITIONAL) if own == SIMPLIFIED else (own,)
    for name in names:
        if name not in known:
            fix = f"of a book in {own} there can be: {', '.join(known)}"
            faults.append(Fault("config.ini", _line(text, "build", "editions"), "an unknown edition", name, fix))
    if own not in names:
        line, fix = _line(text, "build", "editions"), f"list {own}, the book's own language, too"
        faults.append(Fault("config.ini", line, "the book's own edition is missing", "", fix))
    return (own, *(name for name in names if name in known and name != own))


def _volumes(get: _Get, text: str, faults: list[Fault]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for line in get("pdf", "volumes").splitlines():
        title, _, chapters = line.partition(":")
        names = tuple(name.strip() for name in chapters.split(",") if name.strip())
        if title.strip() and names:
            yield title.strip(), names
        elif line.strip():
            fix = "a line each, title: chapter, chapter"
            faults.append(Fault("config.ini", _line(text, "pdf", "volumes"), "a volume without chapters", line, fix))


FIELDS = {"report": "title page source versions", "open_in": "branch path notebook"}
"""What the addresses of ``[repository]`` may leave open."""


def _places(get: _Get, text: str, faults: list[Fault]) -> Iterator[tuple[str, str]]:
    for line in filter(None, map(str.strip, get("repository", "open_in").splitlines())):
        name, _, address = line.partition(" ")
        if address := _template(get, "open_in", address.strip(), text, faults):
            yield name, address


def _template(get: _Get, key: str, address: str, text: str, faults: list[Fault]) -> str:
    """Return an address of ``[repository]``; empty if nobody can follow it, which is a fault."""
    try:
        unknown = {name for _, name, *_ in Formatter().parse(address) if name is not None} - set(FIELDS[key].split())
    except ValueError:
        unknown = {"{"}
    wrong = address and (unknown or not address.startswith(("https://", "http://")))
    if wrong or (key == "open_in" and not address):
        fields = ", ".join(f"{{{name}}}" for name in FIELDS[key].split())
        fix = f"{'a name and ' if key == 'open_in' else ''}an address that begins with https:// and may hold {fields}"
        faults.append(Fault("config.ini", _line(text, "repository", key), f"{key} leads nowhere", address, fix))
        return ""
    return address


def _numbers(get: _Get, text: str, faults: list[Fault]) -> Iterator[tuple[str, float]]:
    for group, key, default in (("build", "timeout", 120.0), ("build", "memory_gib", 8.0), ("pdf", "min_pages", 0.0)):
        try:
            number = float(get(group, key, str(default)))
            if not 0 <= number < float("inf"):
                raise ValueError(number)
            yield key, number
        except ValueError:
            faults.append(Fault("config.ini", _line(text, group, key), f"{key} is no number", get(group, key)))
            yield key, default


def _hosts(parser: configparser.ConfigParser, get: _Get, text: str, faults: list[Fault]) -> Iterator[NotebookHost]:
    for name in ("colab", "sagemaker"):
        if get(name, "github_repo"):
            host, wrong = read_host(name, dict(parser[name]), get("project", "release", "0.0.1"))
            for key, line in wrong:
                fix = (
                    "one line each: tab, import name, what pip installs"
                    if key == "libs"
                    else "one line each: tab, value"
                )
                faults.append(
                    Fault(
                        "config.ini",
                        _line(text, name, key),
                        f"a line of {key} in [{name}] that cannot be read",
                        line,
                        fix,
                    )
                )
            yield host


def _backend(name: str, parser: configparser.ConfigParser, get: _Get, text: str, faults: list[Fault]) -> Backend:
    section = f"backend-{name}"
    library = f"library-{name}"
    one_file = get(library, "lib_file")
    stem = PurePosixPath(one_file).stem or name
    module = get(section, "module") or stem
    packages = tuple(part.strip() for part in get(section, "packages").split(",") if part.strip())
    imports = "\n".join(line.strip() for line in get(section, "imports").splitlines())
    return Backend(
        name,
        get(section, "title", name),
        module,
        packages,
        imports,
        _aliases(library, module, get, text, faults),
        OneFile(one_file, dict(parser[library])) if one_file else None,
        get(section, "newest_python"),
        tuple(line.strip() for line in get(section, "notes").splitlines() if line.strip()),
        get(section, "partial").lower() in _TRUE,
    )


def _aliases(library: str, module: str, get: _Get, text: str, faults: list[Fault]) -> Aliases | None:
    texts = {kind: get(library, f"{kind}_alias") for kind in ("simple", "fluent", "reverse", "args")}
    if not any(texts.values()):
        return None
    try:
        return read_aliases(get(library, "lib_name", module), **texts)
    except ValueError as error:
        message, _, line = str(error).partition(": ")
        faults.append(Fault("config.ini", _line(text, library), f"an alias that cannot be read: {message}", line))
        return None
