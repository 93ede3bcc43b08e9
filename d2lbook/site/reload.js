"use strict";
// Served by `d2lbook serve` only: reloads the page when the site was built again, and lays over it what is wrong.
const news = new EventSource("/_events");
news.onmessage = () => location.reload();
news.addEventListener("wrong", (event) => {
  const text = JSON.parse(event.data);
  const layer = document.createElement("div");
  layer.id = "d2lbook-wrong";
  layer.setAttribute("role", "alertdialog");
  layer.setAttribute("aria-label", "d2lbook");
  Object.assign(layer.style, {
    position: "fixed", inset: "auto 1rem 1rem 1rem", maxHeight: "60vh", overflow: "auto", zIndex: "9999",
    padding: "0.75rem 1rem", border: "2px solid #b3261e", borderRadius: "6px",
    background: "#1f1a1a", color: "#f6eeee", textAlign: "left",
  });
  const close = document.createElement("button");
  close.textContent = "×";
  close.setAttribute("aria-label", "close");
  Object.assign(close.style, { float: "right", font: "inherit", color: "inherit", background: "none", border: "0" });
  close.onclick = () => layer.remove();
  const words = document.createElement("pre");
  words.textContent = text;
  Object.assign(words.style, {
    margin: "0", whiteSpace: "pre-wrap", color: "inherit", background: "none", border: "0",
    font: "0.85rem/1.5 ui-monospace, monospace",
  });
  layer.append(close, words);
  document.getElementById(layer.id)?.remove();
  document.body.append(layer);
});
addEventListener("keydown", (event) => {
  if (event.key === "Escape") document.getElementById("d2lbook-wrong")?.remove();
});
