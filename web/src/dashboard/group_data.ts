// From the daemon's series to what the group's chart draws: everything in instances, past and planned on one axis.

import { count, instances, moment, share } from "../shared/format";
import type { Column, Seconds } from "../shared/types";
import { unitName, type Unit } from "../shared/unit";
import type { View } from "../shared/viewport";
import type { Change, NamedSpan, Series } from "./api_types";

export interface ChartColumns {
  time: Seconds[];
  q99: Column;
  q90: Column;
  q50: Column;
  planned: Column; // capacity from now on
  in_service: Column;
  desired: Column;
  needed: Column; // instances that the highest load of the step needs
  violating: Column;
  now: Seconds;
  step: number;
}

export const spans: { name: string; key: string; seconds: number }[] = [
  { name: "6 h", key: "1", seconds: 6 * 3600 },
  { name: "1 d", key: "2", seconds: 86400 },
  { name: "7 d", key: "3", seconds: 7 * 86400 },
  { name: "30 d", key: "4", seconds: 30 * 86400 },
];
export const kAhead = 6 * 3600;

// The last `seconds` with a quarter of them, at most six hours, for what is to come.
export function viewOf(seconds: number, now: Seconds): View {
  const ahead = Math.min(kAhead, seconds / 4);
  return { min: now + ahead - seconds, max: now + ahead };
}

const columnNames = ["demand", "peak", "q50", "q90", "q99", "desired", "in_service", "violating"] as const;

// `patch` replaces what `base` says of its times; the later of the two says what is planned.
export function mergeSeries(base: Series, patch: Series): Series {
  if (base.time.length === 0) return patch;
  const newer = patch.boundary >= base.boundary ? patch : base;
  const plan = { planned: newer.planned, boundary: newer.boundary };
  if (patch.time.length === 0) return { ...base, ...plan };
  const first = patch.time[0] ?? 0,
    last = patch.time[patch.time.length - 1] ?? 0;
  const before = base.time.findIndex((time) => time >= first),
    after = base.time.findIndex((time) => time > last);
  const join = <T>(old: T[], fresh: T[]): T[] => [
    ...(before < 0 ? old : old.slice(0, before)),
    ...fresh,
    ...(after < 0 ? [] : old.slice(after)),
  ];
  const merged: Series = {
    ...base,
    ...plan,
    time: join(base.time, patch.time),
    health: join(base.health, patch.health),
    from: Math.min(base.from, patch.from),
    to: Math.max(base.to, patch.to),
    events: union(
      base.events,
      patch.events,
      (event) => `${event.start} ${event.end} ${event.name}`,
      (event) => event.start,
    ),
    changes: [...base.changes.filter((change) => change.time < first || change.time > last), ...patch.changes].sort(
      (a, b) => a.time - b.time,
    ),
  };
  for (const name of columnNames) merged[name] = join(base[name], patch[name]);
  return merged;
}

function union<T>(old: T[], fresh: T[], key: (value: T) => string, order: (value: T) => number): T[] {
  const known = new Map(old.map((value) => [key(value), value]));
  for (const value of fresh) known.set(key(value), value);
  return [...known.values()].sort((a, b) => order(a) - order(b));
}

export function chartColumns(series: Series, utilisation: number): ChartColumns {
  const { planned, boundary } = series;
  const past = series.time.length;
  const ahead = planned.time
    .map((_, i) => i)
    .filter((i) => (planned.time[i] ?? 0) >= boundary && (planned.time[i] ?? 0) > (series.time[past - 1] ?? 0));
  const divided = (value: number | null | undefined): number | null => (value === null || value === undefined ? null : value / utilisation);
  const none = ahead.map(() => null);
  const band = (old: Column, coming: Column): Column => [...old.map(divided), ...ahead.map((i) => divided(coming[i]))];
  // A step holds until the next value: the last one is repeated at "now", so that its line gets there.
  const held = (column: Column): Column => [...column, ...ahead.map((_, i) => (i === 0 ? (column[past - 1] ?? null) : null))];
  return {
    time: [...series.time, ...ahead.map((i) => planned.time[i] ?? 0)],
    q99: band(series.q99, planned.q99),
    q90: band(series.q90, planned.q90),
    q50: band(series.q50, planned.q50),
    planned: [...series.time.map(() => null), ...ahead.map((i) => planned.capacity[i] ?? null)],
    in_service: held(series.in_service),
    desired: held(series.desired),
    needed: [...series.time.map((_, i) => divided(series.peak[i] ?? series.demand[i])), ...none],
    violating: [...series.violating, ...none],
    now: boundary,
    step: series.step_seconds,
  };
}

