// Every page of the dashboard, used as its readers do. `site` is {base, group, token}; the daemon lives at many times
// the wall's speed.

import { iso } from "../as_sent.mjs";
import { accessible, drawnAhead, fits, openPage } from "./harness.mjs";

const text = (page, selector) => page.locator(selector).first().innerText();

export async function fleet(browser, checks, site, size, colorScheme) {
  const what = `fleet, ${size}, ${colorScheme}`;
  const { page, go, close } = await openPage(browser, checks, site.base, size, { colorScheme });
  await go("");
  await page.locator("table.fleet tbody tr").first().waitFor();
  if (size === "desktop" && colorScheme === "light") {
    const paint = await page.evaluate(() =>
      performance.getEntriesByType("paint").map((entry) => [entry.name, Math.round(entry.startTime)]),
    );
    checks.figure("fleet: first contentful paint, ms", paint.find(([name]) => name === "first-contentful-paint")?.[1]);
    checks.check("fleet: the first paint comes soon", (paint.find(([name]) => name === "first-contentful-paint")?.[1] ?? 0) < 5000, paint);
  }
  const rows = await page.locator("table.fleet tbody tr").count();
  checks.check(`${what}: every group has a row`, rows === site.groups, rows);
  checks.check(`${what}: loads are drawn`, (await page.locator(".spark path").first().getAttribute("d")).length > 40);
  checks.check(
    `${what}: it is counted`,
    new RegExp(`^${site.groups} group`).test(await text(page, ".pagehead .lead")),
    await text(page, ".pagehead .lead"),
  );
  await page.waitForFunction(() => document.querySelector(".fresh.live"));
  await page.getByRole("searchbox").fill("no such group");
  await page.getByRole("heading", { name: "No group has that in its name" }).waitFor();
  await page.getByRole("searchbox").fill(site.group.slice(0, 3));
  await page.locator("table.fleet tbody tr").first().waitFor();
  checks.check(`${what}: a search has its address`, new URL(page.url()).hash.includes(`query=${site.group.slice(0, 3)}`), page.url());
  await accessible(page, checks, what);
  await fits(page, checks, what);
  const link = page.getByRole("link", { name: site.group, exact: true });
  if (size === "phone") await link.tap();
  else await link.click();
  await page.locator(".u-over").waitFor();
  checks.check(`${what}: a row leads to its group`, (await page.title()) === `${site.group} · Almanac`, await page.title());
  await page.goBack();
  await page.locator("table.fleet tbody tr").first().waitFor();
  await close(what);
}

export async function group(browser, checks, site, size, colorScheme) {
  const what = `group, ${size}, ${colorScheme}`;
  const { page, go, close } = await openPage(browser, checks, site.base, size, { colorScheme });
  await go(`#/groups/${site.group}`);
  await page.locator(".u-over").waitFor();
  // The forecast is asked for apart from what was measured, and may come later.
  let ahead = await drawnAhead(page);
  for (let tries = 0; tries < 60 && !(ahead.bands > 0.8 && ahead.lines > 0.3); ++tries) {
    await page.waitForTimeout(250);
    ahead = await drawnAhead(page);
  }
  checks.check(`${what}: the forecast is drawn ahead of now`, ahead.bands > 0.8, ahead);
  checks.check(`${what}: and the planned capacity`, ahead.lines > 0.3, ahead);
  await page.waitForFunction(() => /^From .* load needed/.test(document.querySelector(".words")?.textContent ?? ""));
  await spans(page, checks, what);
  await reading(page, checks, what, size);
  await explaining(page, checks, site, what, size);
  await page.getByText("The same as a table").click();
  const cells = await page.locator(".astable tbody td").allInnerTexts();
  checks.check(`${what}: the chart can be read as a table`, cells.length > 100 && cells.some((cell) => /\d/.test(cell)), cells.length);
  await page.locator(".card .big").nth(3).waitFor();
  await accessible(page, checks, what);
  await fits(page, checks, what);
  await close(what);
}

async function spans(page, checks, what) {
  const range = () => page.locator(".chart .range").innerText();
  const seen = new Set();
  for (const name of ["6 h", "1 d", "7 d", "30 d"]) {
    await page.getByRole("button", { name, exact: true }).click();
    await page.waitForTimeout(100);
    seen.add(await range());
    checks.check(
      `${what}: ${name} is pressed`,
      (await page.getByRole("button", { name, exact: true }).getAttribute("aria-pressed")) === "true",
    );
  }
  checks.check(`${what}: each span shows another part`, seen.size >= 3, [...seen]); // a young history may not fill a month
  await page.getByRole("button", { name: "1 d", exact: true }).click();
  await page.getByRole("button", { name: "Zoom in" }).click();
  const before = await range();
  await page.getByRole("button", { name: "Earlier", exact: true }).click();
  checks.check(`${what}: it can be moved`, (await range()) !== before, before);
  await page.getByRole("button", { name: "1 d", exact: true }).click();
}

