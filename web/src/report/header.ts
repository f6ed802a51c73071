// What was run, the result in words and its figures, and the two switches of the page.

import { h } from "../shared/dom";
import { duration, share, span } from "../shared/format";
import { headline } from "./headline";
import { isDark, isZone, viewerZone, type Settings } from "../shared/settings";
import type { Report } from "./types";

export function header(report: Report, settings: Settings): HTMLElement {
  const { run } = report;
  const { figures, sentences } = headline(report);
  const when = h("span", {}, span(run.start, run.end, settings.zone));
  settings.onChange(() => (when.textContent = span(run.start, run.end, settings.zone)));

  const facts = [
    when,
    `instances take ${duration(run.boot)} to start`,
    `a decision every ${duration(run.interval)}`,
    `objective: at most ${share(run.objective)} of requests above ${share(run.utilisation)} utilisation`,
    run.calendar ? `calendar ${run.calendar}` : "no calendar",
  ];

  return h("header", { class: "masthead" },
    h("div", { class: "topline" },
      h("p", { class: "kicker" }, run.kind === "demo" ? "Almanac · demo run" : "Almanac · backtest"),
      switches(report, settings)),
    h("h1", {}, run.name),
    h("p", { class: "facts" }, ...facts.flatMap((fact, i) => i === 0 ? [fact] : [h("span", { class: "dot", "aria-hidden": "true" }, " · "), fact])),
    figures.length === 0 ? null : h("dl", { class: "figures" }, ...figures.map((figure) =>
      h("div", { class: figure.ours ? "figure ours" : "figure" },
        h("dt", {}, figure.caption), h("dd", {}, figure.value)))),
    ...sentences.map((sentence, i) => h("p", { class: i === 0 ? "lead" : "prose" }, sentence)),
    ...(report.notes ?? []).map((note) => h("p", { class: "note" }, note)));
}

function switches(report: Report, settings: Settings): HTMLElement {
  const zones = [...new Set(["UTC", report.run.timezone, viewerZone()])].filter((zone): zone is string => !!zone && isZone(zone));
  const zone = h("select", { "aria-label": "Time zone of this page" },
    ...zones.map((name, i) => h("option", { value: name }, i === 0 ? "UTC"
      : name === report.run.timezone ? `${name} (calendar)` : `${name} (yours)`)));
  zone.addEventListener("change", () => settings.setZone(zone.value));

  const theme = h("button", { type: "button", class: "quiet" });
  const name = (): void => {
    const dark = isDark(settings);
    theme.textContent = dark ? "Light" : "Dark";
    theme.setAttribute("aria-label", dark ? "Use light colours" : "Use dark colours");
  };
  theme.addEventListener("click", () => settings.setTheme(isDark(settings) ? "light" : "dark"));
  settings.onChange(name);
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    if (settings.theme === "auto") settings.announce("theme");
  });
  name();
  return h("div", { class: "switches" }, h("label", {}, h("span", {}, "Times in "), zone), theme);
}