// `factor` steps drawn as one where a pixel could not show them apart: the highest load and forecasts, the least
// capacity in service, so that nothing looks better than it was. Groups of steps begin at whole multiples of time, which
// keeps the picture still while it moves.
export function thinned(columns: ChartColumns, factor: number): ChartColumns {
  if (factor <= 1) return columns;
  const wide = columns.step * factor;
  const bucket = columns.time.map((time) => Math.floor(time / wide));
  const starts = bucket.map((_, i) => i).filter((i) => i === 0 || bucket[i] !== bucket[i - 1]);
  const pick = (column: Column, better: (value: number, than: number) => boolean): Column =>
    starts.map((from, k) => {
      let best: number | null = null;
      for (let i = from; i < (starts[k + 1] ?? columns.time.length); ++i) {
        const value = column[i];
        if (value !== null && value !== undefined && (best === null || better(value, best))) best = value;
      }
      return best;
    });
  const most = (column: Column): Column => pick(column, (value, than) => value > than);
  return {
    ...columns,
    step: wide,
    time: starts.map((i) => columns.time[i] ?? 0),
    q99: most(columns.q99),
    q90: most(columns.q90),
    q50: most(columns.q50),
    planned: most(columns.planned),
    desired: most(columns.desired),
    in_service: pick(columns.in_service, (value, than) => value < than),
    needed: most(columns.needed),
    violating: most(columns.violating),
  };
}

// A power of two that leaves at most about one and a half steps a pixel.
export function thinningFor(steps: number, pixels: number): number {
  let factor = 1;
  while (steps / factor > 1.5 * Math.max(pixels, 100)) factor *= 2;
  return factor;
}

