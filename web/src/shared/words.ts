// What a decision did, in words.

import { count } from "./format";
import { counted, type Unit } from "./unit";

export type Health = "full" | "fallback" | "reactive" | "hold";

export const healthWords: Record<Health, string | null> = {
  full: null,
  fallback: "No usable model at this time: the seasonal naive forecast stood in.",
  reactive: "Too little history or a broken calibration at this time: Almanac followed what arrived.",
  hold: "Metrics were missing or stale at this time: Almanac held the capacity and scaled nothing in.",
};

// "26 instances, 4 more than before".
export function changeInWords(before: number, after: number, unit: Unit = "instances"): string {
  if (after === before) return `${counted(after, unit)}, as before`;
  return after > before ? `${counted(after, unit)}, ${count(after - before)} more than before`
                        : `${counted(after, unit)}, ${count(before - after)} fewer than before`;
}

// What the calendar was worth at this decision; null where no event played a part.
export function counterfactual(desired: number, without: number | null | undefined, unit: Unit = "instances"): string | null {
  if (without === undefined || without === null) return null;
  if (without === desired) return `Without the calendar it would have decided the same: ${counted(without, unit)}.`;
  const difference = Math.abs(desired - without);
  return `Without the calendar it would have been ${counted(without, unit)}: ` +
    `the calendar ${desired > without ? "adds" : "saves"} ${count(difference)}.`;
}

const names: Record<string, string> = {
  lstm: "LSTM", linear: "Linear quantiles", seasonal_naive: "Seasonal naive", mixture: "Mixture",
};
export const forecasterName = (id: string): string => names[id] ?? id.replaceAll("_", " ");
