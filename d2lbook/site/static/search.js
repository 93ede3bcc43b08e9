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
  /** @typedef {[string, string[], string[], string]} Term Chinese, English names, other words, id in the glossary */
  /** @type {Term[]} */
  let glossary = [];
  /** @type {string[][]} all names of each of them, in this script's small letters */
  let synonyms = [];
  /** @type {[string, string][]} names of the library and what they are */
  let library = [];
  /** @type {Map<string, string>} a character of the other script to this one's */
  const folds = new Map();
  /** @type {Map<string, [string, string][]>} */
  const texts = new Map();

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
    for (const run of query.toLowerCase().match(/[\u3400-\u9fff\uf900-\ufaff]+|[\u03b1-\u03c9∇∂∑∏∫∞∝≈⊙⊕⊗]|[a-z0-9_]+/g) || []) {
      if (run < "\u3000" || run.length < 2) terms.push(run);
      else for (let place = 0; place < run.length - 1; place++) terms.push(run.slice(place, place + 2));
    }
    return [...new Set(terms)];
  }

  /** Says whether two words differ by one letter: another, one more, one less, or two that changed places.
   * @param {string} one @param {string} other */
  function isNear(one, other) {
    if (Math.abs(one.length - other.length) > 1) return false;
    let from = 0;
    while (from < one.length && one[from] === other[from]) from++;
    let to = 0;
    while (to < Math.min(one.length, other.length) - from && one[one.length - 1 - to] === other[other.length - 1 - to]) to++;
    const [left, right] = [one.slice(from, one.length - to), other.slice(from, other.length - to)];
    return Math.max(left.length, right.length) < 2 || (left.length === 2 && left === [...right].reverse().join(""));
  }

  /** The query in this script's characters.
   * @param {string} query */
  function fold(query) {
    return [...query.trim()].map((sign) => folds.get(sign) || sign).join("").toLowerCase();
  }

  /** A query and the other names of the term that it names.
   * @param {string} wanted */
  function namesOf(wanted) {
    return [...new Set([wanted, ...synonyms.filter((names) => names.includes(wanted)).flat()])].slice(0, 5);
  }

  /** Pages that hold a term, or a word that begins with it, with its weight there.
   * @param {string} term */
  function pagesWith(term) {
    const piece = pieces.get((term.codePointAt(0) || 0) % PIECES) || {};
    /** @type {Map<number, number>} */
    const found = new Map();
    const open = term < "\u3000" || term.length < 2;
    let words = open ? Object.keys(piece).filter((word) => word.startsWith(term)) : term in piece ? [term] : [];
    const slips = !words.length && term < "\u0370" && term.length > 3;
    if (slips) words = Object.keys(piece).filter((word) => isNear(word, term));
    for (const word of words) {
      const list = piece[word];
      for (let place = 0; place < list.length; place += 2) {
        const weight = word === term ? list[place + 1] : list[place + 1] / (slips ? 3 : 2);
        found.set(list[place], Math.max(found.get(list[place]) || 0, weight));
      }
    }
    return found;
  }

  /** @param {string} wanted @returns {Promise<Map<number, {headings: [string, string][], score: number}>>} */
  async function look(wanted) {
    const terms = termsOf(wanted);
    await Promise.all([...new Set(terms.map((term) => String((term.codePointAt(0) || 0) % PIECES)))].map(load));
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
    const whole = [...scores].filter(([, [hits]]) => hits === terms.length);
    return new Map((whole.length ? whole : [...scores]).map(([page, [hits, score]]) => {
      const headings = entries[page][3].filter(([, title]) => title.toLowerCase().includes(wanted));
      const title = entries[page][2].toLowerCase();
      const bonus = title === wanted ? 60 : title.includes(wanted) ? 30 : headings.length ? 12 : 0;
      return [page, { headings, score: score + bonus + 20 * hits }];
    }));
  }

  /** @typedef {{entry: Entry, headings: [string, string][], score: number}} Found */
  /** @param {string} query @returns {Promise<Found[]>} the best first */
  async function find(query) {
    await Promise.all([load("pages"), load("words")]);
    const wanted = fold(query);
    if (/^\d+(\.\d*)*$/.test(wanted)) {
      const numbered = entries.filter(([, number]) => number === wanted || number.startsWith(wanted.replace(/\.?$/, ".")));
      if (numbered.length) return numbered.slice(0, 12).map((entry) => ({ entry, headings: [], score: 0 }));
    }
    /** @type {Map<number, Found>} */
    const rows = new Map();
    const names = namesOf(wanted);
    for (const [place, found] of (await Promise.all(names.map(look))).entries()) {
      for (const [page, { headings, score }] of found) {
        const known = rows.get(page);
        const worth = place ? score * 0.9 : score;
        if (!known || worth > known.score) rows.set(page, { entry: entries[page], headings, score: worth });
      }
    }
    return [...rows.values()].sort((one, other) => other.score - one.score).slice(0, 12);
  }

  /** Where a page says what is asked for: its heading's id and the words around, in three parts; null if nowhere.
   * @param {Entry} entry @param {string} query @returns {Promise<[string, string, string, string] | null>} */
  async function excerpt([name], query) {
    await load(`text/${name.split("/").map(encodeURIComponent).join("/")}`);
    for (const wanted of namesOf(fold(query))) {
      for (const [id, text] of texts.get(name) || []) {
        const place = text.toLowerCase().indexOf(wanted);
        if (place < 0) continue;
        const [from, to] = [Math.max(0, place - 24), place + wanted.length];
        return [id, (from ? "…" : "") + text.slice(from, place), text.slice(place, to), `${text.slice(to, to + 48)}…`];
      }
    }
    return null;
  }

  /** Terms of the glossary and names of the library that a query begins or is.
   * @param {string} query @returns {{address: string, text: string, note: string}[]} */
  function words(query) {
    const wanted = fold(query);
    if (wanted.length < 2) return [];
    const bare = wanted.replace(/^d2l\./, "");
    const terms = glossary.filter((_, place) => synonyms[place].includes(wanted));
    const names = library.filter(([name]) => name.toLowerCase() === bare || (bare.length > 3 && name.toLowerCase().startsWith(bare)));
    return [
      ...terms.slice(0, 2).map(([chinese, english, , id]) => ({ address: `glossary.html#${id}`, text: chinese, note: `术语 · ${english.join(" / ")}` })),
      ...names.slice(0, 3).map(([name, about]) => ({ address: `d2l.html#${name}`, text: `d2l.${name}`, note: about })),
    ];
  }

  return {
    find,
    excerpt,
    words,
    /** @param {[Term[], [string, string][], string]} given */
    vocabulary([terms, names, folding]) {
      const pairs = [...folding];
      for (let place = 0; place < pairs.length; place += 2) folds.set(pairs[place], pairs[place + 1]);
      [glossary, library] = [terms, names];
      synonyms = terms.map(([chinese, english, aliases]) => [chinese, ...english, ...aliases].map(fold));
    },
    /** @param {string} name @param {[string, string][]} said */
    text(name, said) {
      texts.set(name, said);
    },
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

  /** @param {HTMLElement} item @param {[string, string, string, string]} excerpt @param {string} name */
  function addExcerpt(item, [id, before, words, after], name) {
    const link = item.querySelector("a");
    if (!link) return;
    const line = document.createElement("span");
    line.className = "excerpt";
    const mark = document.createElement("mark");
    mark.textContent = words;
    line.append(before, mark, after);
    link.append(line);
    link.href = `${home}${name}.html#${encodeURIComponent(id)}:~:text=${encodeURIComponent(words)}`;
  }

  let turn = 0;
  let composing = false;
  async function answer() {
    if (composing) return;
    const mine = ++turn;
    const query = field?.value.trim() || "";
    const found = query ? await bookSearch.find(query) : [];
    if (mine !== turn || !list || !status) return;
    const words = query ? bookSearch.words(query) : [];
    const extra = words.map(({ address, text, note }) => {
      const item = row(address, "", text, "word");
      const line = document.createElement("span");
      line.className = "excerpt";
      line.textContent = note;
      item.querySelector("a")?.append(line);
      return item;
    });
    const pages = found.map(({ entry: [name, number, title] }) => row(`${name}.html`, number, title, "page"));
    const rows = found.flatMap(({ entry: [name], headings }, place) => [
      pages[place],
      ...headings.slice(0, 3).map(([id, text]) => row(`${name}.html#${encodeURIComponent(id)}`, "", text, "heading")),
    ]);
    list.replaceChildren(...extra, ...rows);
    form?.classList.toggle("open", Boolean(query));
    if (!query) {
      status.textContent = "";
      return;
    }
    const numbered = /^[\d.]+$/.test(query);
    const excerpts = await Promise.all(found.map(({ entry }) => bookSearch.excerpt(entry, query)));
    if (mine !== turn) return;
    let literal = 0;
    excerpts.forEach((excerpt, place) => {
      if (excerpt && !numbered) addExcerpt(pages[place], excerpt, found[place].entry[0]);
      if (excerpt || numbered || found[place].headings.length || found[place].entry[2].toLowerCase().includes(query.toLowerCase())) literal++;
    });
    const many = literal === 12 ? "以上" : "";
    if (!found.length) status.textContent = extra.length ? "" : "没有找到";
    else if (literal) status.textContent = `找到${literal}页${many}`;
    else {
      for (const item of [...list.children].slice(extra.length + 5)) item.remove();
      status.textContent = `没有一页写着“${query}”，下面${Math.min(5, found.length)}页最相近`;
    }
  }

  function close() {
    form?.classList.remove("open");
  }

  field.addEventListener("compositionstart", () => (composing = true));
  field.addEventListener("compositionend", () => {
    composing = false;
    answer();
  });
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
