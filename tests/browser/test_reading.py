"""What a reader does on a page: tabs, keyboard, copying, folds, theme, paper, a phone, no script."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.tools.barriers import shifts

from ..site_book import FILES
from .conftest import Reader

PAGES = [f"{name}.html" for name in FILES]


def chosen(page: Page) -> list[str]:
    """Return the names of the tabs that are marked as chosen."""
    return sorted(set(page.locator('[role="tab"][aria-selected="true"]').all_inner_texts()))


def shown(page: Page) -> list[str]:
    """Return the backends whose panels can be seen, once the text shows."""
    expect(page.locator("article")).to_be_visible()
    return sorted(set(page.locator(".panel:visible").evaluate_all("panels => panels.map(p => p.dataset.tab)")))


# ---- tabs ----


def test_a_choice_holds_for_the_page_the_next_page_and_the_next_visit(reader: Reader) -> None:
    page = reader.open("one/ndarray.html")
    assert shown(page) == ["mxnet"]
    page.get_by_role("tab", name="JAX").first.click()
    assert shown(page) == ["jax"] and chosen(page) == ["JAX"]
    page.get_by_role("link", name="下一节").click()
    page.get_by_role("navigation", name="全书目录").get_by_role("link", name="线性分类").click()
    page.locator(".contents").get_by_role("link", name="softmax回归").click()
    assert shown(page) == ["jax"] and chosen(page) == ["JAX"]
    page.close()
    again = reader.context.new_page()
    again.goto(f"{reader.base}one/ndarray.html")
    assert shown(again) == ["jax"]
    assert reader.problems == []


def test_the_address_wins_and_is_remembered(reader: Reader) -> None:
    page = reader.open("one/ndarray.html")
    page.get_by_role("tab", name="JAX").first.click()
    reader.open("one/ndarray.html", "?tab=pytorch")
    assert shown(page) == ["pytorch"]
    reader.open("two/softmax.html")
    assert shown(page) == ["pytorch"]
    reader.open("one/ndarray.html", "?tab=nonsense")
    assert shown(page) == ["pytorch"]


def test_arrow_keys_move_through_the_tabs(reader: Reader) -> None:
    page = reader.open("one/ndarray.html")
    page.locator("#g1-mxnet").focus()
    for key, name in (
        ("ArrowRight", "pytorch"),
        ("ArrowLeft", "mxnet"),
        ("ArrowLeft", "jax"),
        ("Home", "mxnet"),
        ("End", "jax"),
    ):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.id") == f"g1-{name}"
        assert shown(page) == [name]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('role')") != "tab"


def test_every_tab_names_its_panel_and_every_panel_its_tab(visitor: Reader) -> None:
    page = visitor.open("one/ndarray.html")
    for tab in page.get_by_role("tab").all():
        panel = page.locator(f"#{tab.get_attribute('aria-controls')}")
        assert panel.get_attribute("role") == "tabpanel"
        assert panel.get_attribute("aria-labelledby") == tab.get_attribute("id")
    for tabs in page.get_by_role("tablist").all():
        assert tabs.locator('[tabindex="0"]').count() == 1


def test_a_page_that_lacks_the_chosen_backend_says_so(reader: Reader) -> None:
    page = reader.open("two/softmax.html", "?tab=tensorflow")
    assert page.locator("#g0-tensorflow-panel").inner_text() == "本节没有TensorFlow版本。"
    expect(page.get_by_text("TensorFlow没有这个运算。")).to_be_visible()
    assert "约为83.1%～83.9%。" in page.locator("article").inner_text()
    page.get_by_role("tab", name="PyTorch").first.click()
    assert "约为83.5%。" in page.locator("article").inner_text()


def test_prose_for_one_backend_hides_from_the_others(reader: Reader) -> None:
    page = reader.open("one/ndarray.html", "?tab=jax")
    expect(page.get_by_text("第一次运行要编译。")).to_be_visible()
    page.get_by_role("tab", name="MXNet").first.click()
    expect(page.get_by_text("第一次运行要编译。")).to_be_hidden()


def test_choosing_a_tab_moves_nothing_under_the_pointer(reader: Reader) -> None:
    page = reader.open("one/ndarray.html", "?tab=tensorflow")
    tab = page.locator("#g3-pytorch")
    tab.scroll_into_view_if_needed()
    before = tab.bounding_box()
    tab.click()
    after = tab.bounding_box()
    assert before and after and abs(before["y"] - after["y"]) < 1


@pytest.mark.parametrize("name", PAGES)
def test_nothing_moves_while_a_page_loads_and_when_a_tab_is_chosen(reader: Reader, name: str) -> None:
    reader.open("index.html", "?tab=jax")
    page = reader.open(name)
    page.wait_for_load_state("networkidle")
    assert shifts(page, 400)[0] == 0
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    page.wait_for_timeout(100)
    opened = shifts(page, 400, unasked=True)
    for tab in page.get_by_role("tab").all():
        tab.scroll_into_view_if_needed()
        before = tab.bounding_box()
        tab.click()
        after = tab.bounding_box()
        assert before and after
        at_top = page.evaluate("scrollY") == 0  # where what stands above got shorter, nothing is left to scroll
        assert at_top or abs(before["y"] - after["y"]) < 1, tab.get_attribute("id")
        page.mouse.move(0, 0)
    assert shifts(page, 400, unasked=True) == opened


# ---- without script, on paper ----


def test_without_script_everything_is_there(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}two/softmax.html")
    assert page.locator(".tablist:visible").count() == 0
    assert page.locator("#g1 .panel:visible").count() == 4
    assert page.locator("#g1 .panel-title:visible").all_inner_texts() == ["MXNet", "PyTorch", "TensorFlow", "JAX"]
    assert "约为83.1%～83.9%。" in page.locator("article").inner_text()
    page.goto(f"{address}one/ndarray.html")
    formula = page.locator("#eq_sum .katex-html").first
    expect(formula).to_be_visible()
    assert "KaTeX" in formula.locator(".mord").first.evaluate("e => getComputedStyle(e).fontFamily")
    context.close()


def test_paper_shows_the_chosen_backend_under_its_heading(visitor: Reader) -> None:
    page = visitor.open("two/softmax.html", "?tab=jax")
    on_screen = page.locator(".value:visible").all_inner_texts()
    page.emulate_media(media="print")
    assert page.locator("#g1 .panel:visible").count() == 1
    assert page.locator("#g1 .panel-title:visible").all_inner_texts() == ["JAX"]
    dead = (
        "nav:visible, .tablist:visible, .copy:visible, .wrap:visible, .compare:visible, .action:visible, .here:visible"
    )
    assert page.locator(dead).count() == 0
    assert page.locator(".value:visible").all_inner_texts() == on_screen and len(on_screen) == 1


# ---- code and folds ----


def test_the_copy_button_takes_the_code_only(reader: Reader) -> None:
    page = reader.open("one/calculus.html")
    blocks = page.locator("div.code")
    for place, expected in ((0, "print('h')\nprint('x' * 400)"), (1, "pip install numpy\npython")):
        blocks.nth(place).hover()
        blocks.nth(place).get_by_role("button", name="复制代码").click()
        expect(blocks.nth(place).locator(".copy")).to_have_text("已复制")
        page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), {id: 'paste'}))")
        page.locator("#paste").focus()
        page.keyboard.press("Control+V")
        assert page.locator("#paste").input_value() == expected
        page.evaluate("document.getElementById('paste').remove()")


def test_answers_are_folded_until_asked_for(reader: Reader) -> None:
    page = reader.open("one/ndarray.html")
    answer = page.locator(".fold.solution .output")
    expect(answer).to_be_hidden()
    page.get_by_text("答案", exact=True).click()
    expect(answer).to_be_visible()


# ---- looks ----


@pytest.mark.parametrize("place", ["http", "file"])
def test_the_theme_follows_the_system_until_the_reader_chooses(
    browser: Browser, address: str, folder: Path, place: str
) -> None:
    base = address if place == "http" else f"{folder.as_uri()}/"
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    page.goto(f"{base}two/softmax.html")
    paper = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(paper)
    assert max(int(part) for part in dark[4:-1].split(",")) < 60
    button = page.get_by_role("button", name="切换明暗")
    button.click()
    light = page.evaluate(paper)
    assert light != dark
    page.goto(f"{base}one/ndarray.html")
    assert page.evaluate(paper) == light
    button.click()
    assert page.evaluate(paper) == dark and button.get_attribute("title") == "明暗：暗"
    button.click()
    assert page.evaluate(paper) == dark and button.get_attribute("title") == "明暗：随系统"
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_a_phone_never_scrolls_sideways(browser: Browser, address: str, name: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(address + name)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for tab in page.locator("#g0 [role=tab]").all():
        tab.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


LINES = """() => [...document.querySelectorAll(".tie")].filter(tie => {
  const text = tie.lastChild, parts = [...tie.querySelectorAll(".katex-base")];
  if (text.nodeType !== Node.TEXT_NODE) return false;
  const range = document.createRange();
  range.selectNodeContents(text);
  return range.getClientRects()[0].left < parts.at(-1).getBoundingClientRect().right - 2;
}).map(tie => tie.textContent)"""


def test_no_line_begins_with_the_punctuation_after_a_formula(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{address}one/ndarray.html")
    assert page.locator(".tie").count() >= 5
    for width in range(330, 470, 7):
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate(LINES) == [], width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_the_contents_open_on_a_phone(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{address}one/ndarray.html")
    contents = page.get_by_role("navigation", name="全书目录")
    expect(contents).to_be_hidden()
    page.get_by_role("button", name="目录").click()
    expect(contents).to_be_visible()
    page.keyboard.press("Escape")
    expect(contents).to_be_hidden()
    page.get_by_role("button", name="目录").click()
    contents.get_by_role("link", name="微积分").click()
    expect(page.get_by_role("heading", name="微积分")).to_be_visible()
    context.close()


def test_long_formulas_scroll_within_themselves_and_long_lines_of_outputs_wrap(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{address}one/ndarray.html")
    assert page.locator(".formula").nth(1).evaluate("e => e.scrollWidth > e.clientWidth && e.tabIndex === 0")
    page.goto(f"{address}one/calculus.html")
    message = page.locator("pre.stream.long").first
    assert message.evaluate("e => e.scrollWidth <= e.clientWidth && e.clientHeight > 100 && e.tabIndex < 0")
    context.close()


# ---- search ----


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("微积分", "1.2 微积分"),
        ("数据操作", "1.1 数据操作"),
        ("创建函数", "1.1 数据操作"),
        ("softmax", "2.1 softmax回归"),
        ("SOFT", "2.1 softmax回归"),
        ("arange", "1.1 数据操作"),
        ("广", "1.1 数据操作"),
    ],
)
def test_search_finds_chinese_and_names(reader: Reader, query: str, first: str) -> None:
    page = reader.open("one/index.html")
    page.keyboard.press("/")
    page.keyboard.type(query)
    expect(page.locator(".found a.page").first).to_contain_text(first)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(first.split()[1])
    assert reader.problems == []


def test_search_leads_to_headings_and_says_when_it_finds_nothing(visitor: Reader) -> None:
    page = visitor.open("index.html")
    page.get_by_role("searchbox").fill("公式")
    page.get_by_role("link", name="公式", exact=True).click()
    assert page.url.endswith("one/ndarray.html#sub_formulas")
    page.get_by_role("searchbox").fill("量子纠缠")
    expect(page.locator(".found output")).to_have_text("没有找到")
    page.keyboard.press("Escape")
    expect(page.locator(".found")).to_be_hidden()


def test_search_shows_where_a_page_says_it_and_leads_there(visitor: Reader) -> None:
    page = visitor.open("index.html")
    page.get_by_role("searchbox").fill("十六进制")
    found = page.locator(".found a.page").first
    expect(found.locator("mark")).to_have_text("十六进制")
    expect(found.locator(".excerpt")).to_contain_text("手算一遍：十六进制的数是…")
    expect(page.locator(".found output")).to_have_text("找到1页")
    found.click()
    assert "one/ndarray.html#sub_formulas" in page.url


def test_search_is_honest_about_what_no_page_says(visitor: Reader) -> None:
    page = visitor.open("index.html")
    page.get_by_role("searchbox").fill("折成机制")
    expect(page.locator(".found output")).to_have_text("没有一页写着“折成机制”，下面1页最相近")


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("2.1", "2.1 softmax回归"),
        ("sofmtax", "2.1 softmax回归"),
        ("softmac", "2.1 softmax回归"),
        ("數據操作", "1.1 数据操作"),
    ],
)
def test_search_knows_numbers_slips_and_the_other_script(visitor: Reader, query: str, title: str) -> None:
    page = visitor.open("index.html")
    page.get_by_role("searchbox").fill(query)
    expect(page.locator(".found a.page").first).to_contain_text(title)


def test_nothing_is_searched_while_words_are_being_composed(visitor: Reader) -> None:
    page = visitor.open("index.html")
    field = page.get_by_role("searchbox")
    field.dispatch_event("compositionstart")
    field.fill("weijifen")
    page.wait_for_timeout(300)
    assert page.locator(".search.open").count() == 0
    field.fill("微积分")
    field.dispatch_event("compositionend")
    expect(page.locator(".found a.page").first).to_contain_text("1.2 微积分")


# ---- progress ----


def test_the_book_remembers_what_was_read_until_told_not_to(reader: Reader) -> None:
    page = reader.open("one/ndarray.html")
    read = page.locator("#book-nav a.read")
    expect(read).to_have_count(0)
    page.locator(".around").scroll_into_view_if_needed()
    expect(read).to_have_text("1.1 数据操作")
    reader.open("index.html")
    page.get_by_role("link", name="继续阅读1.1").click()
    assert page.url.endswith("one/ndarray.html")
    page.get_by_role("button", name="不记读过的节").click()
    expect(read).to_have_count(0)
    page.locator(".around").scroll_into_view_if_needed()
    reader.open("index.html")
    assert page.get_by_role("link", name="继续阅读").count() == 0
    assert page.evaluate("Object.keys(localStorage).filter(key => /read|last/.test(key))") == ["d2lbook.reading"]
    assert reader.problems == []


# ---- two backends side by side ----


def beside(page: Page, *names: str) -> None:
    """Set backends beside the chosen one, as a reader does."""
    page.locator(".compare summary").click()
    for name in names:
        page.locator(".compare").get_by_label(name).check()
    page.keyboard.press("Escape")


def test_two_backends_stand_side_by_side_and_change_places(reader: Reader) -> None:
    page = reader.open("one/ndarray.html", "?tab=pytorch")
    beside(page, "JAX")
    boxes = [page.locator(f"#g1-{name}-panel").bounding_box() for name in ("pytorch", "jax")]
    assert (
        boxes[0]
        and boxes[1]
        and boxes[0]["y"] == boxes[1]["y"]
        and boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"] + 2
    )
    titles = page.locator("#g1 .panel-title:visible")
    assert titles.all_inner_texts() == ["PyTorch", "JAX"]
    reader.open("two/softmax.html")
    assert titles.all_inner_texts() == ["PyTorch", "JAX"]
    page.get_by_role("tab", name="JAX").first.click()
    jax, torch = (page.locator(f"#g1-{name}-panel").bounding_box() for name in ("jax", "pytorch"))
    assert jax and torch and jax["x"] < torch["x"]
    page.get_by_role("button", name="只看一个").click()
    assert page.locator("#g1 .panel:visible").count() == 1
    reader.open("one/ndarray.html")
    assert page.locator("#g1 .panel:visible").count() == 1
    assert reader.problems == []


def test_four_backends_stand_side_by_side_by_the_address(visitor: Reader) -> None:
    page = visitor.open("one/ndarray.html", "?tab=torch&compare=JAX,tf,mxnet")
    assert page.locator("#g1 .panel:visible").count() == 4
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(".compare summary").click()
    page.locator(".compare").get_by_label("MXNet").uncheck()
    assert "compare=jax%2Ctensorflow" in page.url
    assert page.locator("#g1 .panel:visible").count() == 3


def test_lines_that_differ_are_marked(visitor: Reader) -> None:
    page = visitor.open("one/ndarray.html", "?tab=pytorch&compare=jax")
    marked = page.evaluate("[...CSS.highlights.get('differs')].map(range => range.toString().trim())")
    assert marked[:2] == ["x = torch.arange(12)", "x = jnp.arange(12)"] and "x" not in marked
    visitor.open("one/ndarray.html", "?tab=pytorch&compare=")
    page.get_by_role("tab", name="JAX").nth(1).click()
    lit = page.evaluate("[...CSS.highlights.get('changed')].map(range => range.toString().trim())")
    assert "x = jnp.arange(12)" in lit and "x" not in lit
    page.wait_for_timeout(2000)
    assert not page.evaluate("CSS.highlights.has('changed')")


def test_comparing_leaves_pages_without_tabs_as_they_are(visitor: Reader) -> None:
    page = visitor.open("index.html")
    before = page.locator("main").bounding_box()
    visitor.open("one/ndarray.html", "?compare=jax")
    visitor.open("index.html")
    assert page.locator("main").bounding_box() == before
    assert page.locator("html").get_attribute("data-compare") is None


@pytest.mark.parametrize("wish", ["pytorch", "PyTorch", "torch", "TORCH"])
def test_a_backend_goes_by_its_familiar_names(visitor: Reader, wish: str) -> None:
    assert shown(visitor.open("one/ndarray.html", f"?tab={wish}")) == ["pytorch"]


# ---- a phone ----


def test_long_lines_of_code_wrap_when_asked(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 180, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}one/ndarray.html?tab=tf")
    cut = page.locator(".code.cut pre").first
    assert cut.evaluate("e => e.scrollWidth > e.clientWidth")
    expect(page.locator(".code.more").first).to_be_visible()
    page.evaluate("localStorage.setItem('d2lbook.wrap', '1')")
    page.reload()
    assert page.locator("div.code pre").evaluate_all("all => all.every(e => e.scrollWidth <= e.clientWidth + 1)")
    context.close()


def test_fingers_have_room_and_the_page_has_its_contents(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}one/ndarray.html")
    low = "boxes => boxes.filter(e => e.offsetParent && e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML)"
    targets = '[role="tab"], .top a, .top button, .top input, .around a, .here summary, .fold > summary'
    assert page.locator(targets).evaluate_all(low) == []
    assert page.locator(".search input").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 16
    page.locator(".here summary").click()
    page.locator(".here a").first.click()
    assert "#" in page.url
    context.close()


def test_forced_colours_still_tell_the_chosen_tab(browser: Browser, address: str) -> None:
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    page.goto(f"{address}one/ndarray.html")
    ground = "e => getComputedStyle(e).backgroundColor"
    tabs = page.locator("#g1 [role=tab]")
    colours = [tab.evaluate(ground) for tab in tabs.all()]
    assert (
        len(set(colours)) == 2
        and colours.count(tabs.locator("xpath=self::*[@aria-selected='true']").evaluate(ground)) == 1
    )
    context.close()


def test_text_shows_although_a_script_is_late(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.route("**/search.js*", lambda route: None)  # never answered
    page.goto(f"{address}one/ndarray.html", wait_until="commit")
    expect(page.locator("article h1")).to_be_visible(timeout=3000)
    context.close()


def test_formulas_are_copied_as_tex(visitor: Reader) -> None:
    page = visitor.open("one/ndarray.html")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('article .katex').closest('p'))")
    page.keyboard.press("Control+C")
    assert "$\\mathbf{a}\\in\\mathbb{R}^{3}$" in page.evaluate("navigator.clipboard.readText()")
