// Times travel as ISO 8601 in UTC; charts and clocks count in seconds since the epoch. Both borders are here: what is read
// is turned once, before any code sees it, and what is sent is written by whoever sends it.

import type { Seconds } from "./types";

// "2026-11-27T08:00:00Z"; a fraction of a second is cut off.
export function iso(time: Seconds): string {
  return `${new Date(Math.floor(time) * 1000).toISOString().slice(0, -5)}Z`;
}

const form = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

export function seconds(text: string): Seconds {
  const time = form.test(text) ? Date.parse(text) / 1000 : NaN;
  if (Number.isNaN(time)) throw new RangeError(`“${text.slice(0, 40)}” is not a time; expected one like 2026-11-27T08:00:00Z`);
  return time;
}

// What JSON.parse() made, with seconds in every property of these names that holds a time or an array of times. Names
// decide, not looks: an event may be called like a time. RangeError where a text under such a name is none.
export function withSeconds(value: unknown, names: ReadonlySet<string>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    for (const each of value) withSeconds(each, names);
    return value;
  }
  const fields = value as Record<string, unknown>;
  for (const [name, field] of Object.entries(fields)) {
    if (!names.has(name)) withSeconds(field, names);
    else if (typeof field === "string") fields[name] = seconds(field);
    else if (Array.isArray(field)) fields[name] = field.map((each: unknown) => (typeof each === "string" ? seconds(each) : each));
  }
  return value;
}
