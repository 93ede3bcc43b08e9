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

  const names = (root.dataset.backends || "").split(" ").filter(Boolean);
  const asked = new URLSearchParams(location.search).get("tab");
  const wish = [asked, remembered("d2lbook.tab"), names[0]].find((name) => name && names.includes(name));
  if (wish) {
    root.dataset.tab = wish;
    if (wish === asked) {
      try {
        localStorage.setItem("d2lbook.tab", wish);
      } catch {
        // no storage: the choice holds for this page
      }
    }
  }
  const beside = remembered("d2lbook.compare");
  if (beside && names.includes(beside) && beside !== wish) root.dataset.compare = beside;
  const theme = remembered("d2lbook.theme");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;

  // Lines break anew when the fonts of formulas arrive, or a script adds words: the text waits for it, but not for long.
  if ("waits" in root.dataset) {
    root.dataset.waiting = "";
    const show = () => delete root.dataset.waiting;
    document.addEventListener("DOMContentLoaded", () => {
      root.getBoundingClientRect(); // now the browser knows which fonts it needs
      document.fonts.ready.then(show);
      setTimeout(show, 400);
    });
  }
})();
