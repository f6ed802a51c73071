// dashboard.mjs OUT [--unminified]: bundles the dashboard to OUT/dashboard/ (index.html and assets/ whose names carry their
// content's hash, so that browsers may keep them for ever) and writes them as OUT/dashboard_assets.cc.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cppString } from "./cpp_string.mjs";
import { bundledPackages, licenceComment, packageList } from "./packages.mjs";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");
const [out, mode] = process.argv.slice(2);
if (!out) {
  console.error("usage: dashboard.mjs OUT [--unminified]");
  process.exit(2);
}

const { outputFiles, metafile } = await build({
  absWorkingDir: web,
  entryPoints: ["src/dashboard/main.ts", "src/dashboard/theme.ts"],
  bundle: true,
  minify: mode !== "--unminified",
  format: "iife",
  target: ["es2021", "chrome105", "firefox121", "safari15.4"],
  legalComments: "inline",
  charset: "utf8",
  outdir: "out",
  write: false,
  metafile: true,
});
const packages = await bundledPackages(web, metafile);
const content = (name) => outputFiles.find((file) => file.path.endsWith(name)).text;
const hash = (text) => createHash("sha256").update(text).digest("hex");

const types = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};
const assets = [];
function asset(stem, ending, text) {
  const path = `assets/${stem}-${hash(text).slice(0, 12)}.${ending}`;
  assets.push({ path: `/${path}`, type: types[ending], text });
  return path;
}
const places = {
  "@@ICON@@": asset("icon", "svg", (await readFile(join(web, "src/dashboard/icon.svg"), "utf8")).trim()),
  "@@THEME@@": asset("theme", "js", content("theme.js")),
  "@@STYLE@@": asset("dashboard", "css", content("main.css")),
  "@@SCRIPT@@": asset("dashboard", "js", licenceComment(packages) + content("main.js")),
};
let page = await readFile(join(web, "src/dashboard/index.html"), "utf8");
for (const [place, path] of Object.entries(places)) {
  if (page.split(place).length !== 2) throw new Error(`index.html must name ${place} exactly once`);
  page = page.replace(place, path);
}
assets.unshift({ path: "/", type: types.html, text: page });

await rm(join(out, "dashboard"), { recursive: true, force: true });
await mkdir(join(out, "dashboard/assets"), { recursive: true });
for (const { path, text } of assets) await writeFile(join(out, "dashboard", path === "/" ? "index.html" : path), text);
await writeFile(join(out, "dashboard_packages.txt"), packageList(packages));
await writeFile(join(out, "dashboard_assets.cc"), source());

function source() {
  const entries = assets.map(
    ({ path, type, text }) =>
      `    {.path = ${cppString(path)},\n     .content_type = ${cppString(type)},\n     .bytes = std::string_view(\n${cppString(text, "         ")},\n         ${Buffer.byteLength(text)}),\n` +
      `     .etag = ${cppString(`"${hash(text).slice(0, 16)}"`)}},\n`,
  );
  return (
    `// Written by web/tools/dashboard.mjs.\n#include "web/dashboard.h"\n\nnamespace almanac::web {\n\nnamespace {\nconst Asset kAssets[] = {\n${entries.join("")}};\n}  // namespace\n\n` +
    `std::span<const Asset> dashboard_assets() {\n  return kAssets;\n}\n\n}  // namespace almanac::web\n`
  );
}
