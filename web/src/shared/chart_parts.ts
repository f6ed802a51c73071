// What the charts over time have in common.

import uPlot from "uplot";
import { color } from "./dom";
import { clock, day, instances } from "./format";

// Everything is drawn as steps: a value holds for its whole step, and only so do load and capacity cross where they did.
export function stepSeries(stroke: string, width: number, dash?: number[]): uPlot.Series {
  const paths = uPlot.paths.stepped?.({ align: 1 });
  return { stroke, width, points: { show: false }, ...(paths ? { paths } : {}), ...(dash ? { dash } : {}) };
}

// The hour, and the day under the first label of each day.
export function dateLabels(splits: number[], increment: number, zone: string): string[] {
  let last = "";
  return splits.map((time) => {
    const today = day(time, zone);
    if (increment >= 86400) return today.replace(/^\S+ /, "");
    const text = today === last ? clock(time, zone) : `${clock(time, zone)}\n${today}`;
    last = today;
    return text;
  });
}

// The axis of capacity: whole, round steps of what it counts, named; the strip under zero holds marks and has no numbers.
export function capacityAxis(unit: string): uPlot.Axis {
  return {
    stroke: color("muted"),
    font: `11px ${color("sans")}`,
    ticks: { show: false },
    border: { show: false },
    size: 44,
    space: 28,
    label: unit,
    labelSize: 18,
    labelFont: `11px ${color("sans")}`,
    grid: { stroke: color("grid"), width: 1 },
    incrs: roundSteps(),
    filter: (_u, splits) => splits.map((value) => (value < 0 ? null : value)),
    values: (_u, splits) => splits.map((value) => (value === null || value < 0 ? "" : instances(value))),
  };
}

// 1, 2, 5, 10, 20, 50 ...: nobody runs half an instance.
export function roundSteps(): number[] {
  return [0, 1, 2, 3, 4, 5, 6].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power));
}
