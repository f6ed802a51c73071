// What stands under the group's chart: is the forecast to be trusted, how long do launches take, what was saved.

import { h } from "../shared/dom";
import { count, duration, share } from "../shared/format";
import { unitHours, type Unit } from "../shared/unit";
import { coverageText, gauge } from "../shared/gauge";
import { forecasterName } from "../shared/words";
import type { Group, Quality, Savings } from "./api_types";
import { scrolling } from "./controls";

// "66 % less than the seasonal naive".
export function againstNaive(ratio: number | null): string {
  if (ratio === null) return "not measured yet";
  const percent = Math.round((1 - ratio) * 100);
  if (percent === 0) return "as much as a seasonal naive forecast’s";
  return percent > 0 ? `${count(percent)} % below a seasonal naive forecast’s` : `${count(-percent)} % above a seasonal naive forecast’s`;
}

const objectiveDays = (days: number): string => (days >= 2 ? `${Math.round(days)} days` : duration(days * 86400));

export function objectiveWords(group: Pick<Group, "objective">): { value: string; text: string; over: boolean } {
  const { share: wanted, realised, days } = group.objective;
  if (realised === null) return { value: "–", text: "Nothing was measured yet.", over: false };
  const over = wanted !== null && realised > wanted;
  const text =
    wanted === null
      ? `of requests violating in ${objectiveDays(days)}`
      : `of requests violating in ${objectiveDays(days)}; ${over ? "the objective is" : "within the objective of"} ${share(wanted)}`;
  return { value: share(realised), text, over };
}

export function savingsWords(savings: Savings, unit: Unit = "instances"): { value: string; text: string } {
  const { almanac, target_tracking: peer, saved_percent: percent, saved_instance_hours: hours } = savings;
  if (!almanac || !peer || percent === null || hours === null)
    return { value: "–", text: savings.note || "There is not enough history to replay yet." };
  const less = percent >= 0;
  return {
    value: `${Math.abs(percent) >= 10 ? count(Math.abs(percent)) : Math.abs(percent).toFixed(1)} %`,
    text:
      `${less ? "fewer" : "more"} ${unitHours(unit)} than AWS target tracking${peer.target_cpu === null ? "" : ` at ${share(peer.target_cpu)} CPU`}: ` +
      `${count(almanac.instance_hours)} instead of ${count(peer.instance_hours)} in ${savings.days} days, with ${share(almanac.violating_share)} of requests violating instead of ${share(peer.violating_share)}.`,
  };
}

const sources: Record<string, string> = {
  measured: "measured from this group’s launches (p95)",
  configured: "as configured",
  assumed: "assumed: no launch was seen yet",
};

function card(title: string, value: string, tone: string, ...text: (Node | string | null)[]): HTMLElement {
  return h("section", { class: "card" }, h("h3", {}, title), h("p", { class: `big ${tone}` }, value), ...text);
}

export function factCards(group: Group): HTMLElement[] {
  const objective = objectiveWords(group);
  const lead = group.lead_time;
  const { data_seconds, model_seconds, calendar_seconds } = group.ages;
  const age = (name: string, seconds: number | null): (HTMLElement | string)[] => [
    h("dt", {}, name),
    h("dd", {}, seconds === null ? "–" : `${duration(seconds)} old`),
  ];
  return [
    card("Objective", objective.value, objective.over ? "over" : "", h("p", {}, objective.text)),
    card(
      "Lead time",
      lead === null || lead.seconds === null ? "–" : duration(lead.seconds),
      "",
      h("p", {}, lead ? (sources[lead.source] ?? lead.source) : "not known yet"),
    ),
    card(
      "Freshness",
      group.ages.data_seconds === null ? "–" : duration(group.ages.data_seconds),
      "",
      h("p", {}, "since the last row of metrics"),
      h("dl", { class: "facts" }, ...age("Data", data_seconds), ...age("Model", model_seconds), ...age("Calendar", calendar_seconds)),
    ),
  ];
}

export function savingsCard(savings: Savings, unit: Unit): HTMLElement {
  const { value, text } = savingsWords(savings, unit);
  if (value === "–") return card("Saved", value, "", h("p", {}, text));
  const less = (savings.saved_percent ?? 0) >= 0;
  return card(
    less ? "Saved" : "Spent more",
    value,
    less ? "good" : "over",
    h("p", {}, text),
    savings.note ? h("details", {}, h("summary", {}, "How this was computed"), h("p", { class: "fine" }, savings.note)) : null,
  );
}

export function qualityCard(group: Group): HTMLElement {
  const quality = group.quality;
  if (!quality || quality.windows === 0) {
    return h(
      "section",
      { class: "card wide" },
      h("h3", {}, "Forecast quality"),
      h("p", { class: "prose" }, "Nothing to judge yet: a forecast is scored when its time has passed, and the last days are counted."),
    );
  }
  return h(
    "section",
    { class: "card wide" },
    h("h3", {}, "Forecast quality"),
    h(
      "p",
      {},
      `${group.forecaster ? forecasterName(group.forecaster) : "The winner"} is in use. Its error (pinball loss) is ${againstNaive(quality.pinball?.ratio ?? null)}, over ${count(quality.windows)} windows of ${quality.days} days.`,
    ),
    h("div", { class: "pair" }, coverageTable(quality), forecasterTable(quality, group.forecaster)),
  );
}

function coverageTable(quality: Quality): HTMLElement {
  const rows: ["near" | "away", string][] = [
    ["near", "near events"],
    ["away", "away from events"],
  ];
  return scrolling(
    "Coverage of the forecast quantiles",
    h(
      "table",
      { class: "coverage" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "Peaks at or below"),
          ...quality.coverage.map(({ quantile }) => h("th", { scope: "col" }, `said ${share(quantile)}`)),
        ),
      ),
      h(
        "tbody",
        {},
        ...rows.map(([key, name]) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, name),
            ...quality.coverage.map((entry) => {
              const value = entry[key];
              return h(
                "td",
                {},
                ...(value === null
                  ? ["–"]
                  : [gauge(value, entry.quantile), h("span", { class: "barvalue" }, `was ${coverageText(value)}`)]),
              );
            }),
          ),
        ),
      ),
    ),
  );
}

function forecasterTable(quality: Quality, inUse: string | null): HTMLElement | null {
  const scores = quality.forecasters.filter((score) => score.pinball !== null).sort((a, b) => (a.pinball ?? 0) - (b.pinball ?? 0));
  if (scores.length === 0) return null;
  const worst = Math.max(...scores.map((score) => score.pinball ?? 0)) || 1;
  return scrolling(
    "Forecasters compared",
    h(
      "table",
      { class: "scores" },
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("th", { scope: "col" }, "Forecaster"),
          h("th", { scope: "col", class: "wide" }, "Pinball loss"),
          h("th", { scope: "col", class: "number" }, "below q50"),
          h("th", { scope: "col", class: "number" }, "below q90"),
        ),
      ),
      h(
        "tbody",
        {},
        ...scores.map((score) =>
          h(
            "tr",
            { class: score.name === inUse ? "almanac" : "" },
            h("th", { scope: "row" }, forecasterName(score.name), score.name === inUse ? h("small", {}, "in use") : null),
            h(
              "td",
              {},
              h("span", { class: "bar", style: `--length:${((score.pinball ?? 0) / worst).toFixed(4)}` }),
              h("span", { class: "barvalue" }, (score.pinball ?? 0).toFixed(4)),
            ),
            h("td", { class: "number" }, share(score.coverage50)),
            h("td", { class: "number" }, share(score.coverage90)),
          ),
        ),
      ),
    ),
  );
}
