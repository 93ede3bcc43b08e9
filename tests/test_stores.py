"""Canonical outputs and runs on other devices are kept behind one interface."""

from __future__ import annotations

from dataclasses import replace

import pytest

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.evidence import devices
from d2lbook.evidence.stores import DeviceResults, Outputs, RunStore, store_for

from .conftest import MakeBook
from .library_books import load, section
from .test_store import result_of

FACTS = {"seconds": 1.23, "memory_mib": 100, "metrics": {"acc": 0.5}, "versions": {"numpy": "2.0"}}


@pytest.fixture
def small(make_book: MakeBook) -> Book:
    return load(make_book, {"a": ["x"]}, {"a/x": section("数", ("all", "x = 1\nprint(x)"))})


@pytest.fixture(params=["cpu", "NVIDIA H100"])
def kept(request: pytest.FixtureRequest, small: Book) -> tuple[Book, RunStore, str]:
    device: str = request.param
    return small, Outputs(small) if device == "cpu" else DeviceResults(small, device), device


def test_what_is_saved_is_loaded_with_what_was_measured(kept: tuple[Book, RunStore, str]) -> None:
    book, runs, device = kept
    (projection,) = book.projections()
    assert runs.load(projection) is None and runs.states([projection])[0].state == "missing"
    path = runs.save(replace(result_of(projection, metrics={"acc": 0.5}), device=device, device_mib=7.6))
    assert path == runs.path(projection) and path.is_file()
    found = runs.load(projection)
    assert found is not None and found.device == device and len(found.date) == 10
    assert {name: getattr(found.measured, name) for name in FACTS} == FACTS
    assert found.device_mib == (0 if device == "cpu" else 8)  # the canonical run has no device of its own
    assert runs.states([projection])[0].state == "fresh"


def test_a_run_of_other_sources_is_stale_and_not_adopted(kept: tuple[Book, RunStore, str]) -> None:
    book, runs, device = kept
    (projection,) = book.projections()
    text = runs.save(replace(result_of(projection), device=device)).read_text(encoding="utf-8")
    assert runs.adopt(projection, text).read_text(encoding="utf-8") == text
    source = book.config.source_dir / "a/x.md"
    source.write_text(source.read_text(encoding="utf-8").replace("x = 1", "x = 2"), encoding="utf-8")
    changed = books.load(book.config.root)
    later: RunStore = Outputs(changed) if device == "cpu" else DeviceResults(changed, device)
    (projection,) = changed.projections()
    assert later.states([projection])[0].state == "stale"
    with pytest.raises(ValueError, match="it was run from other sources"):
        later.adopt(projection, text)
    with pytest.raises(ValueError, match="it has not the form that it should have"):
        later.adopt(projection, "{}")


def test_a_run_belongs_where_it_was_asked_for(small: Book) -> None:
    (projection,) = small.projections()
    assert store_for(small, projection, devices.CPU, "cpu") == Outputs(small)
    assert store_for(small, projection, devices.GPU, "H100") == Outputs(small)  # it has no lock for GPUs
    lock = small.config.lock("base", "cuda")
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text("numpy==2.0\n", encoding="utf-8")
    assert store_for(small, projection, devices.GPU, "H100") == DeviceResults(small, "H100")
