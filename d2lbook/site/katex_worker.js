// Reads one JSON array of formulas a line, [[tex, display], ...], and answers each line with one array:
// a string of HTML for a formula, {"error": message} for one that KaTeX rejects.
// Called as: node katex_worker.js FOLDER, the node_modules that hold KaTeX
"use strict";

const path = require("node:path");
const readline = require("node:readline");
const katex = require(path.join(process.argv[2], "katex"));

/**
 * The statements of a displayed formula that stand side by side: what \\qquad parts, or \\quad after a comma, outside
 * braces, environments and \\left … \\right. A narrow page sets them below one another.
 * @param {string} tex
 * @returns {string[]}
 */
function statements(tex) {
  const parts = [""];
  let depth = 0;
  for (const [token] of tex.matchAll(/\\(?:begin|end|left|right|q?quad)(?![A-Za-z])|\\[A-Za-z]+|\\[^]|[^]/g)) {
    const current = parts.length - 1;
    if (/^(?:\{|\\begin|\\left)$/.test(token)) depth += 1;
    if (/^(?:\}|\\end|\\right)$/.test(token)) depth -= 1;
    if (depth === 0 && (token === "\\qquad" || (token === "\\quad" && /,\s*$/.test(parts[current])))) parts.push("");
    else parts[current] += token;
  }
  return parts;
}

/**
 * @param {[string, boolean]} formula
 * @returns {string | {error: string}}
 */
function render([tex, displayMode]) {
  const options = { displayMode, throwOnError: true, strict: "ignore", trust: false };
  try {
    const whole = katex.renderToString(tex, options);
    const parts = displayMode ? statements(tex) : [tex];
    if (parts.length === 1 || parts.some((part) => !part.trim())) return whole;
    return parts.map((part) => katex.renderToString(part, options)).join("");
  } catch (error) {
    return { error: String(error instanceof Error ? error.message : error) };
  }
}

readline.createInterface({ input: process.stdin, crlfDelay: Infinity }).on("line", (line) => {
  process.stdout.write(JSON.stringify(JSON.parse(line).map(render)) + "\n");
});
