// Shows on a card what a reference leads to, while the mouse or the keyboard's focus is on it. What to show stands in the
// page: in a template, or at the place itself. Fingers get no card: a tap follows the link.
// @ts-check
"use strict";

(() => {
  const LINKS = "article a:is(.to-section, .to-figure, .to-table, .to-equation, .citation)";
  const WAIT = 250; // milliseconds on a link until its card shows, so that a passing mouse opens none
  const GRACE = 200; // to move from the link to the card
  const MARGIN = 8; // pixels

  const card = document.createElement("div");
  card.className = "card";
  card.id = "card";
  card.setAttribute("role", "tooltip");
  card.hidden = true;
  document.body.append(card);

  /** @type {HTMLAnchorElement | null} */
  let shown = null;
  /** @type {number | undefined} */
  let timer;

  /** What a link's card holds, as copies; nothing if the page does not know.
   * @param {HTMLAnchorElement} link */
  function content(link) {
    const address = link.getAttribute("href") || "";
    const known = document.querySelector(`template[data-card="${CSS.escape(address)}"]`);
    if (known instanceof HTMLTemplateElement) return known.content.cloneNode(true);
    const place = address.startsWith("#") && document.getElementById(decodeURIComponent(address.slice(1)));
    if (!place || place.matches("section")) return null;
    const copy = document.createDocumentFragment();
    copy.append(...[...(place.matches("li") ? place.childNodes : [place])].map((node) => node.cloneNode(true)));
    return copy;
  }

  /** Makes copies harmless: nothing to focus, no name twice. Pictures stay lazy, so that the hidden variant is not fetched.
   * @param {HTMLElement} box */
  function still(box) {
    for (const link of box.querySelectorAll("a")) {
      const text = document.createElement("span");
      text.className = link.className;
      text.append(...link.childNodes);
      link.replaceWith(text);
    }
    for (const element of box.querySelectorAll("[id], [tabindex], [role], [aria-label]")) {
      for (const name of ["id", "tabindex", "role", "aria-label"]) element.removeAttribute(name);
    }
  }

  /** Puts the card below the link, or above where there is more room.
   * @param {HTMLAnchorElement} link @param {number} [y] of the mouse: a link may stand on two lines */
  function place(link, y) {
    const lines = [...link.getClientRects()];
    const line = lines.find((box) => y !== undefined && box.top <= y && y <= box.bottom) || lines[0];
    const top = document.querySelector("header.top")?.getBoundingClientRect().bottom || 0;
    if (!line || line.bottom < top || line.top > innerHeight) return close();
    const below = innerHeight - line.bottom > card.offsetHeight + 2 * MARGIN;
    const fits = line.top - top > card.offsetHeight + 2 * MARGIN;
    card.style.top = `${below || !fits ? line.bottom + MARGIN : line.top - MARGIN - card.offsetHeight}px`;
    const right = document.documentElement.clientWidth - card.offsetWidth - MARGIN;
    card.style.left = `${Math.max(MARGIN, Math.min(line.left, right))}px`;
  }

  /** Makes a long formula small enough for its card; a little overhang is what KaTeX hides for screen readers. */
  function fit() {
    for (const formula of card.querySelectorAll(".formula")) {
      const share = formula.clientWidth / formula.scrollWidth;
      if (share < 0.95) /** @type {HTMLElement} */ (formula).style.fontSize = `${share * 98}%`;
    }
  }

  /** @param {HTMLAnchorElement} link @param {number} [y] */
  function show(link, y) {
    if (shown === link) return;
    close();
    const copies = content(link);
    if (!copies) return;
    card.replaceChildren(copies);
    still(card);
    card.hidden = false;
    shown = link;
    link.setAttribute("aria-describedby", card.id);
    fit();
    place(link, y);
  }

  function hide() {
    clearTimeout(timer);
    close();
  }

  /** Takes the card away; one that waits may still come. */
  function close() {
    shown?.removeAttribute("aria-describedby");
    shown = null;
    card.hidden = true;
  }

  /** @param {EventTarget | null} target */
  function linkAt(target) {
    const link = target instanceof Element ? target.closest(LINKS) : null;
    return link instanceof HTMLAnchorElement ? link : null;
  }

  document.addEventListener("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const link = linkAt(event.target);
    if (link && link !== shown) {
      clearTimeout(timer);
      timer = setTimeout(() => show(link, event.clientY), WAIT);
    } else if (link || card.contains(/** @type {Node} */ (event.target))) {
      clearTimeout(timer);
    } else {
      clearTimeout(timer);
      if (shown && shown !== document.activeElement) timer = setTimeout(hide, GRACE);
    }
  });
  document.addEventListener("focusin", (event) => {
    const link = linkAt(event.target);
    if (link?.matches(":focus-visible")) show(link);
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("click", hide);
  document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  addEventListener("scroll", () => shown && place(shown), { passive: true });
  addEventListener("resize", hide);
})();