async function reading(page, checks, what, size) {
  const box = await page.locator(".u-over").boundingBox();
  if (size === "desktop") {
    await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.5);
    const read = await page.locator(".chart dl.readout").innerText();
    checks.check(
      `${what}: values are read under the pointer`,
      /\w{3} \d+ \w{3} \d\d:\d\d/.test(read) && /in service\s+\d+/.test(read),
      read,
    );
    const range = await page.locator(".chart .range").innerText();
    await page.mouse.move(box.x + box.width * 0.2, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.3, box.y + 60, { steps: 4 });
    await page.mouse.move(box.x + box.width * 0.5, box.y + 60, { steps: 4 });
    await page.mouse.up();
    await page.waitForTimeout(100);
    const zoomed = await page.locator(".chart .range").innerText();
    checks.check(`${what}: dragging zooms`, zoomed !== range, [range, zoomed]);
    await page.locator(".chart .plot").focus();
    await page.keyboard.press("ArrowLeft");
    await page.keyboard.press("Shift+ArrowLeft");
    checks.check(`${what}: keys move`, (await page.locator(".chart .range").innerText()) !== zoomed);
  }
  await page.getByRole("button", { name: "1 d", exact: true }).click();
}

async function explaining(page, checks, site, what, size) {
  const box = await page.locator(".u-over").boundingBox();
  const at = { x: box.x + box.width * 0.72, y: box.y + box.height * 0.6 }; // under an hour ago: the ledger is young
  if (size === "phone") await page.touchscreen.tap(at.x, at.y);
  else await page.mouse.click(at.x, at.y);
  await page.locator(".explanation .stages li").first().waitFor();
  const told = await page.locator(".explanation").innerText();
  checks.check(
    `${what}: a decision is explained`,
    /\d+ instances?/.test(told) && (await page.locator(".explanation .stages .reason").count()) >= 2,
    told.slice(0, 200),
  );
  checks.check(`${what}: the explanation has its address`, /at=\d+/.test(page.url()), page.url());
  const first = await text(page, ".explanation h2");
  await page.getByRole("button", { name: "The change before" }).click();
  await page.waitForFunction((old) => document.querySelector(".explanation h2")?.textContent !== old, first);
  checks.check(
    `${what}: the change before is explained`,
    /more than before|fewer than before/.test(await text(page, ".explanation")),
    await text(page, ".explanation .verdict"),
  );
  await accessible(page, checks, `${what}, explanation`);
  const address = page.url();
  await page.goto("about:blank");
  await page.goto(address);
  await page.locator(".explanation .stages li").first().waitFor();
  checks.check(`${what}: the address leads to the explanation again`, (await page.locator(".explanation .stages .reason").count()) >= 2);
  await page.locator(".explanation").press("Escape");
  checks.check(`${what}: Escape closes it`, await page.locator(".explanation").isHidden());
}

// In an event that the calendar announced, without which less would have been decided.
export async function counterfactual(browser, checks, site) {
  const what = "counterfactual";
  const { page, go, close } = await openPage(browser, checks, site.base, "desktop");
  await go("");
  const changedByCalendar = () => page.evaluate(async (name) => {
    const status = await (await fetch("api/v1/status")).json();
    let cursor = null;
    for (let i = 0; i < 30; ++i) {
      const fortnight = new Date(Date.parse(status.now) - 14 * 86400e3).toISOString();
      const query = new URLSearchParams({ from: fortnight, to: status.now, limit: 500, ...(cursor ? { cursor } : {}) });
      const list = await (await fetch(`api/v1/groups/${name}/decisions?${query}`)).json();
      const found = list.decisions.find((each) => each.without_calendar !== null && each.without_calendar !== each.desired);
      if (found) return Date.parse(found.time) / 1000;
      cursor = list.next_cursor;
      if (cursor === null) return null;
    }
    return null;
  }, site.group);
  // The shop's next event comes when it comes: a day of the shop goes by in less than five minutes.
  let at = await changedByCalendar();
  for (const until = Date.now() + 290000; at === null && Date.now() < until; at = await changedByCalendar())
    await page.waitForTimeout(2000);
  checks.check(`${what}: the ledger has a decision that the calendar changed`, at !== null);
  if (at !== null) {
    await go(`#/groups/${site.group}?at=${at}`);
    await page.locator(".explanation .without").waitFor();
    const told = await text(page, ".explanation .without");
    checks.check(
      `${what}: it is told what would have been without the calendar`,
      /^Without the calendar it would have been \d+ instances?: the calendar (adds|saves) \d+/.test(told),
      told,
    );
  }
  await close(what);
}

