// What the daemon answers (docs/openapi.yaml), once its times are seconds since the epoch (shared/times). Demand and
// quantiles are busy instances (or the unit that the group counts), shares are 0..1, null is missing and never zero.

import type { Column, Seconds } from "../shared/types";
import type { Unit } from "../shared/unit";
import type { Health } from "../shared/words";

// The properties that are times, wherever they stand in an answer or an event. Demand that is "now" is a number already.
export const apiTimes: ReadonlySet<string> = new Set([
  "boundary",
  "data_from",
  "end",
  "from",
  "last_decision",
  "next_tick",
  "now",
  "since",
  "start",
  "started",
  "time",
  "to",
  "until",
]);

export type Level = "ok" | "notice" | "warning" | "critical";

export interface Status {
  version: string;
  now: Seconds; // the daemon's time, which runs `speed` times as fast as the wall's
  started: Seconds;
  role: "active" | "standby";
  holder: string | null;
  speed: number;
  interval_seconds: number;
  writable: boolean; // a token is configured
  groups: number;
  last_tick: { time: Seconds; duration_ms: number; failed: number } | null;
  next_tick: Seconds | null;
}

export interface Told {
  until: Seconds | null;
  why: string;
  who: string;
  since: Seconds;
}

export interface Overrides {
  pause: Told | null;
  floor: (Told & { capacity: number }) | null;
  mode: (Told & { mode: string }) | null;
}

export interface NamedSpan {
  name: string;
  kind: string;
  start: Seconds;
  end: Seconds;
}

export interface GroupSummary {
  name: string;
  mode: string;
  health: Health | null;
  forecaster: string | null;
  attention: { level: Level; reasons: string[] };
  demand: { now: number | null; sparkline: { start: Seconds; step_seconds: number; values: Column } | null };
  capacity: {
    desired: number | null;
    in_service: number | null;
    min: number | null;
    max: number | null;
    unit: Unit;
    in_an_hour: number | null;
  };
  next_event: NamedSpan | null;
  objective: { share: number | null; realised: number | null; days: number };
  last_decision: Seconds | null;
  overrides: Overrides;
}

// What the objective means when a group states none.
export const kUtilisation = 0.8;

export interface GroupList {
  groups: GroupSummary[];
  total: number;
  next_cursor: string | null;
}

export interface Quality {
  days: number;
  windows: number;
  coverage: { quantile: number; near: number | null; away: number | null }[];
  pinball: { winner: number | null; seasonal_naive: number | null; ratio: number | null } | null;
  forecasters: { name: string; pinball: number | null; coverage50: number | null; coverage90: number | null }[];
}

export interface Group extends GroupSummary {
  interval_seconds: number;
  timezone: string;
  lead_time: { seconds: number | null; source: string } | null;
  utilisation: number | null;
  ages: { data_seconds: number | null; model_seconds: number | null; calendar_seconds: number | null };
  quality: Quality | null;
  notices: string[];
  data_from: Seconds | null;
  price: { position: number | null; lambda: number | null } | null;
}

export interface Planned {
  time: Seconds[];
  q50: Column;
  q90: Column;
  q99: Column;
  capacity: Column;
}

export interface Change {
  time: Seconds;
  before: number | null;
  after: number | null;
}

export interface Series {
  from: Seconds;
  to: Seconds;
  step_seconds: number;
  time: Seconds[];
  demand: Column;
  peak: Column;
  q50: Column; // entry t: what was forecast at t of the peak until a launch at t could serve
  q90: Column;
  q99: Column;
  desired: Column;
  in_service: Column;
  violating: Column;
  health: (Health | null)[];
  events: NamedSpan[];
  changes: Change[];
  planned: Planned;
  boundary: Seconds; // now: what lies after it is planned
}

export interface Decision {
  time: Seconds;
  before: number | null;
  desired: number | null;
  in_service: number | null;
  health: Health;
  forecaster: string | null;
  lead_time_seconds: number | null;
  cover: { start: Seconds; end: Seconds } | null;
  quantiles: Record<string, number | null> | null;
  stages: { name: string; capacity: number | null; reason: string }[];
  without_calendar: number | null;
  events: string[];
  outcome: { state: string; text: string } | null;
  notices: string[];
  explanation: string;
}

export interface CalendarEntry extends NamedSpan {
  id: string;
  minimum_instances: number | null;
  expected: { low: number; middle: number; high: number; basis: string } | null;
  earlier: { name: string; start: Seconds; uplift: number | null; peak: number | null }[];
}

export interface Calendar {
  timezone: string;
  now: Seconds;
  events: CalendarEntry[];
  problems: { where: string; message: string; lost: boolean }[];
  feeds: { name: string; stale: boolean; age_seconds: number | null }[];
}

export interface PlanSide {
  capacity: Column;
  q50: Column;
  q99: Column;
  instance_hours: number | null;
}

export interface Plan {
  from: Seconds;
  to: Seconds;
  step_seconds: number;
  unit: Unit;
  time: Seconds[];
  current: PlanSide;
  changed: PlanSide;
  difference: { instance_hours: number | null; percent: number | null };
  events_added: NamedSpan[];
  events_removed: NamedSpan[];
  events_changed: (NamedSpan & { fields: { field: string; before: string | null; after: string | null }[] })[];
  expected: { event: string; words: string }[]; // of each event of these days what it is taken to do, and from what
  problems: { where: string; message: string; lost: boolean }[];
}

export interface Savings {
  days: number;
  from: Seconds;
  to: Seconds;
  almanac: { instance_hours: number | null; violating_share: number | null } | null;
  target_tracking: { instance_hours: number | null; violating_share: number | null; target_cpu: number | null } | null;
  saved_instance_hours: number | null;
  saved_percent: number | null;
  note: string;
}

export interface BacktestPolicy {
  policy: string;
  "cost_at_0.1%": number | null;
  "cost_at_1%": number | null;
  "cost_within_0.1%": number | null;
  "cost_within_1%": number | null;
  knob_name?: string; // "CPU target %"
  knob: string | number | null;
  cost: number | null;
  violating_share: number | null;
  violation_minutes: number | null;
  instance_hours: number | null;
  changes_per_day: number | null;
}

export interface Backtest {
  id: string;
  group: string;
  state: "running" | "done" | "failed" | "cancelled";
  progress: { share: number; stage: string };
  error: string | null;
  result: null | {
    policies: BacktestPolicy[];
    fronts: {
      policy: string;
      knob_name?: string;
      points: { violating_share: number | null; cost: number | null; knob: string | number | null }[];
    }[];
    objective: string[];
    from: Seconds;
    to: Seconds;
    boot_minutes: number | null;
  };
}
