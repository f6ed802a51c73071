// Load, forecast and capacity of one group over time: the chart and every way to move through it.

import uPlot from "uplot";
import { capacityAxis, dateLabels, stepSeries } from "../shared/chart_parts";
import { eventsAt } from "../shared/columns";
import { color, h } from "../shared/dom";
import { count, instances, moment, share } from "../shared/format";
import { bindGestures, type Movable } from "../shared/gestures";
import { overview, type Overview } from "../shared/overview";
import { paintEvents } from "../shared/paint_events";
import { bindKeys, cursorAfter, pointerHooks, readoutEntry, viewWords } from "../shared/reading";
import type { Settings } from "../shared/settings";
import { unitName, type Unit } from "../shared/unit";
import { clamp, pan, zoom, type View } from "../shared/viewport";
import type { Series } from "./api_types";
import { button } from "./controls";
import {
  chartColumns,
  countOrUnknown,
  difference,
  highestShown,
  kAhead,
  nearestChange,
  spans,
  stepAt,
  tableRows,
  thinned,
  thinningFor,
  viewInWords,
  viewOf,
  type ChartColumns,
} from "./group_data";
import { paintBooting, paintFuture, paintMarks, stripShare } from "./group_paint";

export interface ChartHost {
  pick(time: number): void; // the reader asks about the decision of this time
  viewed(view: View, span: number | null): void; // the view changed; `span` when it follows the time
  earlier(): void; // the reader wants older rows than are loaded
}

export class GroupChart {
  readonly element: HTMLElement;
  private series: Series | null = null;
  private columns: ChartColumns | null = null;
  private readonly levels = new Map<number, ChartColumns>(); // thinned, by factor
  private factor = 1; // of what is drawn
  private full: View = { min: 0, max: 1 };
  private view: View = { min: 0, max: 1 };
  private following: number | null = null; // the span of a pressed button: the view moves on with the time
  private plot: uPlot | null = null;
  private small: Overview | null = null;
  private cursor = -1;
  private selected: number | null = null;
  private pressedAt = 0;
  private readonly holder = h("div", {
    class: "plot",
    tabindex: 0,
    role: "group",
    "aria-describedby": "chart-words",
    "aria-label":
      "Load, forecast and capacity over time. Arrow keys read values, Enter explains, Shift and arrow keys move, plus and minus zoom, Escape shows everything.",
  });
  private readonly smallHolder = h("div", { class: "overview", "aria-hidden": "true" });
  private readonly readout = h("dl", { class: "readout" });
  private readonly range = h("span", { class: "range" });
  private readonly words = h("p", { class: "note words", id: "chart-words" });
  private readonly table = h("details", { class: "astable" }, h("summary", {}, "The same as a table"));
  private readonly spanButtons = spans.map(({ name, seconds }) => button(name, () => this.follow(seconds), { "aria-pressed": "false" }));
  private readonly older = button("Load earlier", () => this.host.earlier(), { hidden: true });
  private readonly ends: (() => void)[] = [];
  private wordsTimer = 0;

  constructor(
    private readonly settings: Settings,
    private readonly utilisation: number,
    private readonly unit: Unit,
    private readonly host: ChartHost,
  ) {
    const step = (text: string, label: string, action: () => void): HTMLElement => button(text, action, { "aria-label": label });
    this.element = h(
      "div",
      { class: "chart" },
      h(
        "div",
        { class: "controls" },
        h("div", { class: "group", role: "group", "aria-label": "Span" }, ...this.spanButtons),
        h(
          "div",
          { class: "group", role: "group", "aria-label": "Move and zoom" },
          step("‹", "Earlier", () => this.setView(pan(this.view, -0.5))),
          step("›", "Later", () => this.setView(pan(this.view, 0.5))),
          step("+", "Zoom in", () => this.setView(zoom(this.view, 0.5, this.middle()))),
          step("−", "Zoom out", () => this.setView(zoom(this.view, 2, this.middle()))),
        ),
        this.range,
        this.older,
      ),
      this.holder,
      this.smallHolder,
      this.readout,
      this.words,
      this.table,
    );
    this.bindReader();
    this.table.addEventListener("toggle", () => this.fillTable());
    this.ends.push(settings.onChange(() => this.build()));
    let width = 0;
    const sized = new ResizeObserver(() => {
      if (this.holder.clientWidth === width || !this.columns) return;
      width = this.holder.clientWidth;
      this.build();
    });
    sized.observe(this.holder);
    this.ends.push(
      () => sized.disconnect(),
      () => clearTimeout(this.wordsTimer),
      () => this.plot?.destroy(),
      () => this.small?.destroy(),
    );
  }

  destroy(): void {
    for (const end of this.ends) end();
  }

