// Reads one JSON array of formulas a line, [[tex, display], ...], and answers each line with one array:
// a string of HTML for a formula, {"error": message} for one that KaTeX rejects.
// Called as: node katex_worker.js FOLDER, the node_modules that hold KaTeX
"use strict";

const path = require("node:path");
const readline = require("node:readline");
const katex = require(path.join(process.argv[2], "katex"));

/**
 * @param {[string, boolean]} formula
 * @returns {string | {error: string}}
 */
function render([tex, displayMode]) {
  try {
    return katex.renderToString(tex, { displayMode, throwOnError: true, strict: "ignore", trust: false });
  } catch (error) {
    return { error: String(error instanceof Error ? error.message : error) };
  }
}

readline.createInterface({ input: process.stdin, crlfDelay: Infinity }).on("line", (line) => {
  process.stdout.write(JSON.stringify(JSON.parse(line).map(render)) + "\n");
});
