"""A reader's notebook in JupyterLab: preparation and answers start hidden, nothing else does, and all of it runs."""

from __future__ import annotations

import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from d2lbook.notebooks.reader import reader_notebook
from d2lbook.notebooks.zips import ZipLayout, members

from ..blocks_book import write_blocks
from ..conftest import ROOT, need_program
from ..site_book import write_sample

LAB = ROOT / ".lab/bin/jupyter-lab"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the notebook of all blocks in a JupyterLab of its own."""
    need_program(LAB, "make .lab/stamp")
    root = tmp_path_factory.mktemp("lab")
    book = write_blocks(root / "book")
    projection = book.by_key["pytorch/one/blocks"]
    (root / "home").mkdir()
    nbformat.write(
        reader_notebook(book, projection, ZipLayout(book, members(book, "pytorch"))), root / "home/blocks.ipynb"
    )
    sample = write_sample(root / "sample")
    plots = reader_notebook(sample, sample.by_key["jax/two/softmax"], ZipLayout(sample, members(sample, "jax")))
    nbformat.write(plots, root / "home/plots.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {name: str(root / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")}
    words = ["--no-browser", "--allow-root", f"--port={port}", f"--notebook-dir={root / 'home'}"]
    words += [
        "--IdentityProvider.token=",
        "--LabApp.news_url=",
        "--LabApp.check_for_updates_class=",
        "--log-level=ERROR",
    ]
    server = subprocess.Popen([LAB, *words], env={**os.environ, **folders}, stdout=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}/lab/tree/blocks.ipynb"
    try:
        _wait_for(address, server)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(30)
        except subprocess.TimeoutExpired:  # it asks its kernels to end first, which a busy machine is slow to do
            server.kill()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert server.poll() is None, "JupyterLab has ended"
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(address)


@pytest.fixture
def page(browser: Browser, lab: str) -> Iterator[Page]:
    """Return the notebook as a reader opens it, in a window that shows all of it."""
    context = browser.new_context(viewport={"width": 1280, "height": 3000})
    opened = context.new_page()
    opened.goto(lab)
    expect(opened.locator(".jp-Notebook .jp-Cell").last).to_contain_text("逐个相加", timeout=120_000)
    yield opened
    context.close()


def cell(page: Page, words: str) -> Locator:
    """Return the cell that holds these words, seen or not."""
    return page.locator(".jp-Notebook .jp-Cell", has_text=words)


def outputs(page: Page) -> list[str]:
    """Return the outputs that are seen."""
    seen = page.locator(".jp-Notebook .jp-OutputArea-output:visible")
    return [text.strip() for text in seen.all_inner_texts()]


def test_preparation_and_answers_start_hidden_and_nothing_else(page: Page) -> None:
    folded = page.locator(".jp-Notebook .jp-InputPlaceholder")
    expect(folded).to_have_count(2)
    assert [text.strip() for text in folded.all_inner_texts()] == ["#@title 准备：读取数据", "#@title 答案：代码"]
    assert outputs(page) == ["3", "火炬 6", "错的"], "of the answer none"
    for words in ("先猜一猜", "常见故障", "今天怎么用", "推导·★。", "火炬 6", "错的"):
        expect(cell(page, words).first).to_be_visible()
    answer = page.locator(".jp-Notebook details", has_text="得六。")
    assert answer.locator("p").is_hidden()
    answer.locator("summary").click()
    expect(answer.locator("p")).to_be_visible()
    folded.first.click()
    expect(cell(page, "data = [1, 2, 3]")).to_be_visible()
    assert "record" not in page.locator(".jp-Notebook").inner_text()


def test_it_runs_from_top_to_bottom(page: Page) -> None:
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel and Run All Cells…").click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    prompts = page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt")
    expect(prompts.nth(2)).to_have_text("[3]:", timeout=120_000)
    assert prompts.nth(1).inner_text() == "[2]:" and outputs(page) == ["3", "火炬 6", "错的"]
    page.locator(".jp-Notebook .jp-InputPlaceholder").last.click()
    expect(prompts.last).to_have_text("[4]:", timeout=60_000)


def test_plots_are_seen_before_anything_was_run(browser: Browser, lab: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 2000})
    page = context.new_page()
    page.goto(lab.replace("blocks.ipynb", "plots.ipynb"))
    plot = page.locator('.jp-Notebook .jp-OutputArea-output img[src^="data:image/svg+xml"]')
    expect(plot).to_be_visible(timeout=120_000)
    assert plot.evaluate("image => image.naturalWidth") == 336  # 252 points
    assert plot.bounding_box()["height"] > 200  # type: ignore[index]
    context.close()
