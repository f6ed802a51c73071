// dashboard.mjs CHROMIUM ALMANAC [NAME ...]: uses every page of a real daemon over the simulated cloud, with real clicks, at
// desktop and phone size, in light and dark. With names, only those parts. Prints what was measured.

import { Checks, openBrowser } from "./harness.mjs";
import { startDaemon, token } from "./daemon.mjs";
import * as pages from "./pages.mjs";

const [chromium, almanac, ...names] = process.argv.slice(2);
if (!almanac) {
  console.error("usage: dashboard.mjs CHROMIUM ALMANAC [NAME ...]");
  process.exit(2);
}
const checks = new Checks();
const daemon = await startDaemon(almanac, 300);
const browser = await openBrowser(chromium);
const site = { base: daemon.base, group: "shop", groups: 2, kind: "flash-sale", token };

async function part(name, work) {
  if (names.length > 0 && !names.includes(name)) return;
  const begun = Date.now();
  try {
    await work();
  } catch (error) {
    checks.check(`${name} went through`, false, String(error).slice(0, 1500));
  }
  checks.figure(`${name}, s`, Math.round((Date.now() - begun) / 1000));
}

const looks = [
  ["desktop", "light"],
  ["phone", "dark"],
];
try {
  for (const [size, scheme] of looks) await part("fleet", () => pages.fleet(browser, checks, site, size, scheme));
  for (const [size, scheme] of looks) await part("calendar", () => pages.calendar(browser, checks, site, size, scheme));
  for (const size of ["desktop", "phone"]) await part("actions", () => pages.actions(browser, checks, site, size));
  for (const [size, scheme] of looks) await part("group", () => pages.group(browser, checks, site, size, scheme));
  await part("keyboard", () => pages.keyboard(browser, checks, site));
  await part("speed", () => pages.speed(browser, checks, site));
  await part("backtest", async () => {
    for (const [i, [size, scheme]] of looks.entries()) await pages.backtest(browser, checks, site, size, scheme, i === 0);
  });
  await part("counterfactual", () => pages.counterfactual(browser, checks, site));
  await part("live", async () => {
    const watcher = await pages.live(browser, checks, site);
    const { code } = await daemon.stop();
    checks.check("gone: the daemon ends well on SIGTERM", code === 0, code);
    await pages.gone(watcher, checks);
    await daemon.startAgain();
    await pages.back(watcher, checks);
  });
} finally {
  await browser.close();
  await daemon.clear();
}

for (const [what, value] of checks.figures) console.log(`figure: ${what}: ${value}`);
console.log(`${checks.passed} checks passed, ${checks.failed} failed`);
if (checks.failed > 0) console.log(`the daemon's last words:\n${daemon.log.join("").split("\n").slice(-12).join("\n")}`);
process.exit(checks.failed === 0 ? 0 : 1);