  // New rows; the view stays, or moves on with the time when it follows it.
  setSeries(series: Series, dataFrom: number | null): void {
    const first = this.columns === null;
    this.series = series;
    this.columns = chartColumns(series, this.utilisation);
    this.levels.clear();
    const begin = this.columns.time[0] ?? series.boundary - 86400;
    this.full = { min: Math.min(begin, series.boundary - 3600), max: series.boundary + kAhead };
    this.older.hidden = dataFrom === null || dataFrom >= begin - series.step_seconds;
    if (this.following !== null) this.view = clamp(viewOf(this.following, series.boundary), this.full, this.narrowest());
    else this.view = clamp(this.view, this.full, this.narrowest());
    if (first || !this.plot) return this.build();
    this.factor = 0; // draw the new rows, whatever the view
    this.applyView();
    this.drawOverview();
  }

  // What the view starts with, before there are rows.
  startWith(view: View | null, span: number): void {
    this.following = view === null ? span : null;
    if (view) this.view = view;
  }

  follow(seconds: number): void {
    this.following = seconds;
    if (!this.series) return;
    this.view = clamp(viewOf(seconds, this.series.boundary), this.full, this.narrowest());
    this.applyView();
    this.host.viewed(this.view, seconds);
  }

  setView(view: View): void {
    this.following = null;
    this.view = clamp(view, this.full, this.narrowest());
    this.applyView();
    this.host.viewed(this.view, null);
  }

  // Marks the time of a decision that is being explained; brings it into view.
  select(time: number | null): void {
    this.selected = time;
    if (time !== null && (time < this.view.min || time > this.view.max)) {
      const width = this.view.max - this.view.min;
      this.setView({ min: time - width / 2, max: time + width / 2 });
    }
    this.plot?.redraw(false, false);
  }

  focus(): void {
    this.holder.focus({ preventScroll: true });
  }

  private narrowest(): number {
    return (this.columns?.step ?? 300) * 12;
  }

  private middle(): number {
    return (this.view.min + this.view.max) / 2;
  }

  private applyView(): void {
    const factor = this.wantedFactor();
    if (factor !== this.factor) {
      this.factor = factor;
      this.plot?.setData(this.data(), false);
    }
    this.plot?.setScale("x", { ...this.view });
    this.small?.setView(this.view);
    this.spanButtons.forEach((each, i) => each.setAttribute("aria-pressed", String(spans[i]?.seconds === this.following)));
    this.range.textContent = viewWords(this.view, this.settings.zone);
    clearTimeout(this.wordsTimer);
    this.wordsTimer = window.setTimeout(() => this.describe(), 250);
  }

  private describe(): void {
    if (!this.columns || !this.series) return;
    this.words.textContent = viewInWords(this.columns, this.series.changes, this.series.events, this.view, this.settings.zone, this.unit);
    if (this.table.open) this.fillTable();
  }

