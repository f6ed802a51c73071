// One group: what it needs, what it has, what is coming, and why.

import { h } from "../shared/dom";
import { count, instances, moment, withTimesIn } from "../shared/format";
import { iso } from "../shared/times";
import { counted, unitName } from "../shared/unit";
import { throttled } from "./live";
import { get, isAbort } from "./api";
import { kUtilisation, type Group, type Savings, type Series } from "./api_types";
import { openAction, openClear, type ActionHost, type ActionName } from "./actions";
import { factCards, qualityCard, savingsCard } from "./cards";
import { Scope, type Context, type PageView } from "./context";
import { button, failure, loading } from "./controls";
import { Explanation } from "./explanation";
import { nearTime, until } from "./fleet_data";
import { GroupChart } from "./group_chart";
import { changeBeside, countOrUnknown, difference, mergeSeries, spans } from "./group_data";
import { numberOf, type Route } from "./route";

const kDay = 86400;

class GroupPage {
  readonly element = h("div", { class: "page grouppage" });
  private readonly scope = new Scope();
  private group: Group | null = null;
  private series: Series | null = null;
  private chart: GroupChart | null = null;
  private explanation: Explanation | null = null;
  private view: { from?: string; to?: string; span?: string } = {};
  private refreshing = false;
  private qualityTold = "";
  private readonly name: string;
  private readonly head = h("div", { class: "pagehead" });
  private readonly figures = h("dl", { class: "figures" });
  private readonly notes = h("div", { class: "notes" });
  private readonly chartPlace = h("div", { class: "chartplace" });
  private readonly factPlace = h("div", { class: "cards" });
  private readonly savingsPlace = h("div", { class: "card" });
  private readonly qualityPlace = h("div", { class: "cards" });

  constructor(
    private readonly context: Context,
    private route: Route,
  ) {
    this.name = route.group;
    this.element.append(h("h1", { tabindex: -1 }, this.name), loading(`${this.name}`));
    const rowsSoon = throttled(() => void this.newRows(), 1000),
      detailSoon = throttled(() => void this.newDetail(), 4000);
    this.scope.add(
      context.live.onTick((tick) => {
        if (tick.group !== this.name) return;
        rowsSoon();
        detailSoon();
      }),
    );
    this.scope.add(
      context.live.onRound(() => {
        rowsSoon();
        detailSoon();
      }),
    );
    this.scope.add(
      context.settings.onChange(() => {
        this.drawDetail();
        this.explanation?.redraw();
      }),
    );
    this.scope.add(context.onStatus(() => this.drawHead()));
    void this.begin();
  }

  destroy(): void {
    this.scope.end();
    this.chart?.destroy();
  }

  update(route: Route): boolean {
    this.route = route;
    this.moveTo(route);
    const at = numberOf(route, "at");
    if (at !== null && at !== this.explanation?.time) void this.explanation?.show(at);
    if (at !== null) this.reach(at);
    return true;
  }

  key(key: string): boolean {
    const span = spans.find((each) => each.key === key);
    if (span) this.chart?.follow(span.seconds);
    else if ((key === "[" || key === "]") && this.series) {
      this.step(this.explanation?.time ?? this.series.boundary, key === "[" ? -1 : 1);
    } else return false;
    return true;
  }

  private moveTo(route: Route): void {
    const from = numberOf(route, "from"),
      to = numberOf(route, "to");
    if (from !== null && to !== null && from < to) this.chart?.setView({ min: from, max: to });
    else {
      const span = this.spanOf(route);
      if (span) this.chart?.follow(span.seconds);
    }
  }

  // Brings a time into view, reading what lies before the rows that are loaded first.
  private reach(at: number): void {
    const first = this.series?.time[0];
    if (first === undefined || at >= first) this.chart?.select(at);
    else void this.loadFrom(at - kDay).then(() => this.chart?.select(at));
  }

  // What the address asks to be shown, so that the first picture is the one that stays: rows of the whole span at the
  // interval's own resolution.
  private firstRange(): Record<string, string> {
    if (!this.context.status()) return {};
    const now = Math.floor(this.context.clock.now());
    const span = this.spanOf(this.route)?.seconds ?? kDay;
    const wanted = [now - span, numberOf(this.route, "from"), (numberOf(this.route, "at") ?? now) - span / 2];
    return { from: iso(Math.max(now - 30 * kDay, Math.min(...wanted.filter((time): time is number => time !== null)))) };
  }