export async function calendar(browser, checks, site, size, colorScheme) {
  const what = `calendar, ${size}, ${colorScheme}`;
  const { page, go, close } = await openPage(browser, checks, site.base, size, { colorScheme });
  await go(`#/groups/${site.group}/calendar`);
  await page.locator(".entry").first().waitFor();
  checks.check(`${what}: events stand on the time line`, (await page.locator(".eventbar").count()) >= 1);
  checks.check(
    `${what}: what an event is expected to do is told`,
    (await page.locator(".entry .said").allInnerTexts()).some((each) => /×\d/.test(each)),
  );
  await page.locator(".eventbar").first().click();
  checks.check(
    `${what}: a bar leads to its event`,
    await page.evaluate(() => document.activeElement?.classList.contains("entry") ?? false),
  );

  const now = await page.evaluate(async () => Date.parse((await (await fetch("api/v1/status")).json()).now) / 1000);
  const start = Math.floor(now / 3600) * 3600 + 30 * 3600;
  const changed = JSON.stringify({
    timezone: "UTC",
    events: [{ name: "Night of the long queue", kind: site.kind, start: iso(start), end: iso(start + 4 * 3600), minimum_instances: 37 }],
  });
  const transfer = await page.evaluateHandle((content) => {
    const data = new DataTransfer();
    data.items.add(new File([content], "new.json", { type: "application/json" }));
    return data;
  }, changed);
  await page.locator(".dropzone").dispatchEvent("dragenter", { dataTransfer: transfer });
  await page.locator(".dropzone").dispatchEvent("drop", { dataTransfer: transfer });
  await page.locator(".planresult .figures").waitFor({ timeout: 120000 });
  const figures = (await page.locator(".planresult .figure dd").allInnerTexts()).map((each) => each.replaceAll(",", ""));
  checks.check(
    `${what}: a dropped calendar changes the numbers`,
    figures.length === 3 && figures[0] !== figures[1] && figures[2] !== "0",
    figures,
  );
  checks.check(`${what}: the event that comes is named`, (await text(page, ".planresult")).includes("Night of the long queue"));
  await page.locator(".planresult .u-over").waitFor();
  await page.getByLabel("An instance-hour costs").fill("0.25");
  await page.keyboard.press("Enter");
  await page.locator(".planresult .figure").nth(3).waitFor();
  checks.check(`${what}: and their price`, /^[+−][\d,.]+$/.test(await page.locator(".planresult .figure dd").nth(3).innerText()));
  await page.getByText("The differences as a table").click();
  checks.check(`${what}: the differences can be read as a table`, (await page.locator(".planresult tbody tr").count()) > 2);
  await accessible(page, checks, what);
  await fits(page, checks, what);

  await page.setInputFiles("#whatif-file", { name: "photo.png", mimeType: "image/png", buffer: Buffer.from("x") });
  checks.check(`${what}: a file that is no calendar is refused in words`, /no calendar/.test(await text(page, ".planresult .problem")));
  await page.setInputFiles("#whatif-file", { name: "broken.json", mimeType: "application/json", buffer: Buffer.from("{") });
  await page.locator(".planresult .failure").waitFor();
  checks.check(
    `${what}: so is one that cannot be read`,
    (await text(page, ".planresult .failure")).length > 40,
    await text(page, ".planresult .failure"),
  );
  await close(what);
}

export async function backtest(browser, checks, site, size, colorScheme, run) {
  const what = `backtest, ${size}, ${colorScheme}`;
  const { page, go, close } = await openPage(browser, checks, site.base, size, { colorScheme });
  if (run) {
    await go(`#/groups/${site.group}/backtest`);
    await page.getByLabel("How many days to replay").selectOption("7");
    await page.getByRole("button", { name: "Run a backtest" }).click();
    await page.locator(".progress progress").waitFor();
    const stage = await text(page, ".progress [role=status]");
    checks.check(`${what}: progress is told`, /^\d+ %: /.test(stage), stage);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("heading", { name: "Cancelled" }).waitFor({ timeout: 60000 });
    await page.getByRole("button", { name: "Run a backtest" }).click();
    await page.locator(".progress progress").waitFor({ timeout: 120000 }); // the cancelled one may take a while to end
    site.backtest = new URL(page.url()).hash;
  } else await go(site.backtest);
  await page.locator("table.policies tbody tr").first().waitFor({ timeout: 900000 });
  const rows = await page.locator("table.policies tbody tr").allInnerTexts();
  checks.check(
    `${what}: Almanac and its peers are compared`,
    rows.length >= 4 && /Almanac/.test(rows[0]) && rows.every((row) => /\d/.test(row)),
    rows,
  );
  checks.check(`${what}: the fronts are drawn`, (await page.locator(".front path").count()) >= 3);
  await page.locator(".front.almanac circle").first().focus();
  checks.check(`${what}: a mark can be read`, /cost .* at .* violating/.test(await text(page, "p.readout")), await text(page, "p.readout"));
  await accessible(page, checks, what);
  await fits(page, checks, what);
  await close(what);
}

