// Pareto fronts: which points of a sweep no other point of it beats, and the axes they are drawn on.

import type { Front, Role } from "./types";

export interface Point {
  share: number;
  cost: number;
  knob: string;
}

export interface ChartWindow {
  low: number; // cost
  high: number;
  right: number; // share
  cut: boolean;
}

// The points that no other point of the same sweep beats in both share and cost, by rising cost.
export function paretoPoints(front: Front): Point[] {
  const points = front.violating_share.map((share, i): Point => ({
    share, cost: front.cost[i] ?? NaN, knob: front.knobs[i] ?? "",
  })).filter((point) => Number.isFinite(point.share) && Number.isFinite(point.cost));
  points.sort((a, b) => a.cost - b.cost || a.share - b.share);
  const kept: Point[] = [];
  for (const point of points) {
    const last = kept[kept.length - 1];
    if (last === undefined || point.share < last.share) kept.push(point);
  }
  return kept;
}

// A logarithmic axis cannot show 0: such points stand on its left end, half a decade below the smallest positive share.
export function shareFloor(fronts: Front[]): number {
  const positive = fronts.flatMap((front) => front.violating_share).filter((value) => value > 0);
  const smallest = Math.max(1e-5, positive.length > 0 ? Math.min(...positive) : 1e-4);
  return smallest / Math.sqrt(10);
}

// 1, 10, 100 ... that lie in [low, high].
export function decades(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let k = Math.ceil(Math.log10(low) - 1e-9); 10 ** k <= high * (1 + 1e-9); ++k) ticks.push(Number(`1e${k}`));
  return ticks;
}

// Round numbers for a logarithmic axis of cost that spans about one decade: 1, 1.2, 1.5, 2, 3, 5, 7, 10 ...
export function costTicks(low: number, high: number): number[] {
  const wide = high / low > 12;
  const steps = wide ? [1, 2, 5] : high / low > 4 ? [1, 1.5, 2, 3, 5, 7] : [1, 1.1, 1.2, 1.3, 1.5, 1.75, 2, 2.5, 3, 4, 5, 6, 8];
  const ticks: number[] = [];
  for (let k = Math.floor(Math.log10(low)); 10 ** k <= high; ++k) {
    for (const step of steps) {
      const value = step * 10 ** k;
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) ticks.push(Number(value.toPrecision(6)));
    }
  }
  return ticks;
}

// The window of the chart: the part in which a choice is made. Its top is half as much again as the dearest of Almanac's
// settings and of the best peer's within 0.1 % (the best peer's cheapest where none gets there), so that a static policy
// at ten times the clairvoyant does not flatten the others; its right end is 5 %, or what Almanac's thriftiest lets
// through. `cut`: something lies above or to the right.
export function chartWindow(lines: { role: Role; points: Point[] }[]): ChartWindow {
  const all = lines.flatMap((line) => line.points);
  if (all.length === 0) return { low: 1, high: 2, right: 0.05, cut: false };
  const ours = lines.filter((line) => line.role === "almanac").flatMap((line) => line.points);
  const bests = lines.filter((line) => line.role === "peer").map((line) => {
    const within = line.points.filter((point) => point.share <= 0.001);
    return Math.min(...(within.length > 0 ? within : line.points).map((point) => point.cost));
  });
  const low = Math.min(1, ...all.map((point) => point.cost));
  const highest = Math.max(...all.map((point) => point.cost));
  const wanted = Math.max(...ours.map((point) => point.cost), Math.min(...bests, highest));
  const high = Math.max(Math.min(highest, wanted * 1.5), low * 1.2);
  const right = Math.max(0.05, ...ours.map((point) => point.share));
  return {
    low: low / 1.03, high: high * 1.03, right: right * 1.2,
    cut: all.some((point) => point.cost > high || point.share > right),
  };
}
