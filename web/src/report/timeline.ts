// Load and capacity over time: the chart, its overview, the readout and every way to move through it.

import uPlot from "uplot";
import { color, h } from "../shared/dom";
import { day, instances, moment, share } from "../shared/format";
import { overview, type Overview } from "../shared/overview";
import { bindGestures, type Movable } from "../shared/gestures";
import { capacityAxis, dateLabels, stepSeries } from "../shared/chart_parts";
import { eventsAt } from "../shared/columns";
import { paintEvents } from "../shared/paint_events";
import { bindKeys, cursorAfter, pointerHooks, readoutEntry, viewWords } from "../shared/reading";
import type { Settings } from "../shared/settings";
import { firstView, timelineColumns, violationAt, type TimelineColumns } from "./timeline_data";
import { paintViolations, rugHeight } from "./timeline_paint";
import type { Capacity, Report, Timeline } from "./types";
import { clamp, pan, zoom, type View } from "../shared/viewport";

export class TimelineChart {
  readonly element: HTMLElement;
  private readonly timeline: Timeline;
  private readonly full: View;
  private readonly ours: Capacity | undefined;
  private peer: Capacity | undefined;
  private columns: TimelineColumns;
  private view: View;
  private plot: uPlot | null = null;
  private small: Overview | null = null;
  private cursor = -1;
  private readonly holder = h("div", { class: "plot", tabindex: 0, role: "group",
    "aria-label": "Load and capacity over time. Arrow keys read values, Shift and arrow keys move, plus and minus zoom, Escape shows everything." });
  private readonly smallHolder = h("div", { class: "overview", "aria-hidden": "true" });
  private readonly readout = h("dl", { class: "readout" });
  private readonly range = h("span", { class: "range" });

  constructor(private readonly report: Report, timeline: Timeline, private readonly settings: Settings) {
    this.timeline = timeline;
    this.full = { min: timeline.start, max: timeline.start + timeline.step * timeline.demand.length };
    this.view = firstView(timeline, this.full);
    const ourId = report.policies.find((policy) => policy.role === "almanac")?.id;
    this.ours = timeline.capacity.find((capacity) => capacity.policy === ourId);
    this.peer = timeline.capacity.find((capacity) => this.roleOf(capacity.policy) === "peer");
    this.columns = timelineColumns(timeline, report.run.utilisation, this.ours, this.peer);
    this.element = h("section", { "aria-labelledby": "load" },
      h("h2", { id: "load" }, "Load and capacity"),
      h("p", { class: "prose" }, `The dark line is the highest load of each ${Math.round(timeline.step / 60)} minutes, in the instances it needs. `,
        "Capacity below it means violating requests, marked red.",
        timeline.bands ? " The shaded bands are what Almanac expected, in the last forecast that a launch could still answer." : ""),
      this.controls(), this.holder, this.smallHolder, this.readout);
    this.bindReader();
    settings.onChange(() => this.build());
    let width = 0;
    new ResizeObserver(() => {
      if (this.holder.clientWidth === width) return;
      width = this.holder.clientWidth;
      this.build();
    }).observe(this.holder);
  }

  // Zooms to [from, to) and brings the chart into sight.
  show(from: number, to: number): void {
    this.setView({ min: from, max: to });
    this.element.scrollIntoView({ behavior: "smooth", block: "start" });
    this.holder.focus({ preventScroll: true });
  }

  private roleOf(id: string): string {
    return this.report.policies.find((policy) => policy.id === id)?.role ?? "peer";
  }

  private nameOf(id: string): string {
    return this.report.policies.find((policy) => policy.id === id)?.name ?? id;
  }

  private controls(): HTMLElement {
    const button = (text: string, label: string, action: () => void): HTMLButtonElement => {
      const made = h("button", { type: "button", "aria-label": label }, text);
      made.addEventListener("click", action);
      return made;
    };
    const middle = (): number => (this.view.min + this.view.max) / 2;
    const days = (n: number): void => this.setView({ min: middle() - n * 43200, max: middle() + n * 43200 });
    const long = this.full.max - this.full.min;
    const bar = h("div", { class: "controls" },
      h("div", { class: "group", role: "group", "aria-label": "Zoom" },
        button("All", "Show the whole window", () => this.setView(this.full)),
        long > 8 * 86400 ? button("Week", "Show a week", () => days(7)) : null,
        long > 86400 ? button("Day", "Show a day", () => days(1)) : null,
        button("‹", "Earlier", () => this.setView(pan(this.view, -0.5))),
        button("›", "Later", () => this.setView(pan(this.view, 0.5))),
        button("+", "Zoom in", () => this.setView(zoom(this.view, 0.5, middle()))),
        button("−", "Zoom out", () => this.setView(zoom(this.view, 2, middle())))),
      this.range);
    const others = this.timeline.capacity.filter((capacity) => capacity !== this.ours);
    if (others.length > 0) bar.append(this.peerSelect(others));
    if ((this.timeline.events ?? []).length > 0) bar.append(this.eventSelect());
    return bar;
  }

  private peerSelect(others: Capacity[]): HTMLElement {
    const select = h("select", { "aria-label": "Policy to compare with" },
      ...others.map((capacity) => h("option", { value: capacity.policy, selected: capacity === this.peer }, this.nameOf(capacity.policy))),
      h("option", { value: "" }, "nobody"));
    select.addEventListener("change", () => {
      this.peer = this.timeline.capacity.find((capacity) => capacity.policy === select.value);
      this.columns = timelineColumns(this.timeline, this.report.run.utilisation, this.ours, this.peer);
      this.build();
    });
    return h("label", {}, h("span", {}, "against "), select);
  }

