"""One bad thing ends one thing: it is a fault with its place, and the rest goes on."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from d2lbook import site
from d2lbook.check.citations import citation_faults
from d2lbook.doctree.outputs import output_nodes, picture_size
from d2lbook.evidence import store as stored
from d2lbook.evidence.claims import ClaimError, format_value, holds
from d2lbook.markup.parse import parse
from d2lbook.site.serve import Reloader

from .conftest import ROOT, MakeBook
from .library_books import load, run, section
from .site_book import shown, store, text, write_book
from .test_site import reload
from .test_store import result_of


@pytest.mark.parametrize("metrics", [{"acc": "0.5"}, {"acc": None}, {"acc": [1]}, [1], "x"])
def test_a_stored_metric_that_is_no_number_makes_a_run_unreadable(make_book: MakeBook, metrics: object) -> None:
    book = load(make_book, {"a": ["one"]}, {"a/one": section("一", ("all", "print(1)"))})
    (projection,) = book.projections()
    path = stored.save(book, result_of(projection))
    found = json.loads(path.read_text(encoding="utf-8"))
    found["metadata"]["d2l"]["metrics"] = metrics
    path.write_text(json.dumps(found), encoding="utf-8")
    assert stored.load(book, projection) is None


def test_a_stored_run_that_cannot_be_read_is_told_and_the_other_pages_stand(tmp_path: Path) -> None:
    cell = "```{.python .input}\n#@tab all\n1\n```\n"
    book = write_book(
        tmp_path, {"index": "# 书\n\n```toc\na\nb\n```\n", "a": f"# 甲\n\n{cell}", "b": f"# 乙\n\n{cell}"}
    )
    store(book, "base", "a", [[text("好")]])
    store(book, "base", "b", [[text("坏")]]).write_text("{cut off", encoding="utf-8")
    (fault,) = site.build(reload(book), tmp_path / "_build/html", jobs=1).faults
    assert (fault.path, fault.message) == ("static/outputs/base/b.ipynb", "the stored run of base/b cannot be read")
    assert "好" in (tmp_path / "_build/html/a.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "box", ["0 0 a b", "0 0 10 0", "0 0 10", "", "0 0 1e400 1e400", "0 0 nan nan", "0 0 -5 5", "0,0,,"]
)
def test_a_drawing_with_an_impossible_box_has_no_size(box: str) -> None:
    assert picture_size(f'<svg viewBox="{box}"></svg>'.encode()) == (0, 0)
    assert picture_size(f'<svg width="1.2.3" height="9e9px" viewBox="{box}">'.encode()) == (0, 0)
    assert picture_size(b'<svg viewBox="0 0 30 20">') == (30, 20)
    assert picture_size(b'<svg width="60" viewBox="0 0 30 20">') == (60, 40)


def test_a_picture_that_cannot_be_read_is_named_in_its_place(tmp_path: Path) -> None:
    source = "# 书\n\n```{.python .input}\n#@tab all\nshow()\nprint(1)\n```\n"
    book = write_book(tmp_path, {"index": source})
    store(book, "base", "index", [[shown({"image/png": "!"}), text("还在")]])
    assert site.build(reload(book), tmp_path / "_build/html", jobs=1).faults == ()
    page = (tmp_path / "_build/html/index.html").read_text(encoding="utf-8")
    assert "[image/png]" in page and "还在" in page
    for content in ("\x00", "aGk=", "iVBORw0KGgo="):
        (cell,) = output_nodes([shown({"image/png": content})], tmp_path)
        assert cell.astext() == "[image/png]"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("timeout: -1", "timeout cannot be -1"),
        ("timeout: .inf", "timeout cannot be inf"),
        ("timeout: .nan", "timeout cannot be nan"),
        ("memory_gib: 0", "memory_gib cannot be 0"),
        ("gpus: 100000", "gpus cannot be 100000"),
        ("gpus: true", "gpus has the wrong type in the front matter"),
        ("data: [1]", "data has the wrong type in the front matter"),
        ("timeout: soon", "timeout has the wrong type in the front matter"),
    ],
)
def test_an_impossible_value_of_the_front_matter_is_told_and_left_out(line: str, message: str) -> None:
    found = parse(f"---\n{line}\n---\n# 题\n", "a", "a.md")
    assert [(fault.line, fault.message) for fault in found.faults] == [(1, message)]
    assert found.front == {} and found.title == "题"


@pytest.mark.parametrize(
    "claim", ["acc < 10 ** 400", "acc < 1e308 * 10 ** 300", "acc * 10 ** 999 > 1", "a < \0", "acc >"]
)
def test_a_claim_that_leads_to_no_number_cannot_be_judged(claim: str) -> None:
    with pytest.raises(ClaimError):
        holds(claim, {"acc": 0.5})
    with pytest.raises(ClaimError):
        holds("acc < " + "(" * 500 + "1" + ")" * 500, {"acc": 0.5})


@pytest.mark.parametrize("form", ["999999999f", ".999999999f", "{}", "99d"])
def test_a_format_that_fills_memory_is_none(form: str) -> None:
    with pytest.raises(ValueError):
        format_value(f"acc:{form}", {"acc": 0.5})
    assert format_value("acc:.1%", {"acc": 0.5}) == "50.0%"
    assert format_value("acc:,.0f", {"acc": 1234567.0}) == "1,234,567"


def test_a_folder_that_cannot_be_written_to_is_told_without_a_traceback(
    make_book: MakeBook, capsys: pytest.CaptureFixture[str]
) -> None:
    root = make_book({"index": "# 书\n\n正文。\n"})
    (root / "_build" / "html").mkdir(parents=True)
    (root / "_build" / "html" / "_static").write_text("a file where a folder must be")
    assert run(root, "html") == 1
    assert "_static: error: " in capsys.readouterr().err
    (root / "_build" / "html" / "_static").unlink()
    assert run(root, "html") == 0


@pytest.mark.parametrize("words", [("html",), ("zip",)])
def test_a_disk_that_takes_no_more_is_told_without_a_traceback(make_book: MakeBook, words: tuple[str, ...]) -> None:
    """The limit makes the system refuse what is written, as a full disk does."""
    root = make_book({"index": "# 书\n\n正文。\n"})

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20, resource.RLIM_INFINITY))

    command = [sys.executable, "-m", "d2lbook", "--root", str(root), *words]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, preexec_fn=small)
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    assert "error: File too large" in ended.stderr and str(root) in ended.stderr
    assert run(root, *words) == 0


def test_serving_ends_at_once_with_pages_open(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("<body></body>")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    code = (
        f"from pathlib import Path; from d2lbook.site.serve import Reloader, open_port, serve_forever; "
        f"here = Path({str(tmp_path)!r}); "
        f"serve_forever(Reloader(here, [here], lambda changed: ''), open_port({port}))"
    )
    server = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                page = urllib.request.urlopen(f"http://127.0.0.1:{port}/_events", timeout=30)
                break
            except OSError:
                time.sleep(0.1)
        with page:
            begun = time.monotonic()
            server.send_signal(2)
            server.wait(30)
            assert time.monotonic() - begun < 5
    finally:
        server.kill()


def test_open_pages_are_let_go(tmp_path: Path) -> None:
    reloader = Reloader(tmp_path, [], lambda changed: "")
    queue: asyncio.Queue[str] = asyncio.Queue()
    reloader.listeners.add(queue)
    reloader.release()
    assert queue.get_nowait() == ""


def test_deep_lists_and_quotes_are_shown_and_what_lies_too_deep_is_told(tmp_path: Path) -> None:
    deep = "".join("  " * level + f"- 第{level}层\n" for level in range(30)) + "\n" + "> " * 30 + "引到最里\n"
    book = write_book(tmp_path, {"index": f"# 书\n\n{deep}"})
    assert book.faults == () and site.build(book, tmp_path / "_build/html", jobs=1).faults == ()
    page = (tmp_path / "_build/html/index.html").read_text(encoding="utf-8")
    assert "第29层" in page and "引到最里" in page
    for much in ("> " * 200 + "丢\n", "".join("  " * level + f"- 第{level}层\n" for level in range(80))):
        faults = parse(f"# 书\n\n{much}", "a", "a.md").faults
        assert [fault.message for fault in faults] == ["nested too deep"]


def test_a_bibliography_that_cannot_be_read_is_one_fault_with_its_line_and_no_citation_is_unknown(
    tmp_path: Path,
) -> None:
    cited = "# 书\n\n见:cite:`One`和:cite:`Two.2`。\n"
    book = write_book(tmp_path, {"index": cited})
    (tmp_path / "static/d2l.bib").write_text(
        "@misc{One,\n  title = {一},\n\n@misc{Two.2,\n  title = {二}\n}\n", encoding="utf-8"
    )
    (fault,) = site.build(reload(book), tmp_path / "_build/html", jobs=1).faults
    assert (fault.path, fault.line, fault.message) == ("static/d2l.bib", 4, "the bibliography cannot be read")
    told = list(citation_faults(reload(book)))
    assert [(item.path, item.line, item.message) for item in told] == [(fault.path, fault.line, fault.message)]
