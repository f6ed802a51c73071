// The answer to "why": one decision, stage by stage, beside the chart.

import { h } from "../shared/dom";
import { clock, count, duration, instances, moment, share, withTimesIn } from "../shared/format";
import { iso } from "../shared/times";
import { counted, type Unit } from "../shared/unit";
import { changeInWords, counterfactual, forecasterName, healthWords } from "../shared/words";
import { ApiError, get, isAbort } from "./api";
import type { Decision } from "./api_types";
import { button, failure, loading } from "./controls";

export interface ExplanationHost {
  zone(): string;
  step(time: number, direction: -1 | 1): void; // to the change before or after
  closed(): void;
}

// The quantiles that the chart shows too, ascending; all where the answer has others.
export function quantileTerms(quantiles: Decision["quantiles"], utilisation: number): string[] {
  const known = Object.entries(quantiles ?? {})
    .filter((entry): entry is [string, number] => entry[1] !== null)
    .sort((a, b) => Number(a[0]) - Number(b[0]));
  const shown = known.filter(([p]) => [0.5, 0.9, 0.99].includes(Number(p)));
  return (shown.length > 0 ? shown : known).map(([p, demand]) => `${instances(demand / utilisation)} with ${share(Number(p))}`);
}

export class Explanation {
  readonly element = h("aside", { class: "explanation", "aria-label": "Decision explained", tabindex: -1, hidden: true });
  private asked: AbortController | null = null;
  private shown: { decision: Decision; time: number } | null = null;
  time: number | null = null;

  constructor(
    private readonly group: string,
    private readonly utilisation: number,
    private readonly unit: Unit,
    private readonly host: ExplanationHost,
  ) {
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      this.close();
    });
  }

  async show(time: number): Promise<void> {
    this.asked?.abort();
    const mine = new AbortController();
    this.asked = mine;
    this.time = time;
    this.element.hidden = false;
    if (!this.shown) this.element.replaceChildren(this.head(time), loading("the decision"));
    try {
      const decision = await get<Decision>(["groups", this.group, "decisions", iso(time)], {}, mine.signal);
      this.shown = { decision, time };
      this.redraw();
      this.element.focus({ preventScroll: matchMedia("(min-width: 64rem)").matches });
    } catch (error) {
      if (isAbort(error)) return;
      this.shown = null;
      const none = error instanceof ApiError && error.code === "not_found";
      this.element.replaceChildren(
        this.head(time),
        none
          ? h(
              "p",
              { class: "prose" },
              "No decision was recorded at this time: the daemon did not run, or the group did not exist yet. The marks under the chart are where capacity changed.",
            )
          : failure("The decision", error, () => void this.show(time)),
      );
    }
  }

  redraw(): void {
    if (!this.shown) return;
    const { decision } = this.shown;
    const without = decision.desired === null ? null : counterfactual(decision.desired, decision.without_calendar, this.unit);
    const health = healthWords[decision.health];
    const zone = this.host.zone();
    this.element.replaceChildren(
      this.head(decision.time),
      h(
        "p",
        { class: "verdict" },
        decision.before === null || decision.desired === null
          ? counted(decision.desired, this.unit)
          : changeInWords(decision.before, decision.desired, this.unit),
      ),
      health ? h("p", { class: "note" }, health) : "",
      ...decision.notices.map((notice) => h("p", { class: "note" }, withTimesIn(notice, zone))),
      without ? h("p", { class: "prose without" }, without) : "",
      this.facts(decision),
      h("h3", {}, "Stages"),
      h(
        "ol",
        { class: "stages" },
        ...decision.stages.map((stage) =>
          h(
            "li",
            {},
            h("span", { class: "stage" }, stage.name.replaceAll("_", " ")),
            h("span", { class: "capacity" }, count(stage.capacity)),
            h("span", { class: "reason" }, withTimesIn(stage.reason, zone)),
          ),
        ),
      ),
      decision.explanation.trim() === ""
        ? ""
        : h(
            "details",
            { class: "told" },
            h("summary", {}, "As a terminal tells it"),
            h("pre", { tabindex: 0 }, decision.explanation.trim()),
          ),
    );
  }

  close(): void {
    this.asked?.abort();
    this.shown = null;
    this.time = null;
    this.element.hidden = true;
    this.element.replaceChildren();
    this.host.closed();
  }

  private head(time: number): HTMLElement {
    const step = (direction: -1 | 1, text: string, label: string): HTMLButtonElement =>
      button(text, () => this.host.step(time, direction), { "aria-label": label, title: label });
    return h(
      "div",
      { class: "explainhead" },
      h("h2", {}, h("time", { datetime: new Date(time * 1000).toISOString() }, moment(time, this.host.zone()))),
      h(
        "div",
        { class: "controls" },
        h("div", { class: "group" }, step(-1, "‹", "The change before"), step(1, "›", "The change after")),
        button("Close", () => this.close()),
      ),
    );
  }

  private facts(decision: Decision): HTMLElement {
    const zone = this.host.zone();
    const terms = quantileTerms(decision.quantiles, this.utilisation);
    const { events } = decision;
    const fact = (name: string, value: string | null): (HTMLElement | string)[] =>
      value === null ? [] : [h("dt", {}, name), h("dd", {}, value)];
    return h(
      "dl",
      { class: "facts" },
      ...fact("Holds for", decision.cover ? `${clock(decision.cover.start, zone)} to ${clock(decision.cover.end, zone)}` : null),
      ...fact("Instances needed", terms.length > 0 ? `${terms.join(", ")} certainty` : null),
      ...fact("Forecaster", decision.forecaster ? forecasterName(decision.forecaster) : null),
      ...fact("In service", decision.in_service === null ? null : count(decision.in_service)),
      ...fact("Lead time", decision.lead_time_seconds === null ? null : duration(decision.lead_time_seconds)),
      ...fact("Events", events.length > 0 ? events.join(", ") : null),
      ...fact("What came of it", withTimesIn(decision.outcome?.text || decision.outcome?.state.replaceAll("_", " ") || "", zone) || null),
    );
  }
}
