// From the report's columns to what the chart draws: everything in instances.

import { clamp, type View } from "../shared/viewport";
import type { Capacity, Column, Timeline } from "./types";

export interface TimelineColumns {
  time: number[];
  needed: Column; // instances that keep utilisation at its limit
  q50: Column;
  q90: Column;
  q99: Column;
  ours: Column;
  peer: Column;
}

export function timelineColumns(timeline: Timeline, utilisation: number, ours?: Capacity, peer?: Capacity): TimelineColumns {
  const n = timeline.demand.length;
  const time = Array.from({ length: n }, (_, i) => timeline.start + i * timeline.step);
  const scaled = (column: Column | undefined): Column =>
    Array.from({ length: n }, (_, i) => {
      const value = column?.[i];
      return value === null || value === undefined ? null : value / utilisation;
    });
  const plain = (column: Column | undefined): Column => Array.from({ length: n }, (_, i) => column?.[i] ?? null);
  return {
    time,
    needed: scaled(timeline.demand),
    q50: scaled(timeline.bands?.q50),
    q90: scaled(timeline.bands?.q90),
    q99: scaled(timeline.bands?.q99),
    ours: plain(ours?.in_service),
    peer: plain(peer?.in_service),
  };
}

export function violationAt(capacity: Capacity | undefined, index: number): number {
  if (!capacity) return 0;
  const found = capacity.violations.at.indexOf(index);
  return found < 0 ? 0 : capacity.violations.share[found] ?? 0;
}

// What the chart shows first: a month in one picture is a row of needles, so the four days that lead to just past the
// highest load. The overview shows the rest.
export function firstView(timeline: Timeline, full: View): View {
  const width = 4 * 86400;
  if (full.max - full.min <= 1.5 * width) return { ...full };
  let peak = 0;
  timeline.demand.forEach((value, i) => {
    if ((value ?? -1) > (timeline.demand[peak] ?? -1)) peak = i;
  });
  const end = timeline.start + peak * timeline.step + width / 5;
  return clamp({ min: end - width, max: end }, full, width);
}
