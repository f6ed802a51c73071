// What Almanac and its peers would have done on the group's own history: run it, watch it, read it.

import { kColumnWords, kReference, readBetween } from "../shared/comparison";
import { h } from "../shared/dom";
import { count, ratio, share, span } from "../shared/format";
import { frontsChart } from "../shared/fronts_chart";
import { ApiError, get, isAbort, send } from "./api";
import type { Backtest, BacktestPolicy, BacktestStarted, Group } from "./api_types";
import { frontsOf, headlineOf, knobWords, orderedPolicies, policyName, roleOf } from "./backtest_data";
import { Scope, type Context, type PageView } from "./context";
import { button, failure, loading, scrolling, section } from "./controls";
import type { Route } from "./route";

class BacktestPage {
  readonly element = h("div", { class: "page backtestpage" });
  private readonly scope = new Scope();
  private readonly name: string;
  private id: string | null;
  private shown: Backtest | null = null;
  private timer = 0;
  private readonly days = h(
    "select",
    { "aria-label": "How many days to replay" },
    ...[7, 14, 28].map((n) => h("option", { value: n, selected: n === 14 }, `${n} days`)),
  );
  private readonly start = button("Run a backtest", () => void this.run(), { class: "primary" });
  private readonly place = h("div");
  private readonly bar = h("progress", { max: 1, "aria-label": "Progress of the backtest" });
  private readonly stage = h("p", { role: "status" });

  constructor(
    private readonly context: Context,
    route: Route,
  ) {
    this.name = route.group;
    this.id = route.query["id"] ?? null;
    this.element.append(
      h("div", { class: "pagehead" }, h("h1", { tabindex: -1 }, "Backtest"), h("p", { class: "lead" }, `of ${this.name}`)),
      h(
        "p",
        { class: "prose" },
        "Replays the last days of this group’s own load, strictly causally, through Almanac and its peers on the same simulated instances; ",
        "each peer’s knob is swept, so that all are compared at the same safety. It changes nothing, and takes some minutes of one core.",
      ),
      h("p", { class: "controls" }, this.days, this.start),
      this.place,
    );
    this.scope.add(() => clearTimeout(this.timer));
    this.scope.add(context.settings.onChange(() => this.shown && this.draw(this.shown)));
    void get<Group>(["groups", this.name], {}, this.scope.signal).then(
      (group) => context.setGroupZone(group.timezone),
      () => undefined,
    );
    if (this.id !== null) void this.poll();
    else
      this.place.append(
        h(
          "div",
          { class: "state" },
          h("h2", {}, "No backtest yet"),
          h(
            "p",
            { class: "prose" },
            "Choose how many days to replay and run one. Its address can be kept: it leads back to the result while the daemon runs.",
          ),
        ),
      );
  }

  destroy(): void {
    this.scope.end();
  }

  private async run(): Promise<void> {
    this.start.disabled = true;
    try {
      const { id } = await send<BacktestStarted>("POST", ["groups", this.name, "backtests"], { days: Number(this.days.value) });
      this.id = id;
      this.context.remember({ id });
      this.place.replaceChildren();
      await this.poll();
    } catch (error) {
      this.start.disabled = false;
      const busy = error instanceof ApiError && error.status === 409;
      if (busy && this.shown?.state === "cancelled") this.waitForTheLast();
      else
        this.place.replaceChildren(
          busy
            ? h(
                "div",
                { class: "state", role: "alert" },
                h("h2", {}, "One is running already"),
                h("p", {}, error.message),
                h("p", { class: "prose" }, "Only one runs at a time. Try again when it has ended."),
              )
            : failure("The backtest", error, () => void this.run()),
        );
    }
  }

  // A cancelled backtest takes a while to let go.
  private waitForTheLast(): void {
    this.start.disabled = true;
    this.place.replaceChildren(loading("the end of the one that was cancelled"));
    this.timer = window.setTimeout(() => void this.run(), 1500);
  }

  private async poll(): Promise<void> {
    if (this.scope.over || this.id === null) return;
    try {
      const job = await get<Backtest>(["backtests", this.id], {}, this.scope.signal);
      if (this.scope.over) return;
      this.shown = job;
      this.draw(job);
      this.start.disabled = job.state === "running";
      if (job.state === "running") this.timer = window.setTimeout(() => void this.poll(), 700);
      else this.context.say(`The backtest is ${job.state}.`);
    } catch (error) {
      if (isAbort(error)) return;
      const lost = error instanceof ApiError && error.code === "not_found";
      this.start.disabled = false;
      this.place.replaceChildren(
        lost
          ? h(
              "div",
              { class: "state" },
              h("h2", {}, "This backtest is gone"),
              h("p", { class: "prose" }, "Results are kept while the daemon runs. Run it again."),
            )
          : failure("The backtest", error, () => void this.poll()),
      );
      if (!lost) this.timer = window.setTimeout(() => void this.poll(), 5000);
    }
  }

