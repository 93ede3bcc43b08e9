// Runs before the first paint: notes the reader's backend and theme on the root element, so that nothing moves later.
// @ts-check
"use strict";

(() => {
  const root = document.documentElement;

  /** @param {string} key */
  function remembered(key) {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  }

  root.dataset.scripts = ""; // what answers a prediction may be hidden: something is there to show it

  /** @param {string} key @param {string} value */
  function remember(key, value) {
    try {
      localStorage.setItem(key, value);
    } catch {
      // no storage: the choice holds for this page
    }
  }

  const names = (root.dataset.backends || "").split(" ").filter(Boolean);

  /** The backend that somebody means: its name in any case, a part of it (torch), or its letters in order (tf).
   * @param {string | null} wish */
  function backend(wish) {
    const word = (wish || "").toLowerCase().replace(/[^a-z0-9]/g, "");
    if (!word) return undefined;
    const letters = new RegExp([...word].join(".*"));
    return names.find((name) => name === word) || names.find((name) => name.includes(word)) || names.find((name) => letters.test(name));
  }

  const address = new URLSearchParams(location.search);
  const asked = backend(address.get("tab"));
  const wish = asked || backend(remembered("d2lbook.tab")) || names[0];
  if (wish) root.dataset.tab = wish;
  if (asked) remember("d2lbook.tab", asked);
  if ("grouped" in root.dataset) {
    const others = address.get("compare") ?? remembered("d2lbook.compare") ?? "";
    const beside = new Set(others.split(/[ ,+]/).map(backend).filter((name) => name && name !== wish));
    if (beside.size) {
      root.dataset.compare = [...beside].join(" ");
      root.dataset.columns = String(beside.size + 1);
    }
    if (address.has("compare")) remember("d2lbook.compare", [...beside].join(" "));
  }
  if (remembered("d2lbook.wrap")) root.dataset.wrap = "";
  const theme = remembered("d2lbook.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  // Lines break anew when the fonts of formulas arrive, or a script adds words: the text waits for it, but not for long.
  if ("waits" in root.dataset) {
    root.dataset.waiting = "";
    const show = () => delete root.dataset.waiting;
    setTimeout(show, 600); // whatever else is still on its way
    document.addEventListener("DOMContentLoaded", () => {
      root.getBoundingClientRect(); // now the browser knows which fonts it needs
      document.fonts.ready.then(show);
    });
  }

  // Over http(s) a browser may install the site, and shows pages seen before where there is no network.
  if (/^https?:$/.test(location.protocol) && "serviceWorker" in navigator) {
    const script = document.currentScript instanceof HTMLScriptElement ? document.currentScript.src : "";
    const worker = new URL("../worker.js", script);
    const manifest = document.createElement("link");
    manifest.rel = "manifest";
    manifest.href = root.dataset.app || "";
    document.head.append(manifest);
    addEventListener("load", () => navigator.serviceWorker.register(worker.pathname).catch(() => undefined));
  }
})();
