// The report of one backtest or demo run, as the program writes it into the page (docs: web/README.md).
//
// Conventions
//   times        ISO 8601 in UTC, to the second; turned into seconds since 1970 once, when the page reads its data
//   durations    seconds
//   demand       busy instances: how many instances would serve it at 100 % CPU. The page divides by `run.utilisation`
//                to draw "instances needed"
//   shares       0..1, never per cent
//   cost         instance-hours divided by those of a clairvoyant without launch delay: 1 is a bound nobody can reach
//   null         a missing or unreachable value; never written as 0
//   optional     an absent member means that its section, line or column is not drawn
// Round numbers to four significant digits before writing them: nobody can see the fifth, and the file halves.

import type { CalendarEvent, Column, Front, Role, Seconds } from "../shared/types";
export type { CalendarEvent, Column, Front, Role, Seconds } from "../shared/types";

// The members that are times, wherever they stand.
export const reportTimes: ReadonlySet<string> = new Set(["end", "start", "time"]);

export interface Report {
  format: "almanac-report/1";
  program: string; // "almanac" and its version
  run: Run;
  policies: PolicyResult[]; // in any order; the page sorts
  objectives?: StatedObjective[];
  timeline?: Timeline;
  fronts?: Front[];
  forecast?: ForecastQuality;
  phases?: Phases;
  decisions?: ExplainedDecision[];
  notes?: string[]; // whole sentences the reader must know: gaps in the trace, rows left out
}

export interface Run {
  kind: "backtest" | "demo";
  name: string; // what was replayed: "worldcup98", "a simulated shop"
  start: Seconds; // of the test window
  end: Seconds; // exclusive
  boot: Seconds; // launch to in service
  interval: Seconds; // one tick
  objective: number; // share of requests that may meet a utilisation above `utilisation`: 0.001
  utilisation: number; // 0..1: 0.8
  timezone?: string; // IANA name of the calendar's zone
  calendar?: string; // name of the calendar; absent when the run had none
  command?: string; // the command that makes this report again
}

// One line of the table: a policy at the knob it ran with. Members that a run did not measure are left out.
export interface PolicyResult {
  id: string; // "almanac", "target_tracking", "clairvoyant" ...: joins this with timeline, fronts and phases
  name: string; // for people: "AWS target tracking"
  role: Role; // the clairvoyants are references
  knob?: string; // "target 45 %"
  instance_hours: number;
  violating_share: number; // share of requests that met a utilisation above run.utilisation
  violation_minutes: number;
  cost: number | null; // at this knob
  changes_per_day?: number; // changes of the desired capacity
  // Cost of the cheapest setting of the knob's sweep that ran within the share, and the cost read off the sweep at that
  // share, between two settings; null: no setting gets there ("never").
  "cost_within_0.1%"?: number | null;
  "cost_within_1%"?: number | null;
  "cost_at_0.1%"?: number | null;
  "cost_at_1%"?: number | null;
}

// A run of Almanac that was given an objective instead of a price, beside the sweep.
export interface StatedObjective {
  objective: number;
  violating_share: number;
  violation_minutes: number;
  instance_hours: number;
  cost: number | null;
}

// Columns on one regular grid: entry i describes [start + i*step, start + (i+1)*step). Choose `step` so that there are
// at most 10,000 entries (26 days of five minutes are 7,488).
export interface Timeline {
  start: Seconds;
  step: Seconds;
  demand: Column; // the highest 1-minute demand of the step, busy instances; null in a gap
  bands?: {
    // Quantiles of the forecast whose cover window ENDS with this step, so the last one that a launch could still
    // answer; peak demand in busy instances; null where there was no forecast.
    q50: Column;
    q90: Column;
    q99: Column;
  };
  capacity: Capacity[]; // the one of id "almanac" is drawn always, the others by choice
  events?: CalendarEvent[]; // by start
}

export interface Capacity {
  policy: string; // PolicyResult.id
  in_service: Column; // the fewest instances in service during the step
  // Steps with violating requests: indices into the columns, ascending, and the share of the step's requests. Steps
  // that are not listed have none.
  violations: { at: number[]; share: number[] };
}

export interface ForecastQuality {
  winner: string; // ForecasterScore.forecaster of the one in use
  scores: ForecasterScore[];
  calibration?: Calibration[];
}

// Out of sample, from rolling origins.
export interface ForecasterScore {
  forecaster: string; // "lstm+trees", "lstm", "trees", "linear", "seasonal_naive"
  pinball: number; // mean pinball loss of the .5 and .9 quantiles of log(peak / base); lower is better
  coverage50?: number; // share of windows whose peak was at most the quantile
  coverage90?: number;
  coverage99?: number;
  windows: number;
}

// Of the calibrated forecasts that decisions were made from, over the test window.
export interface Calibration {
  place: "near events" | "away from events" | "all";
  coverage50: number;
  coverage90: number;
  coverage99: number;
  windows: number;
}

// Where in events violations happen.
export interface Phases {
  names: string[]; // in time order: "before", "opening", "during", "after", "away from events"
  minutes: number[]; // minutes of the test window in the phase
  policies: {
    policy: string; // PolicyResult.id
    violation_minutes: number[]; // one a phase
  }[];
}

// A decision of the ledger, chosen because it teaches something.
export interface ExplainedDecision {
  time: Seconds;
  title: string; // "Ten minutes before Black Friday opens"
  words?: string; // the explanation as `almanac explain` tells it: one or two sentences
  health: "full" | "fallback" | "reactive" | "hold";
  forecaster?: string;
  window: { start: Seconds; end: Seconds }; // the cover window
  quantiles?: { p: number; demand: number }[]; // ascending; peak demand in the window, busy instances
  events?: string[]; // names of the events that touch the window
  desired_before: number;
  desired: number;
  desired_without_calendar?: number; // absent when no event plays a part
  stages: { name: string; capacity: number; reason: string }[]; // in order; the last one's capacity is `desired`
}
