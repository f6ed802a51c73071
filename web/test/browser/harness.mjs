// What the dashboard's browser tests share: a browser, pages of two sizes, checks that are counted and printed.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const sizes = {
  desktop: { viewport: { width: 1360, height: 860 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 },
};

export class Checks {
  failed = 0;
  passed = 0;
  figures = [];

  check(what, holds, saw) {
    if (holds) ++this.passed;
    else ++this.failed;
    console.log(holds ? `ok: ${what}` : `FAILED: ${what}${saw === undefined ? "" : `; saw ${JSON.stringify(saw)}`}`);
  }

  figure(what, value) {
    this.figures.push([what, value]);
  }
}

export async function openBrowser(executable) {
  return chromium.launch({
    executablePath: executable,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

// A page whose errors count as failures. `base` ends with "/".
export async function openPage(browser, checks, base, size, more = {}) {
  const context = await browser.newContext({ ...sizes[size], timezoneId: "America/New_York", locale: "en-GB", ...more });
  const page = await context.newPage();
  page.setDefaultTimeout(15000);
  const odd = [];
  page.on("pageerror", (error) => odd.push(`error: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" && !/Failed to load resource|ERR_/.test(message.text())) odd.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !/^(data|blob|about):/.test(request.url())) odd.push(`asked elsewhere: ${request.url()}`);
  });
  return {
    page,
    go: (hash) => page.goto(base + hash),
    async close(what) {
      checks.check(`${what}: no error, no refusal by the security policy, no outside request`, odd.length === 0, odd);
      await context.close();
    },
  };
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// Serious violations of the accessibility rules; the lesser ones are printed.
export async function accessible(page, checks, what) {
  await page.evaluate(axeSource); // through the debugger, which no security policy hinders
  const found = await page.evaluate(async () => {
    const result = await window.axe.run(document, { resultTypes: ["violations"] });
    return result.violations.map((each) => ({
      id: each.id,
      impact: each.impact,
      help: each.help,
      where: each.nodes.slice(0, 3).map((node) => `${node.target.join(" ")}: ${node.failureSummary?.split("\n")[1]?.trim() ?? ""}`),
    }));
  });
  const serious = found.filter((each) => each.impact === "serious" || each.impact === "critical");
  for (const each of found.filter((one) => !serious.includes(one)))
    console.log(`note: ${what}: ${each.id} (${each.impact}) ${each.where[0] ?? ""}`);
  checks.check(`${what}: accessible (axe)`, serious.length === 0, serious);
}

export async function fits(page, checks, what) {
  const [wide, has] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  checks.check(`${what}: nothing reaches past the page`, wide <= has, [wide, has]);
}

// What the chart's canvas shows right of "now": the share of pixel columns in which the forecast's bands are painted, and
// that with the line of the planned capacity. Blue differs from both papers, from event shades and from the tint.
export async function drawnAhead(page) {
  return page.evaluate(() => {
    const plot = document.querySelector(".chart .uplot"),
      canvas = plot.querySelector("canvas"),
      over = plot.querySelector(".u-over");
    const scale = canvas.width / canvas.clientWidth;
    const left = parseFloat(over.style.left) * scale,
      top = parseFloat(over.style.top) * scale,
      width = over.clientWidth * scale,
      height = over.clientHeight * scale * 0.88;
    const image = canvas.getContext("2d").getImageData(left, top, width, height);
    let bands = 0,
      lines = 0,
      columns = 0;
    for (let x = Math.ceil(image.width * 0.8); x < Math.floor(image.width * 0.98); ++x) {
      let band = 0,
        line = 0;
      for (let y = 0; y < image.height; ++y) {
        const at = (y * image.width + x) * 4,
          alpha = image.data[at + 3];
        const blue = image.data[at + 2] - image.data[at];
        if (blue > 20 && alpha > 8) ++band;
        if (blue > 70 && alpha > 180) ++line;
      }
      ++columns;
      if (band > 1) ++bands;
      if (line > 0) ++lines;
    }
    return { bands: bands / columns, lines: lines / columns };
  });
}
