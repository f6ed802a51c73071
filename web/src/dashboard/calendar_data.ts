// Where events stand on the calendar's time line, and what is said about them.

import { count, moment, ratio } from "../shared/format";
import { unitHours } from "../shared/unit";
import type { CalendarEntry, Plan } from "./api_types";

// Where a bar and its name stand on a line of `width` pixels, and in which lane, so that no two touch. A name that would
// leave the line at its end stands before its bar.
export interface Placed {
  left: number;
  wide: number;
  flip: boolean;
  lane: number;
}

export function placeBars(bars: { left: number; wide: number; text: number }[], width: number, gap = 10): Placed[] {
  const free: number[] = [];
  return bars.map(({ left, wide, text }) => {
    const flip = left + wide + text > width && left > width / 2;
    const from = flip ? left - text : left,
      to = flip ? left + wide : left + wide + text;
    let lane = free.findIndex((end) => end + gap <= from);
    if (lane < 0) lane = free.push(-Infinity) - 1;
    free[lane] = to;
    return { left, wide, flip, lane };
  });
}

// "×2.1 (1.6 to 3.0)"
export function expectedWords(entry: Pick<CalendarEntry, "expected" | "earlier">): string {
  const { expected } = entry;
  if (!expected)
    return entry.earlier.length > 0 ? "not known: too few like it have happened" : "not known: nothing like it has happened yet";
  return `×${ratio(expected.middle)} the usual peak (${ratio(expected.low)} to ${ratio(expected.high)})`;
}

// The scale that all events' drawings share, from at most 1 to at least 2.
export function upliftRange(entries: CalendarEntry[]): { low: number; high: number } {
  const values = entries.flatMap((entry) => [
    ...(entry.expected ? [entry.expected.low, entry.expected.high] : []),
    ...entry.earlier.map((earlier) => earlier.uplift).filter((value): value is number => value !== null),
  ]);
  return { low: Math.min(0.8, ...values), high: Math.max(2, ...values) * 1.05 };
}

const fieldNames: Record<string, string> = { expected_uplift: "expected uplift", minimum_instances: "minimum instances" };

// "expected uplift ×2 instead of ×4, minimum instances 20 instead of none": which field of an event says something else.
export function fieldWords(fields: Plan["events_changed"][number]["fields"], zone: string): string {
  const told = (field: string, value: string | null): string => {
    if (value === null) return "none";
    if (field === "start" || field === "end") return moment(Date.parse(value) / 1000, zone);
    return field === "expected_uplift" ? `×${value}` : value;
  };
  return fields
    .map(({ field, before, after }) => `${fieldNames[field] ?? field} ${told(field, after)} instead of ${told(field, before)}`)
    .join(", ");
}

// "120 instance-hours more in 7 days (+6.0 %)".
export function differenceWords(plan: Plan): string {
  const { instance_hours: hours, percent } = plan.difference;
  const days = Math.round((plan.to - plan.from) / 86400);
  const window = `${days} ${days === 1 ? "day" : "days"}`;
  if (hours === null) return `a difference that could not be computed in ${window}`;
  if (Math.abs(hours) < 0.05) return `the same ${unitHours(plan.unit)} in ${window}`;
  const amount = Math.abs(hours) < 10 ? Math.abs(hours).toFixed(1) : count(Math.abs(hours));
  const share = percent === null ? "" : ` (${percent > 0 ? "+" : "−"}${Math.abs(percent).toFixed(1)} %)`;
  return `${amount} ${unitHours(plan.unit)} ${hours > 0 ? "more" : "fewer"} in ${window}${share}`;
}

// "+5.00" for fifty instance-hours more at 0.1 each, in the price's currency; null without both.
export function costDifference(hours: number | null, price: string): string | null {
  const each = Number(price);
  if (hours === null || price.trim() === "" || !Number.isFinite(each) || each <= 0) return null;
  const cost = Math.abs(hours * each);
  return `${hours > 0 ? "+" : hours < 0 ? "−" : ""}${cost < 100 ? cost.toFixed(2) : count(cost)}`;
}

// What is wrong with a file before it is sent; null when it may be.
export function fileProblem(name: string, bytes: number): string | null {
  if (!/\.(json|ics|ical|ifb|txt)$/i.test(name)) return `“${name}” is no calendar: a .json or .ics file is expected.`;
  if (bytes > 1 << 20) return `“${name}” has ${count(Math.ceil(bytes / 1024))} kB; a calendar may have 1,024.`;
  return bytes === 0 ? `“${name}” is empty.` : null;
}

// The greatest difference of capacity and its place, for those who do not see the chart.
export function greatestChange(plan: Plan): { time: number; current: number; changed: number } | null {
  let best: { time: number; current: number; changed: number } | null = null;
  plan.time.forEach((time, i) => {
    const current = plan.current.capacity[i],
      changed = plan.changed.capacity[i];
    if (current === null || current === undefined || changed === null || changed === undefined || current === changed) return;
    if (best === null || Math.abs(changed - current) > Math.abs(best.changed - best.current)) best = { time, current, changed };
  });
  return best;
}
