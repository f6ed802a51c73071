// test.mjs OUT: bundles every test/*.test.ts to OUT and runs them with Node's own test runner, and test/*.test.mjs, which are
// about the tools, as they are.

import { build } from "esbuild";
import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const web = join(dirname(fileURLToPath(import.meta.url)), "..");
const out = process.argv[2] ?? join(web, "dist", "test");
rmSync(out, { recursive: true, force: true });
const found = readdirSync(join(web, "test"));
const tests = found.filter((name) => name.endsWith(".test.ts"));
const ofTools = found.filter((name) => name.endsWith(".test.mjs")).map((name) => join(web, "test", name));
await build({
  absWorkingDir: web,
  entryPoints: tests.map((name) => `test/${name}`),
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node18",
  outExtension: { ".js": ".mjs" },
  outdir: out,
});
const files = tests.map((name) => join(out, name.replace(/\.ts$/, ".mjs")));
process.exit(spawnSync(process.execPath, ["--test", ...files, ...ofTools], { stdio: "inherit" }).status ?? 1);
