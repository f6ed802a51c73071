// What another calendar would change, before anyone merges it: drop a file, read the difference.

import { h } from "../shared/dom";
import { count, moment } from "../shared/format";
import type { Settings } from "../shared/settings";
import { counted, unitHours } from "../shared/unit";
import { send } from "./api";
import type { Plan } from "./api_types";
import { costDifference, differenceWords, fieldWords, fileProblem, greatestChange } from "./calendar_data";
import { failure, loading, scrolling, section } from "./controls";
import { PlanChart } from "./plan_chart";
import { prefs } from "./prefs";

export class WhatIf {
  readonly element: HTMLElement;
  private readonly result = h("div", { class: "planresult", "aria-live": "polite" });
  private readonly days = h(
    "select",
    { "aria-label": "How far to look" },
    ...[2, 7, 14].map((n) => h("option", { value: n, selected: n === 7 }, `${n} days`)),
  );
  private readonly file = h("input", { type: "file", accept: ".json,.ics,application/json,text/calendar", class: "sr", id: "whatif-file" });
  private readonly price = h("input", {
    type: "number",
    min: 0,
    step: "any",
    size: 6,
    placeholder: "–",
    class: "price",
    value: prefs.price,
  });
  private readonly zone = h("div", { class: "dropzone" });
  private last: { name: string; text: string } | null = null;
  private chart: PlanChart | null = null;
  private shown: { plan: Plan; name: string } | null = null;
  private asked = 0;

  constructor(
    private readonly group: string,
    private readonly utilisation: () => number,
    private readonly settings: Settings,
  ) {
    this.zone.append(
      h(
        "p",
        {},
        h("label", { for: "whatif-file", class: "filebutton" }, "Choose a calendar file"),
        this.file,
        " or drop one here. ",
        h("label", {}, "Look ahead ", this.days),
        " ",
        h("label", {}, "An instance-hour costs ", this.price),
      ),
      h(
        "p",
        { class: "fine" },
        "business_calendar.json or .ics, at most 1 MiB. It replaces the group’s calendar in this calculation only: nothing is changed or kept.",
      ),
    );
    this.element = section(
      "whatif",
      "What if?",
      h(
        "p",
        { class: "prose" },
        "Drop a changed calendar and see the capacity and the instance-hours it would take, before anyone merges it.",
      ),
      this.zone,
      this.result,
    );
    this.bind();
  }

  destroy(): void {
    this.asked = -1;
    this.chart?.destroy();
  }

  private bind(): void {
    this.file.addEventListener("change", () => {
      const chosen = this.file.files?.[0];
      if (chosen) void this.take(chosen);
      this.file.value = "";
    });
    this.days.addEventListener("change", () => void this.ask());
    this.price.addEventListener("change", () => {
      prefs.price = this.price.value;
      if (this.shown) this.show(this.shown.plan, this.shown.name);
    });
    let depth = 0;
    const over = (by: number): void => {
      depth = Math.max(0, depth + by);
      this.zone.classList.toggle("over", depth > 0);
    };
    this.zone.addEventListener("dragenter", () => over(1));
    this.zone.addEventListener("dragleave", () => over(-1));
    this.zone.addEventListener("dragover", (event) => event.preventDefault());
    this.zone.addEventListener("drop", (event) => {
      event.preventDefault();
      over(-depth);
      const dropped = event.dataTransfer?.files[0];
      if (dropped) void this.take(dropped);
    });
  }

  private async take(file: File): Promise<void> {
    const problem = fileProblem(file.name, file.size);
    if (problem) {
      this.result.replaceChildren(h("p", { class: "problem", role: "alert" }, problem));
      return;
    }
    this.last = { name: file.name, text: await file.text() };
    await this.ask();
  }

