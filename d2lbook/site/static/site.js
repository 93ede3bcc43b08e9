// What a page does once it is read: tabs, copy buttons, theme, the contents on a phone. Without it everything is there,
// one below the other.
// @ts-check
"use strict";

(() => {
  const root = document.documentElement;
  const names = (root.dataset.backends || "").split(" ").filter(Boolean);

  /** @param {string} key @param {string} value */
  function remember(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // no storage: the choice holds for this page
    }
  }

  /** @template {HTMLElement} T @param {string} selector @param {ParentNode} [within] @returns {T[]} */
  function all(selector, within = document) {
    return /** @type {T[]} */ ([...within.querySelectorAll(selector)]);
  }

  // ---- tabs ----

  /** Marks the chosen tab in every group; where a group lacks it, its first tab takes the focus. */
  function markTabs() {
    for (const list of all('[role="tablist"]')) {
      const tabs = all('[role="tab"]', list);
      const chosen = tabs.find((tab) => tab.dataset.tab === root.dataset.tab);
      for (const tab of tabs) {
        tab.setAttribute("aria-selected", String(tab === chosen));
        tab.tabIndex = tab === (chosen || tabs[0]) ? 0 : -1;
      }
    }
  }

  /** Names of the backends that stand beside the chosen one. */
  const compared = () => (root.dataset.compare || "").split(" ").filter(Boolean);

  /** Shows a backend on the whole page, without moving `anchor` on the screen. One that stands beside the chosen one
   * changes places with it.
   * @param {string} name @param {HTMLElement} anchor */
  function choose(name, anchor) {
    const before = anchor.getBoundingClientRect().top;
    const last = root.dataset.tab || "";
    root.dataset.tab = name;
    remember("d2lbook.tab", name);
    compareWith(compared().map((other) => (other === name ? last : other)));
    markTabs();
    if (!compared().length && last !== name) lightUp(last);
    const moved = anchor.getBoundingClientRect().top - before;
    if (moved) scrollBy({ top: moved, behavior: "instant" });
    note("tab", name);
    noteScrolling();
  }

  /** Writes into the address what it names already, so that it can be passed on.
   * @param {string} key @param {string} value */
  function note(key, value) {
    const address = new URL(location.href);
    if (!address.searchParams.has(key)) return;
    if (value) address.searchParams.set(key, value);
    else address.searchParams.delete(key);
    try {
      history.replaceState(history.state, "", address);
    } catch {
      // a page opened from a folder keeps its address
    }
  }

  /** Shows these backends beside the chosen one.
   * @param {string[]} others */
  function compareWith(others) {
    const beside = others.filter((name) => name !== root.dataset.tab);
    if (beside.length) {
      root.dataset.compare = beside.join(" ");
      root.dataset.columns = String(beside.length + 1);
    } else {
      delete root.dataset.compare;
      delete root.dataset.columns;
    }
    if (!("grouped" in root.dataset)) return;
    remember("d2lbook.compare", beside.join(" "));
    note("compare", beside.join(","));
    for (const box of /** @type {HTMLInputElement[]} */ (all(".compare input"))) {
      box.checked = box.value === root.dataset.tab || beside.includes(box.value);
      box.disabled = box.value === root.dataset.tab;
    }
    for (const bar of all(".compare")) bar.classList.toggle("on", beside.length > 0);
    for (const list of all('.tabs:is(.of-code, .of-output)')) order(list);
    markDifferences();
  }

  /** Puts the chosen panel first, the others behind it in their order.
   * @param {HTMLElement} group */
  function order(group) {
    const beside = compared();
    for (const panel of all(":scope > .panel", group)) {
      panel.style.order = String(panel.dataset.tab === root.dataset.tab ? 1 : 2 + beside.indexOf(panel.dataset.tab || ""));
    }
  }

  /** The control of the compare view: a box for each backend and, while it is on, a way out.  */
  function addCompare() {
    const strip = document.querySelector(".of-run");
    if (!strip || !("grouped" in root.dataset)) {
      markDifferences(); // the front page shows all backends at any time
      return;
    }
    const bar = document.createElement("details");
    bar.className = "compare";
    const title = document.createElement("summary");
    title.textContent = "并排对照";
    const fields = document.createElement("fieldset");
    const legend = document.createElement("legend");
    legend.textContent = "与哪些后端并排";
    fields.append(legend);
    /** @param {() => void} change */
    const inPlace = (change) => {
      const shown = all(".tabs:is(.of-code, .of-output)").find((group) => group.getBoundingClientRect().bottom > 80) || bar;
      const before = shown.getBoundingClientRect().top;
      change();
      scrollBy({ top: shown.getBoundingClientRect().top - before, behavior: "instant" });
      noteScrolling();
    };
    for (const tab of all('[role="tab"]', strip)) {
      const label = document.createElement("label");
      const box = document.createElement("input");
      box.type = "checkbox";
      box.value = tab.dataset.tab || "";
      box.addEventListener("change", () => {
        const rest = compared().filter((name) => name !== box.value);
        inPlace(() => compareWith(box.checked ? [...rest, box.value] : rest));
      });
      label.append(box, tab.textContent || "");
      fields.append(label);
    }
    const off = document.createElement("button");
    off.type = "button";
    off.className = "off";
    off.textContent = "只看一个";
    off.addEventListener("click", () => {
      inPlace(() => compareWith([]));
      bar.open = false;
      title.focus({ preventScroll: true });
    });
    bar.append(title, fields, off);
    bar.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !bar.open) return;
      bar.open = false;
      title.focus({ preventScroll: true });
    });
    document.addEventListener("click", (event) => {
      if (bar.open && !bar.contains(/** @type {Node} */ (event.target))) bar.open = false;
    });
    strip.append(bar);
    compareWith(compared());
  }

  // ---- lines that differ ----

  /** The lines of a panel's code, each with the range it takes.
   * @param {HTMLElement} panel @returns {{text: string, range: Range}[]} */
  function linesOf(panel) {
    const lines = [];
    for (const pre of all(".code pre", panel)) {
      const walker = document.createTreeWalker(pre, NodeFilter.SHOW_TEXT);
      let text = "";
      let range = document.createRange();
      range.setStart(pre, 0);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const words = node.nodeValue || "";
        for (let at = 0, end = words.indexOf("\n"); ; at = end + 1, end = words.indexOf("\n", at)) {
          if (end < 0) {
            text += words.slice(at);
            range.setEnd(node, words.length);
            break;
          }
          text += words.slice(at, end);
          range.setEnd(node, end);
          if (text.trim()) lines.push({ text: text.trim(), range });
          text = "";
          range = document.createRange();
          range.setStart(node, end + 1);
        }
      }
      if (text.trim()) lines.push({ text: text.trim(), range });
    }
    return lines;
  }

  /** The ranges of the lines of `mine` that no longest common subsequence with `theirs` holds.
   * @param {{text: string, range: Range}[]} mine @param {{text: string, range: Range}[]} theirs */
  function different(mine, theirs) {
    const best = Array.from({ length: mine.length + 1 }, () => new Uint16Array(theirs.length + 1));
    for (let i = mine.length - 1; i >= 0; i--) {
      for (let j = theirs.length - 1; j >= 0; j--) {
        best[i][j] = mine[i].text === theirs[j].text ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
      }
    }
    const found = [];
    for (let i = 0, j = 0; i < mine.length; ) {
      if (j < theirs.length && mine[i].text === theirs[j].text) i++, j++;
      else if (j < theirs.length && best[i][j + 1] >= best[i + 1][j]) j++;
      else found.push(mine[i++].range);
    }
    return found;
  }

  /** Paints ranges under a name that the style sheet knows, where the browser can.
   * @param {string} name @param {Range[]} ranges */
  function paint(name, ranges) {
    if (!("highlights" in CSS)) return;
    if (ranges.length) CSS.highlights.set(name, new Highlight(...ranges));
    else CSS.highlights.delete(name);
  }

  /** Panels of a group, by backend.
   * @param {HTMLElement} group */
  const panelsOf = (group) => new Map(all(":scope > .panel", group).map((panel) => [panel.dataset.tab || "", panel]));

  /** Whether backends can stand side by side: as the style sheets have it. */
  const roomy = matchMedia("(min-width: 54rem)");
  roomy.addEventListener("change", () => markDifferences());

  /** Marks, in the compare view, the lines in which two backends differ from each other. */
  function markDifferences() {
    const beside = compared();
    /** @type {Range[]} */
    const ranges = [];
    for (const group of beside.length === 1 && roomy.matches ? all(".tabs.of-code") : []) {
      const panels = panelsOf(group);
      const [one, other] = [root.dataset.tab || "", beside[0]].map((name) => panels.get(name));
      if (!one || !other) continue;
      const [mine, theirs] = [linesOf(one), linesOf(other)];
      ranges.push(...different(mine, theirs), ...different(theirs, mine));
    }
    if (document.body.classList.contains("front")) for (const group of all(".tabs.of-code")) ranges.push(...owned(group));
    paint("differs", ranges);
  }

  /** The lines, imports aside, that one panel of a group has and no other.
   * @param {HTMLElement} group */
  function owned(group) {
    const panels = [...panelsOf(group).values()].map(linesOf);
    return panels.flatMap((mine) => {
      const others = new Set(panels.filter((panel) => panel !== mine).flat().map((line) => line.text));
      return mine.filter((line) => !others.has(line.text) && !/^(import|from) /.test(line.text)).map((line) => line.range);
    });
  }

  let dark = 0;

  /** Lights up for a moment the lines on the screen that another backend has not.
   * @param {string} last */
  function lightUp(last) {
    clearTimeout(dark);
    /** @type {Range[]} */
    const ranges = [];
    for (const group of all(".tabs.of-code")) {
      const box = group.getBoundingClientRect();
      if (box.bottom < 0 || box.top > innerHeight) continue;
      const panels = panelsOf(group);
      const [now, then] = [panels.get(root.dataset.tab || ""), panels.get(last)];
      if (now && then) ranges.push(...different(linesOf(now), linesOf(then)));
    }
    paint("changed", ranges);
    dark = setTimeout(() => paint("changed", []), 1600);
  }

  document.addEventListener("click", (event) => {
    const tab = /** @type {HTMLElement} */ (event.target).closest?.('[role="tab"]');
    if (tab instanceof HTMLElement && tab.dataset.tab) choose(tab.dataset.tab, tab);
  });

  document.addEventListener("keydown", (event) => {
    const tab = event.target;
    if (!(tab instanceof HTMLElement) || tab.getAttribute("role") !== "tab" || !tab.parentElement) return;
    const tabs = all('[role="tab"]', tab.parentElement);
    const place = tabs.indexOf(tab);
    const next = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const goal = tabs[(next + tabs.length) % tabs.length];
    choose(goal.dataset.tab || "", goal);
    goal.focus({ preventScroll: true });
  });

  addEventListener("storage", (event) => {
    if (event.key === "d2lbook.tab" && event.newValue && names.includes(event.newValue)) {
      root.dataset.tab = event.newValue;
      markTabs();
    }
  });

  // ---- code ----

  /** The code to be pasted: of a shell session only what is typed, without its prompts and what it printed.
   * @param {HTMLElement} block */
  function typed(block) {
    const text = (block.querySelector("pre")?.textContent || "").replace(/\n$/, "");
    const prompt = /^(\$|>>>|\.\.\.|In \[\d+\]:) ?/;
    if (block.classList.contains("cell") || !prompt.test(text)) return text;
    return text.split("\n").filter((line) => prompt.test(line)).map((line) => line.replace(prompt, "")).join("\n");
  }

  /** @param {string} text */
  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  }

  function addCopyButtons() {
    for (const block of all("div.code")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "复制";
      button.setAttribute("aria-label", "复制代码");
      button.addEventListener("click", async () => {
        await copy(typed(block));
        button.textContent = "已复制";
        setTimeout(() => (button.textContent = "复制"), 1500);
      });
      block.append(button);
      for (const comment of all("pre .c1", block)) {
        comment.classList.toggle("shape", /^# ?\(/.test(comment.textContent || "") && !opensLine(comment));
      }
    }
  }

  /** Say whether nothing but blanks stands before a piece of code in its line.
   * @param {Node} piece */
  function opensLine(piece) {
    let before = "";
    for (let node = piece.previousSibling; node && !before.includes("\n"); node = node.previousSibling) before = node.textContent + before;
    return !before.slice(before.lastIndexOf("\n") + 1).trim();
  }

  /** One switch beside each code that is cut: long lines are wrapped, on every page, until it is used again. */
  function addWrapSwitches() {
    const code = all("div.code");
    for (const block of code.length ? [...code, ...all("div.here")] : []) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "wrap";
      button.addEventListener("click", () => {
        const before = block.getBoundingClientRect().top;
        root.toggleAttribute("data-wrap");
        remember("d2lbook.wrap", root.hasAttribute("data-wrap") ? "1" : "");
        scrollBy({ top: block.getBoundingClientRect().top - before, behavior: "instant" });
        noteScrolling();
      });
      block.append(button);
    }
  }

  const SIDEWAYS = ".output > pre, .output > .wide, .formula, div.table"; // what scrolls sideways, code aside

  /** Lets the keyboard reach what scrolls sideways or has its own scroll bar. */
  function noteScrolling() {
    const wraps = root.hasAttribute("data-wrap");
    for (const box of all("div.code > .highlight > pre, div.code > pre")) {
      const block = box.closest(".code");
      const cut = box.scrollWidth > box.clientWidth + 1;
      block?.classList.toggle("cut", cut);
      block?.classList.toggle("more", cut && box.scrollLeft + box.clientWidth < box.scrollWidth - 2);
    }
    for (const box of all(SIDEWAYS)) {
      box.classList.toggle("more", box.scrollLeft + box.clientWidth < box.scrollWidth - 2);
    }
    for (const button of all("button.wrap")) {
      button.textContent = wraps ? "代码不折行" : "代码折行";
      button.setAttribute("aria-pressed", String(wraps));
    }
    for (const box of all("article pre, .output > .wide, .formula, div.table, .markup")) {
      const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
      if (scrolls) {
        box.tabIndex = 0;
        if (!box.hasAttribute("role")) {
          box.setAttribute("role", "group");
          box.setAttribute("aria-label", "可以滚动的内容");
        }
      } else if (box.tabIndex === 0) {
        box.removeAttribute("tabindex");
      }
    }
  }

  // ---- predictions ----

  document.addEventListener("click", (event) => {
    const reveal = /** @type {HTMLElement} */ (event.target).closest?.(".reveal > button")?.parentElement;
    if (!reveal) return;
    for (const one of all(`.reveal[data-prediction="${reveal.dataset.prediction}"]`)) one.classList.add("asked");
    const shown = reveal.lastElementChild;
    if (shown instanceof HTMLElement) {
      shown.tabIndex = -1; // the button is gone: reading goes on here
      shown.focus({ preventScroll: true });
    }
    noteScrolling();
  });

  // ---- theme ----

  const button = document.querySelector("button.theme");
  if (button instanceof HTMLElement) {
    const system = () => (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    const say = () => {
      const now = { dark: "暗", light: "亮" }[root.dataset.theme || ""] || "随系统";
      button.title = `明暗：${now}`;
      button.setAttribute("aria-label", `切换明暗，现在${now}`);
    };
    button.hidden = false;
    say();
    button.addEventListener("click", () => { // the other one, then the system's own again
      const other = system() === "dark" ? "light" : "dark";
      if (!root.dataset.theme) root.dataset.theme = other;
      else if (root.dataset.theme === other) root.dataset.theme = system();
      else delete root.dataset.theme;
      remember("d2lbook.theme", root.dataset.theme || "");
      say();
    });
  }

  // ---- contents on a phone ----

  const menu = document.querySelector("a.menu");
  if (menu instanceof HTMLElement) {
    menu.setAttribute("aria-expanded", "false");
    menu.setAttribute("aria-controls", "book-nav");
    /** @param {boolean} open */
    const show = (open) => {
      document.body.classList.toggle("nav-open", open);
      menu.setAttribute("aria-expanded", String(open));
    };
    menu.addEventListener("click", (event) => {
      event.preventDefault();
      show(!document.body.classList.contains("nav-open"));
      document.querySelector("#book-nav [aria-current]")?.scrollIntoView({ block: "center" });
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key === " ") {
        event.preventDefault();
        menu.click();
      }
    });
    document.addEventListener("keydown", (event) => event.key === "Escape" && show(false));
    document.querySelector("main")?.addEventListener("click", () => show(false));
  }

  // ---- how far the reader is: kept in this browser alone ----

  /** Notes the page, marks the pages that were read, and offers to go on where the reader was. */
  function followReading() {
    const found = document.querySelector("footer .progress");
    const inside = found?.querySelector("button");
    if (!(found instanceof HTMLElement) || !inside) return;
    const [line, button] = [found, inside];
    const kept = () => {
      try {
        return localStorage;
      } catch {
        return undefined;
      }
    };
    /** @returns {string[]} */
    const read = () => JSON.parse(kept()?.getItem("d2lbook.read") || "[]");
    const off = () => kept()?.getItem("d2lbook.reading") === "off";
    const here = root.dataset.page;
    const folder = new URL(document.querySelector("a.brand")?.getAttribute("href") || "", location.href);

    function show() {
      line.hidden = !kept();
      button.textContent = off() ? "记下读过的节" : "不记读过的节（并清除）";
      const known = off() ? [] : read();
      for (const link of /** @type {HTMLAnchorElement[]} */ (all("#book-nav a, .contents a"))) {
        const name = decodeURIComponent(new URL(link.href).pathname).replace(/\.html$/, "");
        link.classList.toggle("read", known.some((page) => name.endsWith(`/${page}`)));
      }
      document.querySelector(".start.again")?.remove();
      const [page, title] = (!off() && kept()?.getItem("d2lbook.last")?.split("\t")) || [];
      const starts = document.querySelector(".starts");
      if (!page || !starts) return;
      const link = document.createElement("a");
      link.className = "start again";
      link.href = new URL(`${page}.html`, folder).href;
      link.textContent = `继续阅读${title}`;
      starts.append(link);
    }

    button.addEventListener("click", () => {
      const stop = !off();
      for (const key of ["read", "last", "reading"]) kept()?.removeItem(`d2lbook.${key}`);
      if (stop) remember("d2lbook.reading", "off");
      show();
    });
    show();
    const end = document.querySelector(".around");
    if (!here || off() || !end) return;
    const number = document.querySelector("h1 .number")?.textContent?.trim();
    remember("d2lbook.last", `${here}\t${number || `《${document.querySelector("h1")?.textContent?.replace(/#$/, "").trim()}》`}`);
    new IntersectionObserver((entries, observer) => {
      if (off() || !entries.some((entry) => entry.isIntersecting) || scrollY < 200) return;
      remember("d2lbook.read", JSON.stringify([...new Set([...read(), here])]));
      observer.disconnect();
      show();
    }).observe(end);
  }

  // ---- the same page in another script ----

  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a.edition"))) {
    const address = link.href;
    const follow = () => (link.href = address + location.search + location.hash);
    for (const kind of ["pointerdown", "click", "auxclick"]) link.addEventListener(kind, follow);
  }

  // ---- where the reader is ----

  function followOutline() {
    const links = new Map(all("nav.outline a").map((link) => [decodeURIComponent(link.getAttribute("href") || ""), link]));
    if (!links.size) return;
    const seen = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) {
          const link = links.get(`#${entry.target.id}`);
          if (entry.isIntersecting) link?.setAttribute("aria-current", "location");
          else link?.removeAttribute("aria-current");
        }
      },
      { rootMargin: "-15% 0px -65% 0px" },
    );
    for (const section of all("article section[id]")) if (links.has(`#${section.id}`)) seen.observe(section);
  }

  function showCurrentChapter() {
    const nav = document.getElementById("book-nav");
    const here = nav?.querySelector("[aria-current]");
    if (nav && here) nav.scrollTop = here.getBoundingClientRect().top - nav.getBoundingClientRect().top - nav.clientHeight / 3;
  }

  addEventListener("beforeprint", () => all("details.fold, details.prep").forEach((fold) => fold.setAttribute("open", "")));
  addEventListener("resize", noteScrolling);
  document.addEventListener("scroll", (event) => {
    const box = event.target;
    if (!(box instanceof HTMLElement) || !box.matches(`.code pre, ${SIDEWAYS}`)) return;
    (box.closest(".code") || box).classList.toggle("more", box.scrollLeft + box.clientWidth < box.scrollWidth - 2);
  }, { capture: true, passive: true });
  document.addEventListener("toggle", noteScrolling, true); // what a fold holds has a width once it is open
  markTabs();
  addCompare();
  addCopyButtons();
  addWrapSwitches();
  noteScrolling();
  followOutline();
  showCurrentChapter();
  followReading();
  document.fonts?.ready.then(noteScrolling);
})();