// Indices [first, past-the-last) of the sorted times that lie in the view, with the one that reaches into it.
export function visible(time: Seconds[], view: View): [number, number] {
  const at = (wanted: number): number => {
    let low = 0,
      high = time.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((time[middle] ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return [Math.max(0, at(view.min) - 1), at(view.max)];
}

// The step that holds `time`, or -1: steps may be missing.
export function stepAt(columns: Pick<ChartColumns, "time" | "step">, time: number): number {
  const [, end] = visible(columns.time, { min: time, max: time + 1e-6 });
  const found = columns.time[end] === time ? end : end - 1;
  const start = columns.time[found];
  return start !== undefined && time >= start && time < start + columns.step ? found : -1;
}

// The change nearest to `time`, when it is at most `within` seconds away.
export function nearestChange(changes: Change[], time: number, within: number): Change | null {
  let best: Change | null = null;
  for (const change of changes) {
    const far = Math.abs(change.time - time);
    if (far <= within && (best === null || far < Math.abs(best.time - time))) best = change;
  }
  return best;
}

// The next change after `time` in the given direction.
export function changeBeside(changes: Change[], time: number, direction: -1 | 1): Change | null {
  const ordered = direction > 0 ? changes : [...changes].reverse();
  return ordered.find((change) => (change.time - time) * direction > 0) ?? null;
}

function extent(column: Column, first: number, end: number): { low: number; high: number; at: number } | null {
  let result: { low: number; high: number; at: number } | null = null;
  for (let i = first; i < end; ++i) {
    const value = column[i];
    if (value === null || value === undefined) continue;
    if (result === null) result = { low: value, high: value, at: i };
    if (value < result.low) result.low = value;
    if (value > result.high) [result.high, result.at] = [value, i];
  }
  return result;
}

// The highest value that the chart must show. A 99 % band hours ahead may reach far above all else; it is cut off where it
// would flatten the rest.
export function highestShown(columns: ChartColumns, view: View): number {
  const [first, end] = visible(columns.time, view);
  const top = (column: Column): number => extent(column, first, end)?.high ?? 0;
  const rest = Math.max(...[columns.needed, columns.in_service, columns.desired, columns.planned, columns.q90].map(top));
  return Math.max(1, rest, Math.min(top(columns.q99), 1.5 * rest));
}

// What the chart shows, for those who do not see it.
export function viewInWords(columns: ChartColumns, changes: Change[], events: NamedSpan[], view: View, zone: string, unit: Unit = "instances"): string {
  const [first, end] = visible(columns.time, view);
  const load = extent(columns.needed, first, end),
    capacity = extent(columns.in_service, first, end);
  const coming = extent(
    columns.q99,
    Math.max(
      first,
      columns.time.findIndex((time) => time >= columns.now),
    ),
    end,
  );
  const parts = [`From ${moment(view.min, zone)} to ${moment(view.max, zone)}:`];
  parts.push(
    load
      ? `load needed ${instances(load.low)} to ${instances(load.high)} ${unitName(unit)}, the most on ${moment(columns.time[load.at] ?? 0, zone)};`
      : "no load was measured;",
  );
  parts.push(capacity ? `${rangeWords(capacity.low, capacity.high)} in service;` : "how many were in service is not known;");
  const n = changes.filter((change) => change.time >= view.min && change.time < view.max).length;
  parts.push(`capacity changed ${n === 0 ? "never" : n === 1 ? "once" : `${count(n)} times`}.`);
  parts.push(violationWords(columns.violating.slice(first, end)));
  if (coming && view.max > columns.now) parts.push(`Ahead, 99 % certainty takes up to ${instances(coming.high)}.`);
  const seen = events.filter((event) => event.end > view.min && event.start < view.max).map((event) => event.name);
  if (seen.length > 0) parts.push(`Events: ${[...new Set(seen)].slice(0, 6).join(", ")}${new Set(seen).size > 6 ? " and others" : ""}.`);
  return parts.join(" ");
}

// What is not known is not "none": without a capacity to count against nothing can be said.
function violationWords(violating: Column): string {
  const known = violating.filter((value): value is number => value !== null);
  if (known.length === 0) return "Whether requests violated is not known.";
  const bad = known.filter((value) => value > 0).length;
  return bad === 0 ? "No step had violating requests." : `${count(bad)} ${bad === 1 ? "step" : "steps"} had violating requests.`;
}

const rangeWords = (low: number, high: number): string => (low === high ? `${count(low)} were` : `${count(low)} to ${count(high)} were`);

export const countOrUnknown = (value: number | null | undefined): string =>
  value === null || value === undefined ? "not known" : count(value);

// a - b; null where one of them is not known.
export function difference(a: number | null | undefined, b: number | null | undefined): number | null {
  return a === null || a === undefined || b === null || b === undefined ? null : a - b;
}

export interface TableRow {
  time: Seconds;
  needed: string;
  forecast: string;
  capacity: string;
  violating: string;
}

// The same as a table of at most `most` rows. A row that stands for several steps shows one of them whole: the one with the
// most violating, else the highest load (ahead: the highest forecast), so that load and capacity are of the same time.
export function tableRows(columns: ChartColumns, view: View, most = 96): TableRow[] {
  const [first, end] = visible(columns.time, view);
  const size = Math.max(1, Math.ceil((end - first) / most));
  const rows: TableRow[] = [];
  for (let i = first; i < end; i += size) {
    const at = tellingStep(columns, i, Math.min(end, i + size));
    const future = (columns.time[at] ?? 0) >= columns.now;
    rows.push({
      time: columns.time[at] ?? 0,
      needed: instances(columns.needed[at]),
      forecast: [columns.q50, columns.q90, columns.q99].map((column) => instances(column[at])).join(" · "),
      capacity: future ? `${count(columns.planned[at])} planned` : countOrUnknown(columns.in_service[at]),
      violating: share(columns.violating[at]),
    });
  }
  return rows;
}

function tellingStep(columns: ChartColumns, first: number, end: number): number {
  const worst = extent(columns.violating, first, end);
  if (worst && worst.high > 0) return worst.at;
  return (extent(columns.needed, first, end) ?? extent(columns.q99, first, end))?.at ?? first;
}
