// Says how old the runs are whose dates a page of results shows. Without it the dates stand there alone.
// @ts-check
"use strict";

for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll(":is(#results, #changes) time"))) {
  const days = Math.floor((Date.now() - Date.parse(time.dateTime)) / 86400000);
  if (!Number.isFinite(days)) continue;
  const age = document.createElement("span");
  age.className = "age";
  age.textContent = days < 1 ? "（今天）" : `（${days}天前）`;
  time.append(age);
}
