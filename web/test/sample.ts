// A realistic report, made from a seed: a month of football matches, eleven policies.

import type { CalendarEvent, Capacity, Column, ExplainedDecision, Front, PolicyResult, Report, Timeline } from "../src/report/types";

export { reportTimes } from "../src/report/types";

// mulberry32: enough for a picture, and the same everywhere.
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const step = 300;
const start = Date.UTC(1998, 5, 18) / 1000;
const round = (value: number): number => Number(value.toPrecision(4));

function matches(days: number): CalendarEvent[] {
  const teams = ["Brazil", "Norway", "Italy", "Chile", "France", "Denmark", "Spain", "Nigeria", "Germany", "Croatia", "Argentina", "England"];
  const events: CalendarEvent[] = [];
  for (let d = 0; d < days; ++d) {
    const kickoffs = d < 12 ? [14.5, 19] : d % 3 === 0 ? [] : d === 24 ? [19] : [14.5, 19];
    for (const hour of kickoffs) {
      const at = start + d * 86400 + hour * 3600;
      const a = teams[(d * 5 + events.length) % 12], b = teams[(d * 7 + 3 + events.length) % 12];
      events.push({ name: `${a} – ${a === b ? "Mexico" : b}`, kind: d === 24 ? "final" : "match", start: at, end: at + 6600 });
    }
  }
  return events;
}

// Load rises before kick-off, dips at half-time and peaks at the whistles.
function matchShape(minutes: number): number {
  const bump = (at: number, width: number): number => Math.exp(-(((minutes - at) / width) ** 2));
  return 0.7 * bump(0, 25) + 1.1 * bump(50, 30) + 1.4 * bump(108, 18) + 0.5 * bump(125, 40);
}

function demandColumn(n: number, events: CalendarEvent[]): Column {
  const next = random(7);
  let noise = 0;
  return Array.from({ length: n }, (_, i) => {
    if (i > 2900 && i < 2925) return null;
    const time = start + i * step, hour = (time / 3600) % 24;
    const daily = 3 + 4.5 * Math.max(0, Math.sin(((hour - 7) / 24) * 2 * Math.PI)) ** 1.3;
    noise = 0.9 * noise + 0.1 * (next() - 0.5);
    let value = daily * (1 + noise + 0.08 * (next() - 0.5));
    for (const event of events) {
      const minutes = (time - event.start) / 60;
      if (minutes > -120 && minutes < 260) value += (event.kind === "final" ? 40 : 14 + (event.start % 7)) * matchShape(minutes);
    }
    return round(value);
  });
}

function smoothAhead(demand: Column, lag: number, spread: number, floor: number): Column {
  return demand.map((_, i) => {
    let high = 0;
    for (let j = Math.max(0, i - lag); j <= Math.min(demand.length - 1, i + 1); ++j) high = Math.max(high, demand[j] ?? 0);
    return Math.max(floor, Math.ceil((high / 0.8) * spread));
  });
}

function capacityOf(policy: string, demand: Column, lag: number, spread: number, delay: number): Capacity {
  const wanted = smoothAhead(demand, lag, spread, 2);
  const in_service = wanted.map((_, i) => wanted[Math.max(0, i - delay)] ?? null);
  const at: number[] = [], share: number[] = [];
  demand.forEach((value, i) => {
    const have = in_service[i] ?? 0;
    if (value !== null && value / 0.8 > have) {
      at.push(i);
      share.push(round(Math.min(1, (value / 0.8 / have - 1) * 3)));
    }
  });
  return { policy, in_service, violations: { at, share } };
}

function bandsOf(demand: Column, events: CalendarEvent[]): NonNullable<Timeline["bands"]> {
  const next = random(11);
  const median = demand.map((value) => (value === null ? null : value * (0.94 + 0.06 * next())));
  const near = (i: number): boolean => events.some((e) => start + i * step > e.start - 3600 && start + i * step < e.end + 3600);
  const times = (away: number, close: number): Column => median.map((v, i) => (v === null ? null : round(v * (near(i) ? close : away))));
  return { q50: times(1, 1), q90: times(1.12, 1.22), q99: times(1.25, 1.55) };
}