  private eventSelect(): HTMLElement {
    const events = this.timeline.events ?? [];
    const select = h("select", { "aria-label": "Go to an event" });
    const fill = (): void => select.replaceChildren(h("option", { value: "" }, "an event …"),
      ...events.map((event, i) => h("option", { value: i }, `${day(event.start, this.settings.zone)}: ${event.name}`)));
    fill();
    this.settings.onChange(fill);
    select.addEventListener("change", () => {
      const event = events[Number(select.value)];
      if (select.value === "" || !event) return;
      const around = Math.max(2 * 3600, (event.end - event.start) * 0.75);
      this.setView({ min: event.start - around, max: event.end + around });
      select.value = "";
    });
    return h("label", {}, h("span", {}, "go to "), select);
  }

  private setView(view: View): void {
    this.view = clamp(view, this.full, this.timeline.step * 12);
    this.plot?.setScale("x", { ...this.view });
    this.small?.setView(this.view);
    this.range.textContent = viewWords(this.view, this.settings.zone);
  }

  private build(): void {
    const width = this.holder.clientWidth;
    if (width === 0) return;
    const height = Math.round(Math.min(420, Math.max(260, width * 0.42)));
    this.plot?.destroy();
    this.plot = new uPlot(this.options(width, height), this.data(), this.holder);
    this.plot.setScale("x", { ...this.view });
    this.small?.destroy();
    this.small = overview(this.smallHolder, this.columns.needed, this.full, (view) => this.setView(view));
    this.small.setView(this.view);
    this.range.textContent = viewWords(this.view, this.settings.zone);
    this.tell(this.cursor);
  }

  private data(): uPlot.AlignedData {
    const { time, q99, q90, q50, needed, peer, ours } = this.columns;
    return [time, q99, q90, q50, peer, ours, needed];
  }

  private options(width: number, height: number): uPlot.Options {
    const axis = { stroke: color("muted"), font: `11px ${color("sans")}`, ticks: { show: false }, border: { show: false } };
    return {
      width, height,
      padding: [18, 24, 0, 0],
      legend: { show: false },
      tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), this.settings.zone),
      cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
      scales: {
        x: { time: true, range: () => [this.view.min, this.view.max] },
        y: { range: (_u, _low, high) => [-(high || 1) * rugHeight, (high || 1) * 1.06] },
      },
      axes: [
        { ...axis, grid: { show: false }, space: 64, size: 40, values: (_u, splits, _axis, _space, increment) => dateLabels(splits, increment, this.settings.zone) },
        capacityAxis("instances"),
      ],
      series: [
        {},
        stepSeries("transparent", 0), stepSeries("transparent", 0),
        stepSeries(color("median"), 1),
        stepSeries(color("theirs"), 1.25),
        stepSeries(color("ours"), 2),
        stepSeries(color("ink"), 1.1),
      ],
      bands: [
        { series: [1, 2], fill: color("band99") },
        { series: [2, 3], fill: color("band90") },
      ],
      hooks: {
        drawClear: [(u) => paintEvents(u, this.timeline.events ?? [])],
        draw: [(u) => paintViolations(u, this.timeline, this.ours, this.peer)],
        ...pointerHooks((time) => this.tell(time === null ? -1 : Math.floor((time - this.timeline.start) / this.timeline.step)), (view) => this.setView(view)),
      },
    };
  }

  private tell(index: number): void {
    this.cursor = index;
    const { columns, timeline } = this;
    const at = index >= 0 && index < columns.time.length ? index : -1;
    const value = (column: (number | null)[]): string => at < 0 ? "" : instances(column[at]);
    const entries = [
      readoutEntry("needed", value(columns.needed), "ink"),
      this.ours ? readoutEntry("Almanac", value(columns.ours), "ours") : null,
      this.peer ? readoutEntry(this.nameOf(this.peer.policy), value(columns.peer), "theirs") : null,
      timeline.bands ? readoutEntry("forecast 50 · 90 · 99 %", at < 0 ? "" : [columns.q50, columns.q90, columns.q99].map((c) => instances(c[at])).join(" · "), "bands") : null,
    ];
    if (at >= 0) {
      const time = columns.time[at] ?? 0;
      const happening = eventsAt(timeline.events, time, timeline.step).map((event) => event.name + (event.announced === false ? " (unannounced)" : ""));
      const bad = [[this.ours, "Almanac"], [this.peer, this.peer ? this.nameOf(this.peer.policy) : ""]] as const;
      const violating = bad.map(([capacity, name]) => [violationAt(capacity, at), name] as const).filter(([s]) => s > 0);
      entries.unshift(readoutEntry(moment(time, this.settings.zone), happening.join(", "), ""));
      if (violating.length > 0) entries.push(readoutEntry("violating", violating.map(([s, name]) => `${name} ${share(s)}`).join(", "), "bad"));
    } else {
      entries.unshift(readoutEntry("Point at or touch the chart", "", ""));
    }
    this.readout.replaceChildren(...entries.filter((e): e is HTMLElement => e !== null));
  }

  private moveCursor(steps: number): void {
    const { time } = this.columns, { step } = this.timeline;
    const index = cursorAfter(time, this.view, this.cursor, steps);
    if (index === null) return;
    this.plot?.setCursor({ left: this.plot.valToPos((time[index] ?? 0) + step / 2, "x"), top: 1 });
    this.tell(index);
  }

  private bindReader(): void {
    const movable: Movable = {
      view: () => this.view,
      setView: (view) => this.setView(view),
      area: () => this.plot?.over,
      everything: () => this.setView(this.full),
    };
    bindGestures(this.holder, movable);
    bindKeys(this.holder, this.readout, {
      ...movable,
      moveCursor: (steps) => this.moveCursor(steps),
      stepsAnHour: () => Math.max(1, Math.round(3600 / this.timeline.step)),
    });
  }
}