export async function actions(browser, checks, site, size) {
  const what = `actions, ${size}`;
  const { page, go, close } = await openPage(browser, checks, site.base, size);
  await go(`#/groups/${site.group}`);
  const dialog = page.getByRole("dialog");
  const open = async (name) => {
    await page.getByRole("button", { name, exact: true }).click();
    await dialog.waitFor();
  };
  await open("Floor …");
  await accessible(page, checks, `${what}, dialog`);
  await dialog.getByLabel("Instances").fill("7");
  await dialog.getByLabel("How long").selectOption({ label: "for 3 days" });
  await dialog.getByLabel("Why").fill("a load test in the evening");
  await dialog.getByLabel("Who").fill("on-call");
  await dialog.getByLabel("Token").fill("wrong-wrong-wrong-wrong");
  await dialog.getByRole("button", { name: "Hold" }).click();
  await dialog.locator(".problem:not(:empty)").waitFor();
  checks.check(`${what}: a wrong token is refused, and said so`, (await dialog.locator(".problem").innerText()).length > 5);
  await dialog.getByLabel("Token").fill(site.token);
  await dialog.getByRole("button", { name: "Hold" }).click();
  await dialog.waitFor({ state: "hidden" });
  const note = page.locator(".notes .override", { hasText: "At least 7 instances" });
  await note.waitFor();
  checks.check(
    `${what}: the floor is shown with its end, why and who`,
    /until .*a load test in the evening.*on-call/s.test(await note.innerText()),
    await note.innerText(),
  );
  await open("Pause …");
  checks.check(`${what}: the token is remembered in this tab`, (await dialog.getByLabel("Token").inputValue()) === site.token);
  checks.check(`${what}: and only there`, await page.evaluate((secret) => !JSON.stringify(localStorage).includes(secret), site.token));
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await go(""); // visible in the fleet too
  await page.locator("td.mode .override", { hasText: "at least 7" }).first().waitFor();
  await go(`#/groups/${site.group}`);
  await note.getByRole("button", { name: "End it …" }).click();
  await dialog.getByRole("button", { name: "End the floor" }).click();
  await note.waitFor({ state: "detached" });
  checks.check(`${what}: the floor is taken back`, true);
  await close(what);
}

export async function keyboard(browser, checks, site) {
  const what = "keyboard";
  const { page, go, close } = await openPage(browser, checks, site.base, "desktop", { colorScheme: "light" });
  await go("");
  await page.locator("table.fleet tbody tr").first().waitFor();
  await page.keyboard.press("Tab");
  checks.check(
    `${what}: the first stop skips to the page`,
    (await page.evaluate(() => document.activeElement?.textContent)) === "Skip to the page",
  );
  await page.keyboard.press("Enter");
  checks.check(`${what}: and does`, (await page.evaluate(() => document.activeElement?.id)) === "main");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await accessible(page, checks, `${what}, help`);
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  checks.check(`${what}: / searches`, (await page.evaluate(() => document.activeElement?.id)) === "search");
  await page.getByRole("link", { name: site.group, exact: true }).focus();
  await page.evaluate(() => {
    window.row = document.activeElement.closest("tr");
    window.said = window.row.innerText;
  });
  // At 300 times the speed of time every round says something else.
  await page.waitForFunction(() => window.row.innerText !== window.said, undefined, { timeout: 30000 });
  checks.check(
    `${what}: the focus outlives a redraw of the list`,
    await page.evaluate(() => window.row.isConnected && window.row.contains(document.activeElement)),
  );
  await page.keyboard.press("Enter");
  await page.locator(".u-over").waitFor({ timeout: 60000 });
  checks.check(`${what}: a new page gets the focus`, (await page.evaluate(() => document.activeElement?.tagName)) === "H1");
  await page.keyboard.press("3");
  checks.check(`${what}: 3 shows a week`, (await page.getByRole("button", { name: "7 d" }).getAttribute("aria-pressed")) === "true");
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await paper();
  await page.keyboard.press("t");
  checks.check(`${what}: t turns the colours`, (await paper()) !== light);
  const zone = await page.getByLabel("Times are written in").inputValue();
  await page.keyboard.press("z");
  checks.check(`${what}: z changes the zone`, (await page.getByLabel("Times are written in").inputValue()) !== zone);
  await page.reload();
  await page.locator(".u-over").waitFor();
  checks.check(
    `${what}: both are remembered`,
    (await paper()) !== light && (await page.getByLabel("Times are written in").inputValue()) !== zone,
  );
  await page.keyboard.press("c");
  await page.locator("h1", { hasText: "Calendar" }).waitFor();
  await page.keyboard.press("f");
  await page.locator("h1", { hasText: "Fleet" }).waitFor();
  await close(what);
}

