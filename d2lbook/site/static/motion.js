// Pictures that move: steps by buttons and keys, playing, courses to choose from. Without it the still picture stands.
// @ts-check
"use strict";

(() => {
  const PACE = 1600; // milliseconds that a step is shown while playing

  /** Whether an element that shows `at` these states is to be seen in `state` (-1: the still picture).
   * @param {string} at @param {number} state */
  function shows(at, state) {
    return at.split(" ").some((word) => {
      if (state < 0 || word === "still") return state < 0 && word === "still";
      const [first, last = first] = word.split("-");
      return state >= Number(first) && state <= (last === "" ? Infinity : Number(last));
    });
  }

  /** Attributes that have a value for every state, each with what it is in the still picture.
   * @param {Element} box */
  function changing(box) {
    return [...box.querySelectorAll("svg *")].flatMap((element) =>
      [...element.attributes]
        .filter((given) => given.name.startsWith("data-each-"))
        .map((given) => {
          const name = given.name.slice("data-each-".length);
          return { element, name, values: given.value.split(";"), still: element.getAttribute(name) };
        }),
    );
  }

  /** @param {HTMLElement} box @param {number} number */
  function bring(box, number) {
    const steps = Number(box.dataset.steps);
    const seen = [...box.querySelectorAll("[data-at]")];
    const lists = changing(box);
    const place = box.querySelector("output");
    const says = box.querySelector(".says");
    const courses = /** @type {NodeListOf<HTMLInputElement>} */ (box.querySelectorAll("fieldset input"));
    let [course, step, timer] = [0, -1, 0];

    /** @param {number} state */
    function draw(state) {
      for (const element of seen) {
        const shown = shows(element.getAttribute("data-at") || "", state);
        if (element instanceof SVGElement && shown) element.removeAttribute("display");
        else if (element instanceof SVGElement) element.setAttribute("display", "none");
        else element.classList.toggle("now", shown);
      }
      for (const { element, name, values, still } of lists) {
        const value = state < 0 ? still : values[state];
        if (value === null) element.removeAttribute(name);
        else element.setAttribute(name, value);
      }
    }

    const state = () => (step < 0 ? -1 : course * steps + step);

    /** @param {number} next */
    function go(next) {
      step = Math.max(-1, Math.min(steps - 1, next));
      draw(state());
      if (place) place.textContent = `${step + 1}/${steps}`;
      for (const radio of courses) radio.checked = step >= 0 && Number(radio.value) === course;
    }

    function stop() {
      clearTimeout(timer);
      timer = 0;
      box.classList.remove("playing");
      says?.setAttribute("aria-live", "polite");
    }

    function play() {
      box.classList.add("playing");
      says?.setAttribute("aria-live", "off"); // steps that come by themselves are not read out
      go(step < steps - 1 ? step + 1 : 0);
      timer = step < steps - 1 ? setTimeout(play, PACE) : 0;
      if (!timer) stop();
    }

    /** @type {Record<string, () => void>} */
    const acts = {
      back: () => go(step - 1),
      on: () => go(step + 1),
      still: () => go(-1),
      ArrowLeft: () => go(step - 1),
      ArrowRight: () => go(step + 1),
      Home: () => go(0),
      End: () => go(steps - 1),
    };

    box.addEventListener("click", (event) => {
      const button = /** @type {Element} */ (event.target).closest("button");
      if (!button) return;
      box.classList.add("begun");
      const plays = timer > 0;
      stop();
      if (button.className !== "play") acts[button.className]?.();
      else if (!plays) play();
    });
    box.addEventListener("keydown", (event) => {
      if (!acts[event.key] || event.target instanceof HTMLInputElement || steps < 2) return;
      event.preventDefault();
      box.classList.add("begun");
      stop();
      acts[event.key]();
    });
    for (const radio of courses) {
      radio.name = `course-${number}`;
      radio.addEventListener("change", () => {
        box.classList.add("begun");
        stop();
        course = Number(radio.value);
        go(Math.max(step, 0));
      });
    }
    addEventListener("beforeprint", () => draw(-1));
    addEventListener("afterprint", () => draw(state()));
    go(-1);
    box.classList.add("ready");
  }

  document.querySelectorAll(".moving").forEach((box, number) => box instanceof HTMLElement && bring(box, number));
})();