  private fillTable(): void {
    if (!this.table.open || !this.columns) return;
    const heads = ["Time", "Load needs", "Forecast 50 · 90 · 99 %", "Capacity", "Violating"];
    const rows = tableRows(this.columns, this.view);
    const body = rows.map((row) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, moment(row.time, this.settings.zone)),
        ...[row.needed, row.forecast, row.capacity, row.violating].map((text) => h("td", { class: "number" }, text)),
      ),
    );
    const old = this.table.querySelector(".scroll");
    const fresh = h(
      "div",
      { class: "scroll", tabindex: 0, role: "region", "aria-label": "Load, forecast and capacity as a table" },
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ...heads.map((text, i) => h("th", { scope: "col", class: i > 0 ? "number" : "" }, text)))),
        h("tbody", {}, ...body),
      ),
    );
    if (old) old.replaceWith(fresh);
    else this.table.append(fresh);
  }

  private build(): void {
    const width = this.holder.clientWidth;
    if (width === 0 || !this.columns) return;
    const height = Math.round(Math.min(440, Math.max(270, width * 0.4)));
    this.plot?.destroy();
    this.plot = null;
    this.factor = this.wantedFactor();
    this.plot = new uPlot(this.options(width, height), this.data(), this.holder);
    this.plot.over.addEventListener("mousedown", (event) => (this.pressedAt = event.clientX));
    this.plot.over.addEventListener("click", (event) => this.clicked(event));
    this.drawOverview();
    this.applyView();
    this.tell(this.cursor);
  }

  private drawOverview(): void {
    if (!this.columns) return;
    this.small?.destroy();
    this.small = overview(this.smallHolder, this.columns.needed, this.full, (view) => this.setView(view));
    this.small.setView(this.view);
  }

  private wantedFactor(): number {
    return thinningFor(
      (this.view.max - this.view.min) / (this.columns?.step ?? 300),
      this.plot?.over.clientWidth ?? this.holder.clientWidth,
    );
  }

  private heights(): [number, number] {
    const high = this.columns ? highestShown(this.drawn() ?? this.columns, this.view) : 1;
    return [-high * stripShare, high * 1.06];
  }

  // What is drawn: the columns, thinned for the view.
  private drawn(): ChartColumns | null {
    if (!this.columns) return null;
    const known = this.levels.get(this.factor) ?? thinned(this.columns, this.factor);
    this.levels.set(this.factor, known);
    return known;
  }

  private data(): uPlot.AlignedData {
    const c = this.drawn();
    return c ? [c.time, c.q99, c.q90, c.q50, c.planned, c.desired, c.in_service, c.needed] : [[]];
  }

  private options(width: number, height: number): uPlot.Options {
    const axis = { stroke: color("muted"), font: `11px ${color("sans")}`, ticks: { show: false }, border: { show: false } };
    return {
      width,
      height,
      padding: [18, 14, 0, 0],
      legend: { show: false },
      tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), this.settings.zone),
      cursor: { drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
      scales: {
        x: { time: true, range: () => [this.view.min, this.view.max] },
        y: { range: () => this.heights() },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          space: 64,
          size: 40,
          values: (_u, splits, _axis, _space, increment) => dateLabels(splits, increment, this.settings.zone),
        },
        capacityAxis(unitName(this.unit)),
      ],
      series: [
        {},
        stepSeries("transparent", 0),
        stepSeries("transparent", 0),
        stepSeries(color("median"), 1),
        stepSeries(color("ours"), 1.5, [5, 4]),
        stepSeries(color("median"), 1),
        stepSeries(color("ours"), 2),
        stepSeries(color("ink"), 1.1),
      ],
      bands: [
        { series: [1, 2], fill: color("band99") },
        { series: [2, 3], fill: color("band90") },
      ],
      hooks: {
        drawClear: [(u) => paintFuture(u, this.columns?.now ?? Infinity), (u) => paintEvents(u, this.series?.events ?? [])],
        draw: [
          (u) => this.columns && paintBooting(u, this.columns),
          (u) => this.columns && paintMarks(u, this.columns, this.series?.changes ?? [], this.selected),
        ],
        ...pointerHooks(
          (time) => this.tell(time === null || !this.columns ? -1 : stepAt(this.columns, time)),
          (view) => this.setView(view),
        ),
      },
    };
  }

  // A click near a change means the change; elsewhere the decision of that time.
  private clicked(event: MouseEvent): void {
    const { plot, series } = this;
    if (!plot || !series || Math.abs(event.clientX - this.pressedAt) > 4 || event.shiftKey) return;
    const left = event.clientX - plot.over.getBoundingClientRect().left;
    const near = plot.posToVal(left + 7, "x") - plot.posToVal(left, "x");
    const time = plot.posToVal(left, "x");
    this.host.pick(nearestChange(series.changes, time, near)?.time ?? time);
  }

  private tell(index: number): void {
    this.cursor = index;
    const { columns: c } = this;
    if (!c) return;
    const at = index >= 0 && index < c.time.length ? index : -1;
    const time = c.time[at] ?? 0,
      future = at >= 0 && time >= c.now;
    const happening =
      at < 0
        ? ""
        : eventsAt(this.series?.events, time, c.step)
            .map((event) => event.name)
            .join(", ");
    const booting = difference(c.desired[at], c.in_service[at]);
    const violating = c.violating[at] ?? 0;
    const entries = [
      readoutEntry(at < 0 ? "Point at or touch the chart" : moment(time, this.settings.zone), happening, ""),
      readoutEntry("load needs", at < 0 ? "" : instances(c.needed[at]), "ink"),
      readoutEntry("forecast 50 · 90 · 99 %", at < 0 ? "" : [c.q50, c.q90, c.q99].map((column) => instances(column[at])).join(" · "), "bands"),
      readoutEntry("in service", at < 0 || future ? "" : countOrUnknown(c.in_service[at]), "ours"),
      readoutEntry("booting", at < 0 || future ? "" : count(booting === null ? null : Math.max(0, booting)), "booting"),
      readoutEntry("planned", future ? count(c.planned[at]) : "", "planned"),
      readoutEntry("violating", at < 0 || future ? "" : share(c.violating[at]), violating > 0 ? "bad" : "badkey"),
    ];
    this.readout.replaceChildren(...entries);
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
      stepsAnHour: () => Math.max(1, Math.round(3600 / (this.columns?.step ?? 300))),
      choose: () => {
        if (this.cursor >= 0) this.host.pick(this.columns?.time[this.cursor] ?? 0);
      },
    });
  }

  private moveCursor(steps: number): void {
    const { columns: c, plot } = this;
    const index = c && plot ? cursorAfter(c.time, this.view, this.cursor, steps) : null;
    if (!c || !plot || index === null) return;
    plot.setCursor({ left: plot.valToPos((c.time[index] ?? 0) + c.step / 2, "x"), top: 1 });
    this.tell(index);
  }
}