// Figures, with bounds that only something broken passes.
export async function speed(browser, checks, site) {
  const { page, go, close } = await openPage(browser, checks, site.base, "desktop");
  await go(`#/groups/${site.group}?span=30d`);
  await page.locator(".u-over").waitFor();
  const paint = await page.evaluate(
    () => performance.getEntriesByType("paint").find((entry) => entry.name === "first-contentful-paint")?.startTime ?? 0,
  );
  checks.figure("group: first contentful paint, ms", Math.round(paint));
  checks.check("speed: the first paint comes soon", paint < 5000, paint);
  await page.waitForTimeout(2500); // the month has come
  const moved = await page.evaluate(async () => {
    const holder = document.querySelector(".plot"),
      frames = [],
      work = [];
    holder.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    document.querySelector('[aria-label="Zoom in"]').click();
    let last = performance.now();
    for (let i = 0; i < 150; ++i) {
      const begun = performance.now();
      holder.dispatchEvent(new WheelEvent("wheel", { deltaX: i % 100 < 50 ? -8 : 8, deltaY: 0, bubbles: true, cancelable: true }));
      await Promise.resolve();
      work.push(performance.now() - begun);
      await new Promise(requestAnimationFrame);
      frames.push(performance.now() - last);
      last = performance.now();
    }
    const at = (values, share) => Math.round(values.sort((a, b) => a - b)[Math.floor(values.length * share)] * 10) / 10;
    return { frame50: at(frames, 0.5), frame95: at(frames, 0.95), work50: at(work, 0.5), work95: at(work, 0.95) };
  });
  checks.figure("panning a month: frame median / 95 %, ms", `${moved.frame50} / ${moved.frame95}`);
  checks.figure("panning a month: script a frame median / 95 %, ms", `${moved.work50} / ${moved.work95}`);
  checks.check("speed: panning a month is no slide show", moved.frame50 < 250, moved);
  await close("speed");
}

export async function live(browser, checks, site) {
  const { page, go, close } = await openPage(browser, checks, site.base, "desktop");
  await go(`#/groups/${site.group}`);
  await page.waitForFunction(() => document.querySelector(".fresh.live"));
  const fresh = () => text(page, ".fresh");
  const before = await fresh(),
    range = await page.locator(".chart .range").innerText();
  await page.waitForFunction((old) => document.querySelector(".chart .range")?.textContent !== old, range, { timeout: 30000 });
  checks.check("live: the chart moves on with the time", true);
  await page.waitForFunction((old) => document.querySelector(".fresh")?.textContent !== old, before, { timeout: 30000 });
  checks.check("live: the last tick is told", /^Live at \d+×, tick /.test(await fresh()), await fresh());
  return { page, fresh, close };
}

// After the daemon has gone: what is on the page stays, and is said to be old.
export async function gone(watcher, checks) {
  await watcher.page.waitForFunction(() => document.querySelector(".fresh.stale"), undefined, { timeout: 30000 });
  checks.check("gone: the page says since when it is old", /^Stale since \d\d:\d\d/.test(await watcher.fresh()), await watcher.fresh());
  checks.check("gone: what was read stays", await watcher.page.locator(".u-over").isVisible());
}

export async function back(watcher, checks) {
  await watcher.page.waitForFunction(() => document.querySelector(".fresh.live"), undefined, { timeout: 60000 });
  const range = await watcher.page.locator(".chart .range").innerText();
  await watcher.page.waitForFunction((old) => document.querySelector(".chart .range")?.textContent !== old, range, { timeout: 30000 });
  checks.check("back: the page has connected by itself and moves on", true);
  await watcher.close("live");
}
