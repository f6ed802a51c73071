// Two plans over each other: the capacity with the present calendar and with the changed one.

import uPlot from "uplot";
import { capacityAxis, dateLabels, stepSeries } from "../shared/chart_parts";
import { color, h } from "../shared/dom";
import { count, instances, moment } from "../shared/format";
import { paintEvents } from "../shared/paint_events";
import type { Settings } from "../shared/settings";
import { unitName } from "../shared/unit";
import type { Plan } from "./api_types";

export class PlanChart {
  readonly element: HTMLElement;
  private readonly holder = h("div", {
    class: "plot",
    role: "img",
    "aria-label": "Capacity with the present and the changed calendar; the differences are in the table below",
  });
  private readonly readout = h("dl", { class: "readout" });
  private plot: uPlot | null = null;
  private readonly ends: (() => void)[] = [];

  constructor(
    private readonly plan: Plan,
    private readonly utilisation: number,
    private readonly settings: Settings,
  ) {
    this.element = h("div", { class: "chart" }, this.holder, this.readout);
    this.tell(-1);
    let width = 0;
    const sized = new ResizeObserver(() => {
      if (this.holder.clientWidth === width) return;
      width = this.holder.clientWidth;
      this.build(width);
    });
    sized.observe(this.holder);
    this.ends.push(
      () => sized.disconnect(),
      settings.onChange(() => this.build(this.holder.clientWidth)),
      () => this.plot?.destroy(),
    );
  }

  destroy(): void {
    for (const end of this.ends) end();
  }

  private build(width: number): void {
    if (width === 0) return;
    this.plot?.destroy();
    const { plan, settings } = this;
    const axis = { stroke: color("muted"), font: `11px ${color("sans")}`, ticks: { show: false }, border: { show: false } };
    const need = plan.changed.q50.map((value) => (value === null ? null : value / this.utilisation));
    const events = [...plan.events_added, ...plan.events_removed, ...plan.events_changed].sort((a, b) => a.start - b.start);
    this.plot = new uPlot(
      {
        width,
        height: Math.round(Math.min(320, Math.max(220, width * 0.32))),
        padding: [18, 14, 0, 0],
        legend: { show: false },
        tzDate: (ts) => uPlot.tzDate(new Date(ts * 1000), settings.zone),
        cursor: { points: { show: false }, y: false, drag: { x: false, y: false } },
        scales: { x: { time: true }, y: { range: (_u, _low, high) => [0, (high || 1) * 1.06] } },
        axes: [
          {
            ...axis,
            grid: { show: false },
            space: 64,
            size: 40,
            values: (_u, splits, _axis, _space, increment) => dateLabels(splits, increment, settings.zone),
          },
          capacityAxis(unitName(plan.unit)),
        ],
        series: [{}, stepSeries(color("median"), 1), stepSeries(color("theirs"), 1.5, [5, 4]), stepSeries(color("ours"), 2)],
        bands: [
          { series: [3, 2], fill: color("band90") },
          { series: [2, 3], fill: color("theirswash") },
        ], // more, and less
        hooks: {
          drawClear: [(u) => paintEvents(u, events)],
          setCursor: [(u) => this.tell((u.cursor.left ?? -1) < 0 ? -1 : u.posToIdx(u.cursor.left ?? 0))],
        },
      },
      [plan.time, need, plan.current.capacity, plan.changed.capacity],
      this.holder,
    );
  }

  private tell(at: number): void {
    const { plan } = this;
    const entry = (name: string, value: string, tone: string): HTMLElement =>
      h("div", {}, h("dt", {}, tone ? h("span", { class: `key ${tone}`, "aria-hidden": "true" }) : null, name), h("dd", {}, value));
    const q50 = plan.changed.q50[at];
    this.readout.replaceChildren(
      entry(at < 0 ? "Point at or touch the chart" : moment(plan.time[at] ?? 0, this.settings.zone), "", ""),
      entry("present calendar", at < 0 ? "" : count(plan.current.capacity[at]), "before"),
      entry("changed calendar", at < 0 ? "" : count(plan.changed.capacity[at]), "ours"),
      entry("median load needs", at < 0 || q50 === null || q50 === undefined ? "" : instances(q50 / this.utilisation), "median"),
    );
  }
}
