// What the charts over time have in common.

import uPlot from "uplot";
import { clock, day } from "./format";

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
