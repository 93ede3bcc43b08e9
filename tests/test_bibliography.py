"""The bibliography is remembered between commands, and never for other entries, another language or a damaged file."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from d2lbook.words import bibliography
from d2lbook.words.bibliography import Bibliography, Reference

BIB = r"""
@article{Goedel.1931,
  author = {G{\"o}del, Kurt}, title = {On {Undecidable} Propositions}, year = {1931}, journal = {Monatshefte},
  volume = {38}, pages = {173--198}
}
"""
GOEDEL = Reference(
    key="Goedel.1931", short="Gödel", people="Gödel K", year="1931", title="On Undecidable Propositions",
    address="", venue="Monatshefte", detail="38, 173–198",
)  # fmt: skip


@pytest.fixture
def bib(tmp_path: Path) -> Path:
    """Return a file of one entry."""
    file = tmp_path / "book.bib"
    file.write_text(BIB, encoding="utf-8")
    return file


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the texts that were really read, as they come."""
    texts: list[str] = []
    real = bibliography._read

    def noting(text: str, chinese: bool) -> Mapping[str, Reference]:
        texts.append(text)
        return real(text, chinese)

    monkeypatch.setattr(bibliography, "_read", noting)
    return texts


def references(bib: Path, lang: str = "zh_CN") -> Mapping[str, Reference]:
    """Return the entries as a new process finds them."""
    bibliography._known.cache_clear()
    return Bibliography(bib, lang, bib.with_name("memory.json")).references


def test_entries_are_read_once(bib: Path, reads: list[str]) -> None:
    assert references(bib) == {"Goedel.1931": GOEDEL}
    assert references(bib) == {"Goedel.1931": GOEDEL}
    assert len(reads) == 1


def test_a_changed_entry_is_read_again(bib: Path, reads: list[str]) -> None:
    references(bib)
    bib.write_text(BIB.replace("1931}, journal", "1932}, journal"), encoding="utf-8")
    assert references(bib)["Goedel.1931"].year == "1932"
    assert len(reads) == 2


def test_each_language_has_its_own_words(bib: Path) -> None:
    bib.write_text(BIB.replace("Kurt}", "Kurt and Other, Ann and Third, Bob}"), encoding="utf-8")
    assert references(bib)["Goedel.1931"].short == "Gödel等"
    assert references(bib, "en")["Goedel.1931"].short == "Gödel et al."


@pytest.mark.parametrize("damage", ["", "[]", '{"made_of": ', "{}"])
def test_a_damaged_memory_is_made_anew(bib: Path, reads: list[str], damage: str) -> None:
    references(bib)
    memory = bib.with_name("memory.json")
    good = memory.read_text(encoding="utf-8")
    memory.write_text(damage, encoding="utf-8")
    assert references(bib) == {"Goedel.1931": GOEDEL}
    assert len(reads) == 2
    assert memory.read_text(encoding="utf-8") == good


def test_entries_of_another_form_are_read_again(bib: Path, reads: list[str]) -> None:
    references(bib)
    memory = bib.with_name("memory.json")
    memory.write_text(memory.read_text(encoding="utf-8").replace('"venue"', '"place"'), encoding="utf-8")
    assert references(bib) == {"Goedel.1931": GOEDEL}
    assert len(reads) == 2


def test_a_broken_file_is_empty_and_well_again_when_mended(bib: Path) -> None:
    bib.write_text("@article{Goedel.1931,", encoding="utf-8")
    assert references(bib) == {}
    bib.write_text(BIB, encoding="utf-8")
    assert references(bib) == {"Goedel.1931": GOEDEL}


def test_what_is_remembered_needs_no_pybtex(bib: Path) -> None:
    references(bib)
    code = (
        "import sys; from pathlib import Path; from d2lbook.words.bibliography import Bibliography; "
        f"bib = Path({str(bib)!r}); found = Bibliography(bib, 'zh_CN', bib.with_name('memory.json')).references; "
        "print(found['Goedel.1931'].title, 'pybtex' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "On Undecidable Propositions False\n"
