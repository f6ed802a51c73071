// bundle.mjs OUT: bundles the report page to OUT/report_template.html and writes it as OUT/report_template.cc. The page
// is one file without outside requests; @@REPORT@@ stands where the data goes.

import { build } from "esbuild";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cppString } from "./cpp_string.mjs";
import { bundledPackages, licenceComment, packageList } from "./packages.mjs";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = process.argv[2];
if (!out) {
  console.error("usage: bundle.mjs OUT");
  process.exit(2);
}

const { outputFiles, metafile } = await build({
  absWorkingDir: web,
  entryPoints: ["src/report/main.ts"],
  bundle: true,
  minify: true,
  format: "iife",
  target: ["es2021", "chrome100", "firefox100", "safari15.4"],
  legalComments: "inline",
  charset: "utf8",
  outdir: "out",
  write: false,
  metafile: true,
});
const packages = await bundledPackages(web, metafile);
const text = (ending) => outputFiles.find((file) => file.path.endsWith(ending)).text.trim();
const script = licenceComment(packages) + text(".js"), style = text(".css");
if (/<\/script|<!--/i.test(script)) throw new Error("the script would end its own element");
if (/<\/style/i.test(style)) throw new Error("the style would end its own element");

// Functions as replacements: code is full of "$&".
const page = (await readFile(join(web, "src/report/page.html"), "utf8"))
  .replace("@@STYLE@@", () => style)
  .replace("@@SCRIPT@@", () => script);
if (page.split("@@REPORT@@").length !== 2) throw new Error("page.html must name @@REPORT@@ exactly once");

await mkdir(out, { recursive: true });
await writeFile(join(out, "report_template.html"), page);
await writeFile(join(out, "report_packages.txt"), packageList(packages));
await writeFile(join(out, "report_template.cc"), source(page));

function source(content) {
  return `// Written by web/tools/bundle.mjs.\n#include <string_view>\n\nnamespace almanac::web {\n\n` +
    `extern const std::string_view kReportTemplate;\nconst std::string_view kReportTemplate(\n${cppString(content, "    ")},\n    ${Buffer.byteLength(content)});\n\n` +
    `}  // namespace almanac::web\n`;
}
