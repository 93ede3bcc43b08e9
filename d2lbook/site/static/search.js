// Finds pages by the pieces of the index that a query needs; they are scripts, so that a folder will do.
// @ts-check
"use strict";

/** @typedef {[string, string, string, [string, string][]]} Entry docname, number, title, headings with their ids */

const bookSearch = (() => {
  const PIECES = 61; // as search.py counts
  const script = /** @type {HTMLScriptElement} */ (document.currentScript);
  const version = new URL(script.src).search;
  /** @type {Map<string, Promise<void>>} */
  const loading = new Map();
  /** @type {Map<number, Record<string, number[]>>} */
  const pieces = new Map();
  /** @type {Entry[]} */
  let entries = [];

  /** @param {string} name */
  function load(name) {
    let promise = loading.get(name);
    if (!promise) {
      promise = new Promise((done) => {
        const element = document.createElement("script");
        element.src = new URL(`search/${name}.js${version}`, script.src).href;
        element.onload = () => done();
        element.onerror = () => done();
        document.head.append(element);
      });
      loading.set(name, promise);
    }
    return promise;
  }

  /** @param {string} query */
  function termsOf(query) {
    const terms = [];
    for (const run of query.toLowerCase().match(/[\u3400-\u9fff\uf900-\ufaff]+|[a-z0-9_]+/g) || []) {
      if (run < "\u3000" || run.length < 2) terms.push(run);
      else for (let place = 0; place < run.length - 1; place++) terms.push(run.slice(place, place + 2));
    }
    return [...new Set(terms)];
  }

  /** Pages that hold a term, or a word that begins with it, with its weight there.
   * @param {string} term */
  function pagesWith(term) {
    const piece = pieces.get((term.codePointAt(0) || 0) % PIECES) || {};
    /** @type {Map<number, number>} */
    const found = new Map();
    const open = term < "\u3000" || term.length < 2;
    const words = open ? Object.keys(piece).filter((word) => word.startsWith(term)) : term in piece ? [term] : [];
    for (const word of words) {
      const list = piece[word];
      for (let place = 0; place < list.length; place += 2) {
        const weight = word === term ? list[place + 1] : list[place + 1] / 2;
        found.set(list[place], Math.max(found.get(list[place]) || 0, weight));
      }
    }
    return found;
  }

  /** @param {string} query @returns {Promise<{entry: Entry, headings: [string, string][]}[]>} the best first */
  async function find(query) {
    const terms = termsOf(query);
    if (!terms.length) return [];
    const needed = new Set(terms.map((term) => String((term.codePointAt(0) || 0) % PIECES)));
    await Promise.all([load("pages"), ...[...needed].map(load)]);
    /** @type {Map<number, [number, number]>} */
    const scores = new Map();
    for (const term of terms) {
      const found = pagesWith(term);
      const rare = Math.log(1 + entries.length / (1 + found.size));
      for (const [page, weight] of found) {
        const [hits, score] = scores.get(page) || [0, 0];
        scores.set(page, [hits + 1, score + rare * Math.log(1 + weight)]);
      }
    }
    const wanted = query.trim().toLowerCase();
    const whole = [...scores].filter(([, [hits]]) => hits === terms.length);
    const rows = (whole.length ? whole : [...scores]).map(([page, [hits, score]]) => {
      const entry = entries[page];
      const headings = entry[3].filter(([, title]) => title.toLowerCase().includes(wanted));
      const title = entry[2].toLowerCase();
      const bonus = title === wanted ? 60 : title.includes(wanted) ? 30 : headings.length ? 12 : 0;
      return { entry, headings, score: score + bonus + 20 * hits };
    });
    return rows.sort((one, other) => other.score - one.score).slice(0, 12);
  }

  return {
    find,
    /** @param {Entry[]} list */
    pages(list) {
      entries = list;
    },
    /** @param {number} number @param {Record<string, number[]>} piece */
    piece(number, piece) {
      pieces.set(number, piece);
    },
  };
})();

(() => {
  const form = document.querySelector("form.search");
  const field = form?.querySelector("input");
  const list = form?.querySelector("ul");
  const status = form?.querySelector("output");
  if (!(form instanceof HTMLFormElement) || !field || !list || !status) return;
  const home = form.dataset.home || "";
  form.hidden = false;

  /** @param {string} address @param {string} number @param {string} text @param {string} kind */
  function row(address, number, text, kind) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = home + address;
    link.className = kind;
    if (number) {
      const mark = document.createElement("span");
      mark.className = "number";
      mark.textContent = number;
      link.append(mark, " ");
    }
    link.append(text);
    item.append(link);
    return item;
  }

  let turn = 0;
  async function answer() {
    const mine = ++turn;
    const query = field?.value.trim() || "";
    const found = query ? await bookSearch.find(query) : [];
    if (mine !== turn || !list || !status) return;
    const rows = found.flatMap(({ entry: [name, number, title], headings }) => [
      row(`${name}.html`, number, title, "page"),
      ...headings.slice(0, 3).map(([id, text]) => row(`${name}.html#${encodeURIComponent(id)}`, "", text, "heading")),
    ]);
    list.replaceChildren(...rows);
    status.textContent = !query ? "" : found.length ? `找到${found.length}页` : "没有找到";
    form?.classList.toggle("open", Boolean(query));
  }

  function close() {
    form?.classList.remove("open");
  }

  field.addEventListener("input", answer);
  field.addEventListener("focus", answer);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await answer();
    list.querySelector("a")?.click();
  });
  form.addEventListener("keydown", (event) => {
    const stops = [field, ...list.querySelectorAll("a")];
    const place = stops.indexOf(/** @type {HTMLInputElement} */ (document.activeElement));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      stops[Math.min(stops.length - 1, Math.max(0, place + (event.key === "ArrowDown" ? 1 : -1)))].focus();
    } else if (event.key === "Escape") {
      field.focus();
      close();
    }
  });
  document.addEventListener("click", (event) => {
    if (!form.contains(/** @type {Node} */ (event.target))) close();
  });
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.key === "/" && !/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) {
      event.preventDefault();
      field.focus();
    }
  });
})();