const names: [string, string, PolicyResult["role"], number | null, number | null][] = [
  ["almanac", "Almanac", "almanac", 1.28, 1.16], ["target_tracking", "AWS target tracking", "peer", 1.54, 1.33],
  ["hpa", "Kubernetes HPA", "peer", 1.51, 1.29], ["predictive", "AWS predictive + target tracking", "peer", 2.02, 1.73],
  ["holt_winters", "Holt-Winters + HPA", "peer", 1.54, 1.32], ["fft", "FFT (Crane) + HPA", "peer", 2.27, 1.91],
  ["seasonal", "Seasonal naive + reactive", "peer", 2.4, 1.96], ["step", "Step 70/35 on CPU", "peer", 4.11, 3.22],
  ["static", "Static", "peer", 10.65, 9.49], ["threshold", "LSTM of CPU + step", "peer", null, 3.49],
  ["clairvoyant", "Clairvoyant", "reference", 1, 1],
];

function policies(): PolicyResult[] {
  const next = random(3);
  return names.map(([id, name, role, at01, at1]) => {
    const cost = id === "clairvoyant" ? 1 : (at01 ?? 4.9) * (0.93 + 0.08 * next());
    const share = id === "clairvoyant" ? 0 : id === "almanac" ? 0.00084 : 0.0004 + 0.01 * next();
    return { id, name, role, ...(role === "peer" ? { knob: "target 45 %" } : {}), instance_hours: Math.round(8400 * cost),
      violating_share: round(share), violation_minutes: Math.round(share * 40000), cost: round(cost),
      changes_per_day: round(id === "static" ? 0 : 20 + 80 * next()), "cost_at_0.1%": at01, "cost_at_1%": at1,
      "cost_within_0.1%": at01 && round(at01 + 0.02), "cost_within_1%": at1 && round(at1 + 0.02) };
  });
}

function fronts(): Front[] {
  const next = random(5);
  return names.map(([id, name, , at01, at1]) => {
    const high = at01 ?? 5.6, low = at1 ?? 1;
    const slope = Math.log(high / low) || 0.0005;
    const shares = Array.from({ length: 18 }, (_, i) => 0.06 * 0.62 ** i).filter((s) => id !== "threshold" || s > 0.0018);
    return { policy: id, name, knobs: shares.map((_, i) => `knob ${i + 1}`),
      violating_share: shares.map((s, i) => (i === 17 && id !== "hpa" ? 0 : round(s))),
      cost: shares.map((s) => round(low * Math.exp((slope * Math.log(0.01 / s)) / Math.log(10)) * (1 + 0.01 * (next() - 0.5)))) };
  });
}

function decisions(events: CalendarEvent[]): ExplainedDecision[] {
  const first = events[2], quiet = start + 3 * 86400 + 4 * 3600;
  const kickoff = first?.start ?? start;
  return [
    { time: kickoff - 900, title: `A quarter of an hour before ${first?.name ?? "the match"}`, health: "full", forecaster: "lstm",
      words: "Load is ordinary now, but matches at this hour have trebled it within ten minutes of kick-off, and an instance takes five minutes to start.",
      window: { start: kickoff - 900, end: kickoff - 300 }, quantiles: [{ p: 0.5, demand: 12.3 }, { p: 0.9, demand: 15.1 }, { p: 0.99, demand: 19.8 }],
      events: [first?.name ?? ""], desired_before: 14, desired: 26, desired_without_calendar: 15,
      stages: [
        { name: "newsvendor", capacity: 25, reason: "cover window 10 min: median 12.3, q99 19.8 busy instances; 25 keep 99.9 % of requests below 80 % at a price of 4.1 instances" },
        { name: "expert_mix", capacity: 26, reason: "trailing maximum weighs 0.08 and asks for 31" },
        { name: "calendar_floor", capacity: 26, reason: "the calendar names no minimum" },
        { name: "limits", capacity: 26, reason: "within 2 and 200" } ] },
    { time: quiet, title: "The quiet of the night", health: "full", forecaster: "lstm", window: { start: quiet, end: quiet + 600 },
      quantiles: [{ p: 0.5, demand: 2.9 }, { p: 0.99, demand: 3.8 }], desired_before: 7, desired: 5,
      stages: [{ name: "newsvendor", capacity: 5, reason: "cover window 10 min: median 2.9, q99 3.8 busy instances" }, { name: "limits", capacity: 5, reason: "within 2 and 200" }] },
    { time: start + 2910 * step, title: "Metrics went silent", health: "hold", window: { start: start + 2910 * step, end: start + 2912 * step },
      desired_before: 9, desired: 9, stages: [{ name: "hold", capacity: 9, reason: "the last row is 35 min old; missing data never scales in" }] },
  ];
}