  private draw(job: Backtest): void {
    if (job.state === "running") this.drawProgress(job);
    else if (job.state === "done" && job.result) this.drawResult(job.result);
    else if (job.state === "cancelled")
      this.place.replaceChildren(
        h("div", { class: "state" }, h("h2", {}, "Cancelled"), h("p", { class: "prose" }, "Nothing was kept of it.")),
      );
    else
      this.place.replaceChildren(
        h(
          "div",
          { class: "state failure", role: "alert" },
          h("h2", {}, "The backtest failed"),
          h("p", {}, job.error ?? "It ended without saying why; the daemon’s log knows more."),
        ),
      );
  }

  private drawProgress(job: Backtest): void {
    this.bar.value = job.progress.share;
    this.stage.textContent = `${Math.floor(job.progress.share * 100)} %: ${job.progress.stage}`;
    if (this.bar.isConnected) return;
    this.place.replaceChildren(
      h(
        "div",
        { class: "state progress" },
        this.stage,
        this.bar,
        button("Cancel", () => void this.cancel()),
      ),
    );
  }

  private async cancel(): Promise<void> {
    if (this.id === null) return;
    try {
      await send("DELETE", ["backtests", this.id]);
    } catch (error) {
      this.context.say(error instanceof Error ? error.message : String(error));
    }
  }

  private drawResult(result: NonNullable<Backtest["result"]>): void {
    const zone = this.context.settings.zone;
    const policies = orderedPolicies(result.policies);
    const fronts = frontsOf(result);
    this.place.replaceChildren(
      h(
        "p",
        { class: "kicker" },
        span(result.from, result.to, zone),
        result.boot_minutes === null ? "" : `, instances boot ${ratioText(result.boot_minutes)} min`,
      ),
      ...headlineOf(policies).map((sentence) => h("p", { class: "lead" }, sentence)),
      ...(result.objective.length === 0
        ? []
        : [
            h(
              "details",
              {},
              h("summary", {}, "With a stated objective instead of a price"),
              h("ul", {}, ...result.objective.map((line) => h("li", {}, line))),
            ),
          ]),
      section("policies", "Policies", h("p", { class: "prose" }, `Cost is instance-hours relative to ${kReference}. ${kColumnWords}`), scrolling("Policies compared", table(policies))),
      ...(fronts.length > 0
        ? [
            frontsChart(
              fronts,
              policies.map((policy) => ({ id: policy.policy, role: roleOf(policy.policy) })),
            ),
          ]
        : []),
    );
  }
}

const ratioText = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(1));

function withinCells(policy: BacktestPolicy): HTMLElement[] {
  const cell = (within: number | null, at: number | null): HTMLElement => {
    const beside = readBetween(at);
    return h(
      "td",
      { class: within === null ? "number never" : "number" },
      within === null ? "never" : ratio(within),
      beside === null ? null : h("small", {}, beside),
    );
  };
  return [cell(policy["cost_within_0.1%"], policy["cost_at_0.1%"]), cell(policy["cost_within_1%"], policy["cost_at_1%"])];
}

function table(policies: BacktestPolicy[]): HTMLElement {
  const heads: [string, string][] = [
    ["Within 0.1 %", "× clairvoyant"],
    ["Within 1 %", "× clairvoyant"],
    ["Cost as run", "× clairvoyant"],
    ["Violating", "of requests"],
    ["Violating", "minutes"],
    ["Instance-hours", ""],
    ["Changes", "a day"],
  ];
  return h(
    "table",
    { class: "policies" },
    h(
      "thead",
      {},
      h(
        "tr",
        {},
        h("th", { scope: "col" }, "Policy"),
        ...heads.map(([title, unit]) => h("th", { scope: "col", class: "number" }, title, unit ? h("small", {}, unit) : null)),
      ),
    ),
    h(
      "tbody",
      {},
      ...policies.map((policy) =>
        h(
          "tr",
          { class: roleOf(policy.policy) },
          h(
            "th",
            { scope: "row" },
            policyName(policy.policy),
            policy.knob === null || policy.knob_name === "none" ? null : h("small", {}, knobWords(policy.knob_name, policy.knob)),
          ),
          ...withinCells(policy),
          ...[
            ratio(policy.cost),
            share(policy.violating_share),
            count(policy.violation_minutes),
            count(policy.instance_hours),
            policy.changes_per_day === null ? "–" : policy.changes_per_day.toFixed(1),
          ].map((text) => h("td", { class: "number" }, text)),
        ),
      ),
    ),
  );
}

export function backtestPage(context: Context, route: Route): PageView {
  const page = new BacktestPage(context, route);
  return { element: page.element, destroy: () => page.destroy(), update: () => true };
}