  private async ask(): Promise<void> {
    const { last } = this;
    if (!last) return;
    const mine = ++this.asked;
    this.chart?.destroy();
    this.chart = null;
    this.result.replaceChildren(loading(`what ${last.name} would change`));
    try {
      const plan = await send<Plan>("POST", ["groups", this.group, "plan"], last.text, {
        query: { days: this.days.value, name: last.name },
        type: /\.json$/i.test(last.name) ? "application/json" : "text/calendar",
      });
      if (mine === this.asked) this.show(plan, last.name);
    } catch (error) {
      if (mine === this.asked) this.result.replaceChildren(failure(last.name, error, () => void this.ask()));
    }
  }

  private show(plan: Plan, name: string): void {
    const figure = (value: string, caption: string, ours: boolean): HTMLElement =>
      h("div", { class: ours ? "figure ours" : "figure" }, h("dt", {}, caption), h("dd", {}, value));
    const most = greatestChange(plan);
    const list = (title: string, entries: (HTMLElement | string)[]): HTMLElement | null =>
      entries.length === 0 ? null : h("div", {}, h("h4", {}, title), h("ul", {}, ...entries.map((entry) => h("li", {}, entry))));
    const when = (event: Plan["events_added"][number]): string => `${event.name}, ${moment(event.start, this.settings.zone)}`;
    this.shown = { plan, name };
    this.chart?.destroy();
    this.chart = new PlanChart(plan, this.utilisation(), this.settings);
    const { instance_hours: hours } = plan.difference;
    const cost = costDifference(hours, this.price.value);
    this.result.replaceChildren(
      h("h3", {}, `${name}: ${differenceWords(plan)}`),
      h(
        "dl",
        { class: "figures" },
        figure(count(plan.current.instance_hours), `${unitHours(plan.unit)} with the present calendar`, false),
        figure(count(plan.changed.instance_hours), `with ${name}`, true),
        figure(
          hours === null ? "–" : `${hours > 0 ? "+" : hours < 0 ? "−" : ""}${count(Math.abs(hours))}`,
          `difference in ${unitHours(plan.unit)}`,
          false,
        ),
        ...(cost === null ? [] : [figure(cost, `difference at ${this.price.value} ${plan.unit === "instances" ? "an" : "a"} ${unitHours(plan.unit).slice(0, -1)}`, false)]),
      ),
      h(
        "p",
        { class: "prose" },
        most
          ? `The greatest difference is on ${moment(most.time, this.settings.zone)}: ${counted(most.changed, plan.unit)} instead of ${count(most.current)}.`
          : "Capacity is the same at all times.",
      ),
      this.chart.element,
      h(
        "div",
        { class: "lists" },
        list("Events that come", plan.events_added.map(when)),
        list("Events that go", plan.events_removed.map(when)),
        list(
          "Events that change",
          plan.events_changed.map((event) => `${when(event)}: ${fieldWords(event.fields, this.settings.zone)}`),
        ),
        list(
          "What is expected",
          plan.expected.map(({ event, words }) => `${event}: ${words}`),
        ),
        list(
          "Could not be applied",
          plan.problems.map(({ where, message }) => (where ? `${where}: ${message}` : message)),
        ),
      ),
      this.differences(plan),
    );
  }

  private differences(plan: Plan): HTMLElement {
    const rows = plan.time
      .map((time, i) => ({ time, before: plan.current.capacity[i] ?? null, after: plan.changed.capacity[i] ?? null }))
      .filter((row) => row.before !== row.after)
      .slice(0, 200);
    if (rows.length === 0) return h("div");
    return h(
      "details",
      { class: "astable" },
      h("summary", {}, "The differences as a table"),
      scrolling(
        "Differences of capacity",
        h(
          "table",
          {},
          h(
            "thead",
            {},
            h("tr", {}, ...["Time", "Present", "Changed"].map((text, i) => h("th", { scope: "col", class: i > 0 ? "number" : "" }, text))),
          ),
          h(
            "tbody",
            {},
            ...rows.map((row) =>
              h(
                "tr",
                {},
                h("th", { scope: "row" }, moment(row.time, this.settings.zone)),
                h("td", { class: "number" }, count(row.before)),
                h("td", { class: "number" }, count(row.after)),
              ),
            ),
          ),
        ),
      ),
    );
  }
}