  private spanOf(route: Route): (typeof spans)[number] | undefined {
    return spans.find((each) => each.name.replace(" ", "") === route.query["span"]);
  }

  private async begin(): Promise<void> {
    try {
      const [group, series] = await Promise.all([
        get<Group>(["groups", this.name], {}, this.scope.signal),
        get<Series>(["groups", this.name, "series"], this.firstRange(), this.scope.signal),
      ]);
      this.group = group;
      this.series = series;
      this.build(group, series);
      void this.loadMonth();
      void this.loadSavings();
    } catch (error) {
      if (isAbort(error)) return;
      this.element.replaceChildren(
        h("h1", { tabindex: -1 }, this.name),
        failure(`The group ${this.name}`, error, () => void this.begin()),
      );
      const retry = setTimeout(() => {
        if (!this.scope.over && !this.chart) void this.begin();
      }, 5000);
      this.scope.add(() => clearTimeout(retry));
    }
  }

  private build(group: Group, series: Series): void {
    this.context.setGroupZone(group.timezone);
    this.explanation = new Explanation(this.name, group.utilisation ?? kUtilisation, group.capacity.unit, {
      zone: () => this.context.settings.zone,
      step: (time, direction) => this.step(time, direction),
      closed: () => {
        this.chart?.select(null);
        this.chart?.focus();
        this.remember();
      },
    });
    const remember = throttled(() => this.remember(), 500);
    this.chart = new GroupChart(this.context.settings, group.utilisation ?? kUtilisation, group.capacity.unit, {
      pick: (time) => this.pick(time),
      viewed: (view, span) => {
        const name = spans.find((each) => each.seconds === span)?.name.replace(" ", "");
        this.view = name ? { span: name } : { from: String(Math.round(view.min)), to: String(Math.round(view.max)) };
        remember();
      },
      earlier: () => void this.loadEarlier(),
    });
    const from = numberOf(this.route, "from"),
      to = numberOf(this.route, "to");
    const span = this.spanOf(this.route) ?? spans[1];
    this.chart.startWith(from !== null && to !== null && from < to ? { min: from, max: to } : null, span?.seconds ?? kDay);
    const { from: f, to: t, span: s } = this.route.query;
    this.view = { ...(f ? { from: f } : {}), ...(t ? { to: t } : {}), ...(s ? { span: s } : {}) };
    this.savingsPlace.replaceChildren(h("h3", {}, "Saved"), loading("a replay of target tracking"));
    const focused = this.element.contains(document.activeElement);
    this.chartPlace.replaceChildren(this.chart.element);
    this.element.replaceChildren(
      this.head,
      this.notes,
      this.figures,
      h(
        "div",
        { class: "withside" },
        h("section", { "aria-labelledby": "load" }, h("h2", { id: "load", class: "sr" }, "Load and capacity"), this.chartPlace),
        this.explanation.element,
      ),
      h("section", { "aria-labelledby": "trust" }, h("h2", { id: "trust" }, "Can it be trusted?"), this.factPlace, this.qualityPlace),
    );
    this.drawDetail();
    if (focused) this.head.querySelector("h1")?.focus({ preventScroll: true });
    this.chart.setSeries(series, group.data_from);
    const at = numberOf(this.route, "at");
    if (at !== null) {
      this.chart.select(at);
      void this.explanation.show(at);
    }
  }

  private remember(): void {
    if (this.scope.over) return;
    const at = this.explanation?.time;
    this.context.remember({ ...this.view, at: at === null || at === undefined ? undefined : String(at) });
  }

  // Decisions stand at whole intervals.
  private pick(time: number): void {
    const interval = this.group?.interval_seconds ?? 300;
    const at = Math.floor(time / interval) * interval;
    if (this.series && at > this.series.boundary) {
      this.context.say("This is still to come: nothing has been decided yet.");
      return;
    }
    this.chart?.select(at);
    void this.explanation?.show(at);
    this.remember();
  }

