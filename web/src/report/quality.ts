// Did the forecast mean what it said, and which forecaster is best? Then where in events violations fall.

import { h } from "../shared/dom";
import { coverageText, gauge } from "../shared/gauge";
import { forecasterName } from "../shared/words";
import { count, share } from "../shared/format";
import type { Calibration, ForecastQuality, Phases, PolicyResult } from "./types";

export function forecastQuality(quality: ForecastQuality): HTMLElement {
  const scores = [...quality.scores].sort((a, b) => a.pinball - b.pinball);
  const worst = Math.max(...scores.map((score) => score.pinball));
  const section = h("section", { "aria-labelledby": "quality" },
    h("h2", { id: "quality" }, "Forecast quality"),
    h("p", { class: "prose" }, `${forecasterName(quality.winner)} is in use`,
      scores.length > 1 ? `. Each forecaster predicted the peak of every window from the days before it; the pinball loss below is its mean error, lower is better.` : "."));
  if (scores.length > 0) {
    section.append(h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Forecasters compared" },
      h("table", { class: "scores" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Forecaster"), h("th", { scope: "col", class: "wide" }, "Pinball loss"),
          h("th", { scope: "col", class: "number" }, "Windows"))),
        h("tbody", {}, ...scores.map((score) => h("tr", { class: score.forecaster === quality.winner ? "almanac" : "" },
          h("th", { scope: "row" }, forecasterName(score.forecaster), score.forecaster === quality.winner ? h("small", {}, "in use") : null),
          h("td", {}, h("span", { class: "bar", style: `--length:${(score.pinball / worst).toFixed(4)}` }), h("span", { class: "barvalue" }, score.pinball.toFixed(4))),
          h("td", { class: "number" }, count(score.windows))))))));
  }
  if (quality.calibration && quality.calibration.length > 0) section.append(coverage(quality.calibration));
  return section;
}

function coverage(rows: Calibration[]): HTMLElement {
  const levels: { key: "coverage50" | "coverage90" | "coverage99"; nominal: number }[] = [
    { key: "coverage50", nominal: 0.5 }, { key: "coverage90", nominal: 0.9 }, { key: "coverage99", nominal: 0.99 },
  ];
  return h("div", {},
    h("h3", {}, "Coverage"),
    h("p", { class: "prose" }, "How often the peak stayed at or below a forecast quantile. A calibrated forecast lands on the mark."),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Coverage of forecast quantiles" },
      h("table", { class: "coverage" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Windows that lie"), ...levels.map(({ nominal }) =>
          h("th", { scope: "col" }, `said ${share(nominal)}`)), h("th", { scope: "col", class: "number" }, "How many"))),
        h("tbody", {}, ...rows.map((row) => h("tr", {},
          h("th", { scope: "row" }, row.place === "all" ? "all windows" : row.place),
          ...levels.map(({ key, nominal }) => h("td", {}, gauge(row[key], nominal), h("span", { class: "barvalue" }, `was ${coverageText(row[key])}`))),
          h("td", { class: "number" }, count(row.windows))))))));
}

export function phaseTable(phases: Phases, policies: PolicyResult[]): HTMLElement {
  const highest = Math.max(1, ...phases.policies.flatMap((row) => row.violation_minutes));
  const nameOf = (id: string): PolicyResult | undefined => policies.find((policy) => policy.id === id);
  return h("section", { "aria-labelledby": "phases" },
    h("h2", { id: "phases" }, "Violations by phase of an event"),
    h("p", { class: "prose" }, "Minutes in which requests met too high a utilisation, by where the minute lay relative to the calendar’s events."),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Violation minutes by phase of event" },
      h("table", { class: "phases" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Policy"), ...phases.names.map((name, i) =>
          h("th", { scope: "col", class: "number" }, name, h("small", {}, `${count(phases.minutes[i])} min`))))),
        h("tbody", {}, ...phases.policies.map((row) => h("tr", { class: nameOf(row.policy)?.role ?? "peer" },
          h("th", { scope: "row" }, nameOf(row.policy)?.name ?? row.policy),
          ...phases.names.map((_, i) => {
            const minutes = row.violation_minutes[i] ?? 0;
            return h("td", { class: "number heat", style: `--heat:${Math.sqrt(minutes / highest).toFixed(3)}` }, count(minutes));
          })))))));
}
