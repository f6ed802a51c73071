// states.mjs CHROMIUM FOLDER: the pages in states that a healthy daemon does not show (no groups, a thousand, a store that
// cannot be read, read-only), against the answers of dashboard_server.mjs.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { accessible, Checks, fits, openBrowser, openPage } from "./harness.mjs";

const [chromium, folder] = process.argv.slice(2);
if (!folder) {
  console.error("usage: states.mjs CHROMIUM FOLDER");
  process.exit(2);
}
const checks = new Checks();
const browser = await openBrowser(chromium);

async function served(options, work) {
  const server = spawn(
    process.execPath,
    [join(dirname(fileURLToPath(import.meta.url)), "../dashboard_server.mjs"), folder, "0", ...options],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    const [line] = await once(server.stdout, "data");
    await work(String(line).trim());
  } finally {
    server.kill();
  }
}

async function stateOf(what, base, hash, heading, more) {
  const { page, go, close } = await openPage(browser, checks, base, "phone", more);
  await go(hash);
  await page.getByRole("heading", { name: heading }).waitFor();
  checks.check(`${what}: it is said what to do`, (await page.locator(".state .prose").first().innerText()).length > 30);
  await accessible(page, checks, what);
  await fits(page, checks, what);
  await close(what);
}

await served(["--empty"], async (base) => {
  await stateOf("no groups", base, "", "No groups yet");
  await stateOf("an unknown group", base, "#/groups/nobody", "The group nobody could not be read");
});
await served(["--failing"], async (base) => {
  for (const colorScheme of ["light", "dark"]) {
    await stateOf("a store that cannot be read", base, "", "The fleet could not be read", { colorScheme });
    await stateOf("a group whose store cannot be read", base, "#/groups/shop", "The group shop could not be read", { colorScheme });
    await stateOf("a calendar that cannot be read", base, "#/groups/shop/calendar", "The calendar could not be read", { colorScheme });
  }
});
await served(["--groups", "1000"], async (base) => {
  const { page, go, close } = await openPage(browser, checks, base, "desktop");
  await go("");
  const rows = page.locator("table.fleet tbody tr");
  await rows.nth(99).waitFor();
  checks.check("a thousand groups: what needs attention comes first", /level-critical/.test(await rows.first().getAttribute("class")));
  checks.check(
    "a thousand groups: all are counted",
    (await page.locator(".pagehead .lead").innerText()).startsWith("1,000 groups: "),
    await page.locator(".pagehead .lead").innerText(),
  );
  const begun = Date.now();
  while ((await rows.count()) < 1000 && Date.now() - begun < 60000) {
    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await page.waitForTimeout(50);
  }
  checks.check("a thousand groups: scrolling brings them all", (await rows.count()) === 1000, await rows.count());
  const drawn = await page.evaluate(async () => {
    const times = [];
    for (let i = 0; i < 30; ++i) {
      const last = performance.now();
      scrollTo(0, i * 900);
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - last);
    }
    return times.sort((a, b) => a - b)[15];
  });
  checks.figure("scrolling a thousand groups: frame median, ms", Math.round(drawn * 10) / 10);
  await page.getByRole("searchbox").fill("0777");
  await page.waitForFunction(() => document.querySelectorAll("table.fleet tbody tr").length === 1);
  checks.check("a thousand groups: one is found", true);
  await close("a thousand groups");
});
await served(["--speed", "300"], async (base) => {
  const { page, go, close } = await openPage(browser, checks, base, "desktop");
  await go("");
  const link = page.getByRole("link", { name: "search-api", exact: true });
  await link.focus();
  const row = () => page.evaluate(() => document.querySelector("a[href$='/search-api']").closest("tr").innerText);
  const place = () => page.evaluate(() => [...document.querySelectorAll("table.fleet a")].findIndex((each) => each.textContent === "search-api"));
  await page.evaluate(() => {
    window.focused = document.activeElement;
    window.lost = 0;
    window.focused.addEventListener("blur", () => ++window.lost);
  });
  const kept = () => page.evaluate(() => document.activeElement === window.focused && window.lost === 0);
  const [before, beforePlace] = [await row(), await place()];
  await page.waitForFunction((old) => document.querySelector("a[href$='/search-api']").closest("tr").innerText !== old, before);
  checks.check("a redraw: a row that says something else keeps the focus", await kept());
  await page.locator("select[aria-label^=Order]").evaluate((select) => {
    select.value = "name";
    select.dispatchEvent(new Event("change"));
  });
  await page.waitForFunction(() => document.querySelector("table.fleet a").textContent === "auth");
  checks.check("a redraw: the row has another place", (await place()) !== beforePlace, [beforePlace, await place()]);
  checks.check("a redraw: a row that comes to another place keeps the focus", await kept());
  await page.keyboard.press("Enter");
  await page.waitForURL(/groups\/search-api/);
  checks.check("a redraw: a key meets the row that it was meant for", true);
  await close("a redraw");
});
await served(["--read-only"], async (base) => {
  const { page, go, close } = await openPage(browser, checks, base, "desktop");
  await go("#/groups/search-api");
  await page.locator(".readonly").waitFor();
  checks.check("read-only: it is said why nothing can be done", /without a token/.test(await page.locator(".readonly").innerText()));
  checks.check("read-only: what needs attention stands on the page", /no metrics/.test(await page.locator(".notes").innerText()));
  await close("read-only");
});

await browser.close();
for (const [what, value] of checks.figures) console.log(`figure: ${what}: ${value}`);
console.log(`${checks.passed} checks passed, ${checks.failed} failed`);
process.exit(checks.failed === 0 ? 0 : 1);