  private step(time: number, direction: -1 | 1): void {
    const change = changeBeside(this.series?.changes ?? [], time, direction);
    if (change) this.pick(change.time);
    else this.context.say(direction < 0 ? "No earlier change is loaded." : "There is no later change.");
  }

  private accept(series: Series): void {
    this.series = this.series ? mergeSeries(this.series, series) : series;
    this.chart?.setSeries(this.series, this.group?.data_from ?? null);
  }

  private async quietly(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isAbort(error)) console.warn(String(error)); // what is on the page stays; the connection's state is told above
    }
  }

  private loadMonth(): Promise<void> {
    return this.quietly(async () => {
      const now = this.series?.boundary ?? 0;
      this.accept(await get<Series>(["groups", this.name, "series"], this.range(now - 30 * kDay, now + 1), this.scope.signal));
      this.moveTo(this.route);
      const at = numberOf(this.route, "at");
      if (at !== null) this.reach(at);
    });
  }

  private loadFrom(from: number): Promise<void> {
    return this.quietly(async () => {
      const first = this.series?.time[0] ?? 0;
      this.accept(await get<Series>(["groups", this.name, "series"], this.range(from, first), this.scope.signal));
    });
  }

  private loadEarlier(): Promise<void> {
    return this.loadFrom((this.series?.time[0] ?? 0) - 30 * kDay);
  }

  private range(from: number, to: number): Record<string, string | number> {
    return { from: iso(from), to: iso(Math.ceil(to)), step: this.group?.interval_seconds ?? 300 };
  }

  private async newRows(): Promise<void> {
    if (!this.series || !this.group || this.refreshing || this.scope.over || document.hidden) return;
    this.refreshing = true;
    await this.quietly(async () => {
      const last = this.series?.time.at(-1) ?? 0,
        step = this.group?.interval_seconds ?? 300;
      this.accept(
        await get<Series>(
          ["groups", this.name, "series"],
          this.range(last - 6 * step, Math.max(last, this.context.clock.now()) + 2 * step),
          this.scope.signal,
        ),
      );
    });
    this.refreshing = false;
  }

  private async newDetail(): Promise<void> {
    if (!this.group || this.scope.over || document.hidden) return;
    await this.quietly(async () => {
      this.group = await get<Group>(["groups", this.name], {}, this.scope.signal);
      this.drawDetail();
    });
  }

  private async loadSavings(): Promise<void> {
    try {
      const savings = await get<Savings>(["groups", this.name, "savings"], { days: 14 }, this.scope.signal);
      const card = savingsCard(savings, this.group?.capacity.unit ?? "instances");
      this.savingsPlace.replaceChildren(...card.childNodes);
    } catch (error) {
      if (!isAbort(error))
        this.savingsPlace.replaceChildren(
          h("h3", {}, "Saved"),
          h("p", { class: "big" }, "–"),
          h("p", {}, error instanceof Error ? error.message : String(error)),
        );
    }
  }

  private drawDetail(): void {
    const group = this.group;
    if (!group || !this.chart) return;
    this.drawHead();
    this.drawFigures(group);
    this.drawNotes(group);
    const [objective, lead, freshness] = factCards(group);
    this.factPlace.replaceChildren(...[objective, lead, this.savingsPlace, freshness].filter((card) => card !== undefined));
    // Drawn anew only when it says something new: somebody may be reading or scrolling it.
    const told = JSON.stringify([group.quality, group.forecaster]);
    if (told !== this.qualityTold) this.qualityPlace.replaceChildren(qualityCard(group));
    this.qualityTold = told;
  }

  private drawHead(): void {
    const group = this.group;
    if (!group || !this.chart || (this.head.contains(document.activeElement) && document.activeElement?.tagName === "BUTTON")) return;
    const writable = this.context.status()?.writable === true;
    const act = (name: ActionName, text: string): HTMLElement => button(text, () => openAction(name, group, this.actionHost()));
    const focused = this.head.contains(document.activeElement);
    const heading = h("h1", { tabindex: -1 }, this.name);
    this.head.replaceChildren(
      heading,
      h(
        "p",
        { class: "chips" },
        h("span", { class: "chip" }, `mode ${group.overrides.mode?.mode ?? group.mode}`),
        h("span", { class: `chip health ${group.health ?? "unknown"}` }, group.health ? `health ${group.health}` : "health not known now"),
        group.attention.level === "ok"
          ? null
          : h(
              "span",
              { class: `chip level-${group.attention.level}` },
              h("span", { class: "glyph", "aria-hidden": "true" }),
              group.attention.level,
            ),
      ),
      writable
        ? h(
            "div",
            { class: "do", role: "group", "aria-label": "Actions" },
            act("pause", "Pause …"),
            act("floor", "Floor …"),
            act("mode", "Mode …"),
            act("train", "Train …"),
          )
        : h("p", { class: "readonly" }, "Read-only: the daemon was started without a token."),
    );
    if (focused) heading.focus({ preventScroll: true });
  }

  private actionHost(): ActionHost {
    return {
      now: () => this.context.clock.now(),
      done: (overrides, words) => {
        if (overrides && this.group) this.group = { ...this.group, overrides };
        this.drawDetail();
        this.context.say(words);
        void this.newDetail();
      },
    };
  }

  private drawFigures(group: Group): void {
    const { desired, in_service, in_an_hour, min, max } = group.capacity;
    const now = this.context.clock.now();
    const figure = (value: string, caption: string, ours = false): HTMLElement =>
      h("div", { class: ours ? "figure ours" : "figure" }, h("dt", {}, caption), h("dd", {}, value));
    const need = group.demand.now === null ? null : group.demand.now / (group.utilisation ?? kUtilisation);
    const event = group.next_event;
    const booting = difference(desired, in_service) ?? 0;
    this.figures.replaceChildren(
      figure(instances(need), `${unitName(group.capacity.unit)} needed by the load now`),
      figure(
        countOrUnknown(in_service),
        in_service === null && desired !== null ? `in service; ${count(desired)} decided`
          : booting > 0 ? `in service, ${count(booting)} booting` : `in service, of ${count(min)} to ${count(max)}`,
        true,
      ),
      figure(count(in_an_hour), "planned in an hour", true),
      event
        ? figure(until(event.start, event.end, now), `${event.name}, ${nearTime(event.start, now, this.context.settings.zone)}`)
        : figure("none", "event in the days ahead"),
    );
  }

  private drawNotes(group: Group): void {
    const zone = this.context.settings.zone,
      now = this.context.clock.now();
    const writable = this.context.status()?.writable === true;
    const told = (name: "pause" | "floor" | "mode", what: string): HTMLElement | null => {
      const one = group.overrides[name];
      if (!one) return null;
      const end = one.until === null ? "until it is taken back" : `until ${nearTime(one.until, now, zone)}`;
      return h(
        "p",
        { class: "override" },
        h("strong", {}, `${what} ${end}`),
        one.why ? `: ${one.why}` : "",
        one.who ? ` (${one.who}, ${moment(one.since, zone)})` : "",
        " ",
        writable ? button("End it …", () => openClear(name, group, this.actionHost()), { class: "link" }) : null,
      );
    };
    const { pause, floor, mode } = group.overrides;
    const children = [
      ...group.attention.reasons.map((reason) =>
        h("p", { class: `level-${group.attention.level}` }, h("span", { class: "glyph", "aria-hidden": "true" }), withTimesIn(reason, zone)),
      ),
      ...group.notices.filter((notice) => !group.attention.reasons.includes(notice)).map((notice) => h("p", { class: "note" }, withTimesIn(notice, zone))),
      pause ? told("pause", "Paused: nothing is sent") : null,
      floor ? told("floor", `At least ${counted(floor.capacity, group.capacity.unit)}`) : null,
      mode ? told("mode", `Mode ${mode.mode} by hand`) : null,
    ].filter((child): child is HTMLParagraphElement => child !== null);
    if (this.notes.contains(document.activeElement) && this.notes.childElementCount === children.length) return;
    this.notes.replaceChildren(...children);
  }
}

export function groupPage(context: Context, route: Route): PageView {
  const page = new GroupPage(context, route);
  return { element: page.element, destroy: () => page.destroy(), update: (next) => page.update(next), key: (key) => page.key(key) };
}
