// Did the forecast mean what it said, and which forecaster is best? Then where in events violations fall.

import { h, svg } from "./dom";
import { count, share } from "./format";
import type { Calibration, ForecastQuality, Phases, PolicyResult } from "./types";

const names: Record<string, string> = {
  lstm: "LSTM", linear: "Linear quantiles", seasonal_naive: "Seasonal naive", mixture: "Mixture",
};
export const forecasterName = (id: string): string => names[id] ?? id;

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

const coverageText = (value: number): string => `${(value * 100).toFixed(1)} %`;

// On the scale of odds, so that 98 % instead of 99 % looks as far off as 80 % instead of 89 %.
export function coveragePosition(value: number): number {
  const odds = (p: number): number => Math.log(p / (1 - p));
  const low = odds(0.2), high = odds(0.998);
  const clipped = Math.min(0.998, Math.max(0.2, value));
  return (odds(clipped) - low) / (high - low);
}

function gauge(value: number, nominal: number): SVGElement {
  const width = 120, at = (p: number): number => 4 + (width - 8) * coveragePosition(p);
  return svg("svg", { class: "gauge", viewBox: `0 0 ${width} 16`, width, height: 16, role: "img", "aria-label": `said ${share(nominal)}, was ${coverageText(value)}` },
    svg("line", { x1: 2, x2: width - 2, y1: 8, y2: 8, class: "track" }),
    svg("line", { x1: at(nominal), x2: at(nominal), y1: 2, y2: 14, class: "mark" }),
    svg("line", { x1: at(nominal), x2: at(value), y1: 8, y2: 8, class: "miss" }),
    svg("circle", { cx: at(value), cy: 8, r: 3.5, class: "hit" }));
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
