// preview.mjs TEMPLATE OUT.html [full|minimal|handled]: the page with the sample report of test/sample.ts in it, to look
// at; "handled" adds test/browser.ts, which uses the page as a reader does and writes down what it saw.

import { build } from "esbuild";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { asSent } from "../test/as_sent.mjs";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");
const [template, out, kind] = process.argv.slice(2);
if (!template || !out) {
  console.error("usage: preview.mjs TEMPLATE OUT.html [full|minimal|handled]");
  process.exit(2);
}
const folder = await mkdtemp(join(tmpdir(), "almanac-preview-"));
try {
  const module = join(folder, "sample.mjs");
  await build({ absWorkingDir: web, entryPoints: ["test/sample.ts"], bundle: true, platform: "node", format: "esm", outfile: module });
  const { sampleReport, minimalReport, reportTimes } = await import(pathToFileURL(module).href);
  const report = asSent(kind === "minimal" ? minimalReport() : sampleReport(), reportTimes);
  const json = JSON.stringify(report).replaceAll("<", "\\u003c");
  let page = (await readFile(template, "utf8")).replace("@@REPORT@@", () => json);
  if (kind === "handled") {
    const { outputFiles } = await build({ absWorkingDir: web, entryPoints: ["test/browser.ts"], bundle: true, format: "iife", write: false });
    page = page.replace("</body>", () => `<script>${outputFiles[0].text}</script></body>`);
  }
  await writeFile(out, page);
} finally {
  await rm(folder, { recursive: true });
}