export function sampleReport(days = 26): Report {
  const n = (days * 86400) / step;
  const events = matches(days);
  const demand = demandColumn(n, events);
  return {
    format: "almanac-report/1", program: "almanac 1.2.3",
    run: { kind: "backtest", name: "worldcup98", start, end: start + days * 86400, boot: 300, interval: 300, objective: 0.001, utilisation: 0.8,
      timezone: "Europe/Paris", calendar: "worldcup98.json",
      command: "almanac backtest --trace worldcup98.csv --calendar worldcup98.json --boot 5m --policies all --sweep --out report" },
    policies: policies(),
    timeline: { start, step, demand, bands: bandsOf(demand, events),
      capacity: [capacityOf("almanac", demand, 1, 1.02, 1), capacityOf("hpa", demand, 8, 1.12, 2), capacityOf("target_tracking", demand, 14, 1.15, 2),
        capacityOf("static", demand, 4000, 1, 0)],
      events: [...events, { name: "Flash crowd", kind: "surprise", start: start + 9.4 * 86400, end: start + 9.45 * 86400, announced: false }].sort((a, b) => a.start - b.start) },
    fronts: fronts(),
    forecast: { winner: "lstm",
      scores: [{ forecaster: "linear", pinball: 0.0561, windows: 7488 }, { forecaster: "lstm", pinball: 0.0473, windows: 7488 }, { forecaster: "seasonal_naive", pinball: 0.0912, windows: 7488 }],
      calibration: [{ place: "away from events", coverage50: 0.512, coverage90: 0.905, coverage99: 0.991, windows: 6210 },
        { place: "near events", coverage50: 0.471, coverage90: 0.872, coverage99: 0.979, windows: 1278 }] },
    phases: { names: ["hour before", "opening", "during", "end", "away from events"], minutes: [2640, 1320, 3960, 1320, 28200],
      policies: [{ policy: "almanac", violation_minutes: [3, 11, 9, 14, 6] }, { policy: "hpa", violation_minutes: [14, 61, 38, 55, 3] }, { policy: "target_tracking", violation_minutes: [11, 70, 41, 49, 2] }] },
    decisions: decisions(events),
    notes: ["The trace has a gap of two hours on 28 June; nothing is scored in it."],
  };
}

// Only what every report has, with hostile text where text can be.
export function minimalReport(): Report {
  const { format, program, run } = sampleReport(1);
  const { timezone: _zone, calendar: _calendar, command: _command, ...rest } = run;
  return {
    format, program, run: { ...rest, kind: "demo", name: "a shop </script><img src=x onerror=alert(1)> & co", timezone: "Nowhere/Land" },
    policies: policies().slice(0, 4).map(({ "cost_at_0.1%": _a, "cost_at_1%": _b, "cost_within_0.1%": _e, "cost_within_1%": _f, changes_per_day: _c, knob: _k, ...policy }) => policy),
  };
}
