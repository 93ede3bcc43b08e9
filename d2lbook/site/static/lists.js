// Narrows a long list (the glossary, the index of the library) to what is typed. Without it the list stands whole.
// @ts-check
"use strict";

(() => {
  const box = document.querySelector(".letters input");
  const told = document.querySelector(".letters output");
  if (!(box instanceof HTMLInputElement) || !told) return;
  const items = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("article tr[id], article section.name")]);
  const texts = items.map((item) => (item.textContent || "").toLowerCase());
  const groups = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('article section[id^="letter-"]')]);

  function narrow() {
    const words = /** @type {HTMLInputElement} */ (box).value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    items.forEach((item, place) => {
      item.hidden = !words.every((word) => texts[place].includes(word));
      shown += item.hidden ? 0 : 1;
    });
    for (const group of groups) group.hidden = !group.querySelector(":scope :is(tr[id], section.name):not([hidden])");
    /** @type {Element} */ (told).textContent = words.length ? `${shown}/${items.length}` : "";
  }

  box.addEventListener("input", (event) => {
    if (!(event instanceof InputEvent && event.isComposing)) narrow(); // an input method is not done yet
  });
  box.addEventListener("compositionend", narrow);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !box.value) return;
    box.value = "";
    narrow();
  });
})();
