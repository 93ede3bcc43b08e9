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

  /** Shows a backend on the whole page, without moving `anchor` on the screen.
   * @param {string} name @param {HTMLElement} anchor */
  function choose(name, anchor) {
    const before = anchor.getBoundingClientRect().top;
    root.dataset.tab = name;
    remember("d2lbook.tab", name);
    compareWith(root.dataset.compare || "");
    markTabs();
    const moved = anchor.getBoundingClientRect().top - before;
    if (moved) scrollBy({ top: moved, behavior: "instant" });
    const address = new URL(location.href);
    if (address.searchParams.has("tab")) {
      address.searchParams.set("tab", name);
      try {
        history.replaceState(history.state, "", address);
      } catch {
        // a page opened from a folder keeps its address
      }
    }
    noteScrolling();
  }

  /** Shows a second backend beside the chosen one, or none for an empty name.
   * @param {string} name */
  function compareWith(name) {
    if (!name || name === root.dataset.tab) delete root.dataset.compare;
    else root.dataset.compare = name;
    remember("d2lbook.compare", root.dataset.compare || "");
    for (const select of all("select.compare")) {
      for (const option of all("option", select)) {
        option.toggleAttribute("disabled", /** @type {HTMLOptionElement} */ (option).value === root.dataset.tab);
      }
      /** @type {HTMLSelectElement} */ (/** @type {unknown} */ (select)).value = root.dataset.compare || "";
    }
  }

  function addCompare() {
    const strip = document.querySelector(".of-run");
    if (!strip) return;
    const select = document.createElement("select");
    select.className = "compare";
    select.setAttribute("aria-label", "并排对照");
    select.append(new Option("并排对照…", ""));
    for (const tab of all('[role="tab"]', strip)) select.append(new Option(`与${tab.textContent}并排`, tab.dataset.tab));
    select.addEventListener("change", () => {
      const before = select.getBoundingClientRect().top;
      compareWith(select.value);
      scrollBy({ top: select.getBoundingClientRect().top - before, behavior: "instant" });
      noteScrolling();
    });
    strip.append(select);
    compareWith(root.dataset.compare || "");
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
    }
  }

  /** Lets the keyboard reach what scrolls sideways or has its own scroll bar. */
  function noteScrolling() {
    for (const box of all("article pre, .formula, div.table, .markup")) {
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
    button.hidden = false;
    button.addEventListener("click", () => {
      const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
      const theme = (root.dataset.theme || system) === "dark" ? "light" : "dark";
      root.dataset.theme = theme;
      remember("d2lbook.theme", theme);
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
  document.addEventListener("toggle", noteScrolling, true); // what a fold holds has a width once it is open
  markTabs();
  addCompare();
  addCopyButtons();
  noteScrolling();
  followOutline();
  showCurrentChapter();
  document.fonts?.ready.then(noteScrolling);
})();
