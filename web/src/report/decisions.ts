// A few decisions, told stage by stage.

import { h } from "../shared/dom";
import { clock, count, instances, moment, share, withTimesIn } from "../shared/format";
import type { Settings } from "../shared/settings";
import { changeInWords, counterfactual, forecasterName, healthWords } from "../shared/words";
import type { ExplainedDecision, Run } from "./types";

export function decisionList(decisions: ExplainedDecision[], run: Run, settings: Settings,
                             show?: (from: number, to: number) => void): HTMLElement {
  return h("section", { "aria-labelledby": "decisions" },
    h("h2", { id: "decisions" }, "Decisions explained"),
    ...decisions.map((decision, i) => article(decision, i, run, settings, show)));
}

function article(decision: ExplainedDecision, index: number, run: Run, settings: Settings,
                 show?: (from: number, to: number) => void): HTMLElement {
  const when = h("time", { datetime: new Date(decision.time * 1000).toISOString() });
  const window_ = h("span");
  const reasons = decision.stages.map(() => h("span", { class: "reason" }));
  const tell = (): void => {
    when.textContent = `${moment(decision.time, settings.zone)} ${settings.zone === "UTC" ? "UTC" : ""}`.trim();
    window_.textContent = `${clock(decision.window.start, settings.zone)} to ${clock(decision.window.end, settings.zone)}`;
    reasons.forEach((reason, i) => (reason.textContent = withTimesIn(decision.stages[i]?.reason ?? "", settings.zone)));
  };
  tell();
  settings.onChange(tell);

  const without = counterfactual(decision.desired, decision.desired_without_calendar);
  const health = healthWords[decision.health];
  const result = h("article", { class: "decision" },
    h("p", { class: "kicker" }, when),
    h("h3", {}, decision.title),
    h("p", { class: "verdict" }, changeInWords(decision.desired_before, decision.desired)),
    decision.words ? h("p", { class: "prose" }, decision.words) : null,
    health ? h("p", { class: "note" }, health) : null,
    without ? h("p", { class: "prose" }, without) : null);

  const stages = h("ol", { class: "stages" }, ...decision.stages.map((stage, i) =>
    h("li", {}, h("span", { class: "stage" }, stage.name.replaceAll("_", " ")), reasons[i] ?? null,
      h("span", { class: "capacity" }, count(stage.capacity)))));
  result.append(h("details", { open: index === 0 },
    h("summary", {}, `The way there, in ${decision.stages.length} ${decision.stages.length === 1 ? "stage" : "stages"}`),
    forecastLine(decision, run, window_), stages));
  if (show) {
    const button = h("button", { type: "button", class: "link" }, "Show in the chart");
    button.addEventListener("click", () => show(decision.time - 4 * 3600, decision.time + 8 * 3600));
    result.append(button);
  }
  return result;
}

function forecastLine(decision: ExplainedDecision, run: Run, window_: HTMLElement): HTMLElement | null {
  const quantiles = decision.quantiles ?? [];
  if (quantiles.length === 0) return null;
  const terms = quantiles.map(({ p, demand }) => `${instances(demand / run.utilisation)} with ${share(p)}`);
  return h("p", { class: "forecastline" },
    decision.forecaster ? `${forecasterName(decision.forecaster)}: instances` : "Instances",
    " that hold the peak from ", window_, ": ", terms.join(", "), " certainty",
    decision.events && decision.events.length > 0 ? `. Events: ${decision.events.join(", ")}.` : ".");
}
