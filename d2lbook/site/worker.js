// Answers from what was seen before where there is no network; with one, the network always comes first.
"use strict";

const CACHE = "d2lbook-VERSION";
const KINDS = new Set(["document", "script", "style", "image", "font", "manifest"]);
const LONGEST = 4000; // ms that a page may let a reader wait who has it already

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("d2lbook-") && name !== CACHE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

/** @param {Request} request */
async function answer(request) {
  const cache = await caches.open(CACHE);
  const known = await cache.match(request, { ignoreSearch: request.mode === "navigate" });
  const fresh = fetch(request).then((response) => {
    if (response.status === 200 && response.type === "basic") cache.put(request, response.clone());
    return response;
  });
  if (!known) return fresh;
  const patience = new Promise((resolve) => setTimeout(resolve, LONGEST, known));
  return Promise.race([fresh.catch(() => known), patience]);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (!KINDS.has(request.destination) || request.method !== "GET" || new URL(request.url).origin !== self.location.origin) return;
  event.respondWith(answer(request));
});
