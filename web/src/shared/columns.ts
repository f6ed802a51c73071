// Small questions about columns of values and the events over them.

import type { CalendarEvent, Column } from "./types";

// Neighbouring violating steps drawn as one mark: [first, last] indices.
export function runs(at: number[]): [number, number][] {
  const result: [number, number][] = [];
  for (const index of at) {
    const last = result[result.length - 1];
    if (last !== undefined && index <= last[1] + 1) last[1] = Math.max(last[1], index);
    else result.push([index, index]);
  }
  return result;
}

export function eventsAt<E extends Pick<CalendarEvent, "start" | "end">>(events: E[] | undefined, time: number, step: number): E[] {
  return (events ?? []).filter((event) => event.start < time + step && time < event.end);
}

// One value for every `factor` steps, the highest: the overview must not lose a peak.
export function thin(column: Column, factor: number): Column {
  const result: Column = [];
  for (let i = 0; i < column.length; i += factor) {
    let highest: number | null = null;
    for (let j = i; j < Math.min(i + factor, column.length); ++j) {
      const value = column[j];
      if (value !== null && value !== undefined && (highest === null || value > highest)) highest = value;
    }
    result.push(highest);
  }
  return result;
}
