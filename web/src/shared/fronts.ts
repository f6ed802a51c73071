// Pareto fronts: which points of a sweep no other point of it beats, and the axes they are drawn on.

import type { Front } from "./types";

export interface Point {
  share: number;
  cost: number;
  knob: string;
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

// The window of the chart: every point's share, and costs up to where even expensive sweeps have told their story.
// A static policy at ten times the clairvoyant must not flatten the others, so the top is at most `reach` times the
// cheapest; returns whether something was cut off.
export function costRange(fronts: Point[][], reach = 12): { low: number; high: number; cut: boolean } {
  const costs = fronts.flat().map((point) => point.cost).filter((cost) => cost > 0);
  if (costs.length === 0) return { low: 1, high: 2, cut: false };
  const low = Math.min(1, ...costs), highest = Math.max(...costs);
  const high = Math.min(highest, low * reach);
  return { low: low / 1.03, high: Math.max(high, low * 1.2) * 1.03, cut: highest > high };
}
