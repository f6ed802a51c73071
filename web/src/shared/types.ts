// What the report and the dashboard both speak of. Times are seconds since the epoch (shared/times), shares are 0..1, null is missing.

export type Seconds = number;
export type Column = (number | null)[];

// Almanac, whoever competes with it, and references that know the future and compete with nobody.
export type Role = "almanac" | "peer" | "reference";

export interface CalendarEvent {
  name: string;
  kind: string;
  start: Seconds;
  end: Seconds; // exclusive
  announced?: boolean; // false: happened in the simulation, but no calendar knew of it; true when absent
}

// The sweep of one policy's knob. Entries belong together; in the order of the knob.
export interface Front {
  policy: string; // PolicyResult.id
  name: string; // PolicyResult.name
  knobs: string[]; // "target 45 %"
  violating_share: number[];
  cost: number[];
}
