"""The programs outside: rsvg-convert makes pictures, latexmk runs XeLaTeX, and its log is judged.

No parser of TeX logs on the package index is kept up (texoutparse's last release is of 2019); the few lines that
matter here have a fixed form once TeX doesn't break them. Imports ``errors``, ``lettering`` and ``packages``.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from d2lbook.errors import Fault
from d2lbook.files import write_changed, write_whole
from d2lbook.pdf.lettering import configuration_for
from d2lbook.pdf.packages import DEBIAN

PROGRAMS = ("xelatex", "latexmk", "makeindex", "rsvg-convert", "pdfinfo")
WIDEST = 10.0
"""Points by which a line may be too wide."""
PICTURES = b"2 "
"""Counts the changes of how pictures are made, so that older ones are not used."""
_OVERFULL = re.compile(r"^Overfull \\hbox \((\d+\.\d+)pt too wide\)(.*)$")
_LINE = re.compile(r"^l\.(\d+) (.*)$")
_MAKEINDEX = "$makeindex = 'makeindex -s python.ist %O -o %D %S'"
SECONDS = 1800
"""Wall and processor time that one paper may take; the whole book takes minutes."""
_CONFINED = {"openin_any": "p", "openout_any": "p", "shell_escape": "f", "TEXMFOUTPUT": ""}
"""Settings of TeX Live: no file outside the folder is read or written by its name, no other program is run."""
_GUARD = """ulimit -t "$1"; shift
exec 3<&0
(cat <&3 > /dev/null; kill -s KILL 0) &
"$@" < /dev/null 3<&-"""
"""Runs a program until it ends, or until the pipe that the engine holds is closed: then all of its group end."""
_LOUD = {"max_print_line": "10000", "error_line": "254", "half_error_line": "238"}


class ProgramsMissing(RuntimeError):
    """A program outside that a PDF needs is not installed; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A line of TeX's log that makes the PDF unfit."""

    message: str
    text: str
    line: int = 0
    """Line of the LaTeX file at which TeX stopped; 0 if it doesn't say."""


def require_programs() -> None:
    """Raise ProgramsMissing if a program is missing, with the line that installs them all."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    if missing:
        what = f"a PDF needs {', '.join(missing)}; on Debian: apt-get install --no-install-recommends {DEBIAN}"
        raise ProgramsMissing(what)


def convert_pictures(pairs: Iterable[tuple[Path, Path]], jobs: int, known: Path) -> list[Fault]:
    """Make PDFs of SVGs, each pair being source and target, kept in ``known`` by what SVGs hold; return the faults."""
    new: list[tuple[Path, Path, Path]] = []
    for source, target in pairs:
        kept = known / f"{hashlib.sha256(PICTURES + source.read_bytes()).hexdigest()[:32]}.pdf"
        if kept.is_file():
            write_changed(target, kept.read_bytes())
        else:
            new.append((source, target, kept))
    texts = [source.read_text(encoding="utf-8", errors="replace") for source, _, _ in new]
    fonts = configuration_for(texts, known.with_name("letters"))
    environment = os.environ | ({"FONTCONFIG_FILE": str(fonts)} if fonts else {})

    def convert(picture: tuple[Path, Path, Path]) -> Fault | None:
        source, target, kept = picture
        command = ["rsvg-convert", "--format=pdf", str(source)]
        done = subprocess.run(command, capture_output=True, check=False, env=environment)
        if done.returncode:
            told = done.stderr.decode(errors="replace").strip()
            return Fault(source.name, 0, "rsvg-convert could not read this picture", told, "mend it")
        write_whole(kept, done.stdout, durable=False)
        write_changed(target, done.stdout)
        return None

    with ThreadPoolExecutor(max(1, jobs)) as pool:
        return [fault for fault in pool.map(convert, new) if fault]


def run_latexmk(folder: Path, name: str) -> Sequence[Complaint]:
    """Make ``name.pdf`` of ``name.tex`` in ``folder``; return everything that its log has against it."""
    log = folder / f"{name}.log"
    log.unlink(missing_ok=True)
    options = ["-norc", "-g", "-xelatex", "-interaction=nonstopmode", "-halt-on-error", "-silent"]
    command = ["latexmk", *options, "-e", _MAKEINDEX, f"{name}.tex"]
    done = run_confined(command, folder)
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    complaints = list(judge(text))
    if done.returncode and not complaints:
        complaints.append(Complaint("latexmk failed", done.stdout.strip()[-400:]))
    return complaints


def run_confined(command: Sequence[str], folder: Path, seconds: int = SECONDS) -> subprocess.CompletedProcess[str]:
    """Run a program of TeX's in ``folder``; return its exit code, and all that it said as ``stdout``.

    It reads and writes nothing outside the folder but what is installed, starts no shell, and ends after ``seconds``,
    or when this process does, with all that it started.
    """
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        guarded = ["/bin/sh", "-c", _GUARD, "sh", str(seconds), *command]
        engine = subprocess.Popen(
            guarded, cwd=folder, env=os.environ | _LOUD | _CONFINED, stdin=subprocess.PIPE, stdout=said, stderr=said,
            start_new_session=True,
        )  # fmt: skip
        try:
            code = engine.wait(seconds)
        except subprocess.TimeoutExpired:
            said.write(f"\nit took more than {seconds} s, and was ended")
            code = 1
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(engine.pid, signal.SIGKILL)
            engine.wait()
        said.seek(0)
        return subprocess.CompletedProcess(command, code, said.read())


def judge(log: str) -> Iterator[Complaint]:
    """Yield what a log has against the PDF: errors, missing characters, undefined references, lines too wide."""
    lines = log.splitlines()
    for number, line in enumerate(lines):
        if line.startswith("! "):
            place = next((found for later in lines[number : number + 12] if (found := _LINE.match(later))), None)
            yield Complaint(f"TeX: {line[2:]}", place[2] if place else "", int(place[1]) if place else 0)
        elif line.startswith("Missing character:"):
            yield Complaint("a character that no font has", line.removeprefix("Missing character: "))
        elif "Warning: Reference `" in line or "Warning: Hyper reference `" in line:
            yield Complaint("an undefined reference", line.partition("Warning: ")[2])
        elif (found := _OVERFULL.match(line)) and float(found[1]) > WIDEST:
            yield Complaint(
                f"a line {found[1]} pt too wide", " ".join([found[2].strip(), *lines[number + 1 : number + 2]])
            )


def page_count(pdf: Path) -> int:
    """Return how many pages a PDF has."""
    told = subprocess.run(["pdfinfo", str(pdf)], capture_output=True, text=True, check=True).stdout
    return int(re.search(r"^Pages:\s+(\d+)", told, re.MULTILINE)[1])  # type: ignore[index]


PLACE = "%@ "
"""Begins a comment of the LaTeX file that says what of the book comes next: kind, document, line."""


def place_of(complaint: Complaint, tex: str) -> tuple[str, str, int]:
    """Return what of the book TeX complains about: kind (``text`` or ``output``), document and line.

    Empty if unknown.
    """
    lines = tex.split("\n")
    if not 0 < complaint.line <= len(lines):
        return "", "", 0
    for line in reversed(lines[: complaint.line]):
        if line.startswith(PLACE) and len(parts := line.removeprefix(PLACE).split(" ")) >= 3:
            return parts[0], " ".join(parts[1:-1]), int(parts[-1])
    return "", "", 0
