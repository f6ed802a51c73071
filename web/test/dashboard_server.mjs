// dashboard_server.mjs FOLDER [PORT] [--groups N] [--empty] [--failing] [--read-only] [--speed N]: answers like the daemon,
// from formulas, so that the pages can be worked on and tried in states that a healthy daemon does not show. Only for
// tests: FOLDER is what tools/dashboard.mjs bundled. Prints its address.

import { readFileSync, existsSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { readDescription, timeNames } from "../tools/api_description.mjs";
import { asSent } from "./as_sent.mjs";
import {
  demandAt,
  desiredAt,
  eventsIn,
  forecastAt,
  inServiceAt,
  kDay,
  kStep,
  makeGroups,
  planned,
  round,
  series,
} from "./dashboard_data.mjs";

const options = process.argv.slice(2);
const option = (name, otherwise) => (options.includes(name) ? Number(options[options.indexOf(name) + 1]) : otherwise);
const folder = options[0];
const port = Number(options[1] ?? 0) || 0;
const failing = options.includes("--failing"),
  writable = !options.includes("--read-only"),
  speed = option("--speed", 1);
const groups = options.includes("--empty") ? [] : makeGroups(option("--groups", 6));
const token = "let-me-in-for-a-test";

const born = Date.now() / 1000;
const first = Math.floor(born / kStep) * kStep;
const clock = () => first + Math.floor((Date.now() / 1000 - born) * speed);
const tickTime = () => Math.floor(clock() / kStep) * kStep;

const times = new Set(timeNames(readDescription()));

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

function overridesNow(group) {
  for (const key of Object.keys(group.overrides)) {
    const one = group.overrides[key];
    if (one?.until && one.until <= clock()) group.overrides[key] = null;
  }
  return group.overrides;
}

function summary(group) {
  const now = tickTime(),
    start = now - kDay;
  const next = eventsIn(now, now + 7 * kDay).find((event) => event.end > now);
  const values = Array.from({ length: 48 }, (_, i) => round(demandAt(group, start + i * 1800)));
  return {
    name: group.name,
    mode: group.mode,
    health: group.health,
    forecaster: "lstm",
    attention: { level: group.level, reasons: group.reasons },
    demand: { now: round(demandAt(group, now - kStep)), sparkline: { start, step_seconds: 1800, values } },
    capacity: {
      desired: desiredAt(group, now),
      in_service: inServiceAt(group, now),
      min: group.min,
      max: group.max,
      unit: "instances",
      in_an_hour: planned(group, now, 3900).capacity[12],
    },
    next_event: next ? { name: next.name, kind: next.kind, start: next.start, end: next.end } : null,
    objective: { share: 0.001, realised: group.level === "warning" ? 0.0031 : 0.0007, days: 7 },
    last_decision: now,
    overrides: overridesNow(group),
  };
}

function detail(group) {
  return {
    ...summary(group),
    interval_seconds: kStep,
    timezone: group.timezone,
    lead_time: { seconds: 480, source: "measured" },
    utilisation: 0.8,
    ages: { data_seconds: 300, model_seconds: 40000, calendar_seconds: 10 },
    quality: {
      days: 14,
      windows: 4032,
      coverage: [
        { quantile: 0.5, near: 0.47, away: 0.51 },
        { quantile: 0.9, near: 0.872, away: 0.905 },
        { quantile: 0.99, near: 0.978, away: 0.991 },
      ],
      pinball: { winner: 0.017, seasonal_naive: 0.05, ratio: 0.34 },
      forecasters: [
        { name: "lstm", pinball: 0.017, coverage50: 0.51, coverage90: 0.9 },
        { name: "linear", pinball: 0.021, coverage50: 0.49, coverage90: 0.88 },
        { name: "seasonal_naive", pinball: 0.05, coverage50: 0.52, coverage90: 0.93 },
      ],
    },
    notices: group.level === "critical" ? ["The metric source has not answered since 09:25."] : [],
    data_from: tickTime() - 70 * kDay,
    price: { position: 14.2, lambda: 22 },
  };
}

function decision(group, time) {
  const f = forecastAt(group, time),
    before = desiredAt(group, time - kStep),
    desired = desiredAt(group, time);
  const events = eventsIn(time - 600, time + 1800).map((event) => event.name);
  const without = events.length > 0 ? Math.max(group.min, Math.round(desired * 0.55)) : null;
  return {
    time,
    before,
    desired,
    in_service: inServiceAt(group, time),
    health: group.health,
    forecaster: "lstm",
    lead_time_seconds: 480,
    cover: { start: time, end: time + 780 },
    quantiles: { 0.5: round(f.q50), 0.9: round(f.q90), 0.99: round(f.q99) },
    stages: [
      {
        name: "newsvendor",
        capacity: desired,
        reason: `peak of the next 13 min: median ${f.q50.toFixed(1)}, q99 ${f.q99.toFixed(1)} busy instances; ${desired} keep 99.9 % of requests below 80 % at a price of 22 instances`,
      },
      { name: "history_cap", capacity: desired, reason: "below 1.15 times the highest of 28 days" },
      { name: "calendar_floor", capacity: desired, reason: "the calendar names no minimum" },
      { name: "stabilisation", capacity: desired, reason: "no scale-in within 10 min of a scale-out" },
      { name: "limits", capacity: desired, reason: `within ${group.min} and ${group.max}` },
    ],
    without_calendar: without,
    events,
    outcome: {
      state: before === desired ? "unchanged" : "sent",
      text: before === desired ? "Nothing had to be sent." : "The group accepted the new capacity.",
    },
    notices: [],
    explanation: `Load needs about ${Math.ceil(f.q50 / 0.8)} instances now.\n\n${events.length ? `${events[0]} has raised load at this phase before, so more are started ahead of it.` : "No event is near, so the usual course of the day decides."}`,
  };
}

function calendar(group, from, to) {
  const seen = (kind) =>
    eventsIn(tickTime() - 60 * kDay, tickTime())
      .filter((event) => event.kind === kind)
      .slice(-5)
      .map((event, i) => ({
        name: event.name,
        start: event.start,
        uplift: round(kind === "sale" ? 2.2 + 0.25 * Math.sin(i * 2) : 1.5 + 0.1 * Math.sin(i)),
        peak: round(group.size * 1.7),
      }));
  const events = eventsIn(from, to).map((event) => {
    const earlier = seen(event.kind);
    const middle = event.kind === "sale" ? 2.2 : 1.5;
    return {
      ...event,
      minimum_instances: event.kind === "sale" ? 40 : null,
      expected:
        event.kind === "maintenance"
          ? null
          : { low: middle * 0.78, middle, high: middle * 1.3, basis: `${earlier.length} earlier events of kind ${event.kind}` },
      earlier,
    };
  });
  return {
    timezone: group.timezone,
    now: tickTime(),
    events,
    problems: [{ where: "sales.ics: entry 3, line 41", message: "“Easter sale” ends before it starts; expected DTEND after DTSTART", lost: true }],
    feeds: [
      { name: "sales.ics", stale: false, age_seconds: 20 },
      { name: "https://calendar.example/marketing.ics", stale: true, age_seconds: 90000 },
    ],
  };
}

// Only what a JSON calendar of single events says.
function parsedCalendar(text, name) {
  try {
    return (JSON.parse(text).events ?? []).map((event) => ({
      name: event.name,
      kind: event.kind,
      start: Date.parse(event.start) / 1000,
      end: Date.parse(event.end) / 1000,
    }));
  } catch (error) {
    throw new Refusal(400, "invalid_input", `${name} is no JSON: ${error.message}; expected {"timezone": ..., "events": [...]}`);
  }
}

function plan(group, text, name, days) {
  const added = parsedCalendar(text, name),
    removed = eventsIn(tickTime(), tickTime() + days * kDay).map(({ name: title, kind, start, end }) => ({
      name: title,
      kind,
      start,
      end,
    }));
  const from = tickTime(),
    step = 1800;
  const time = Array.from({ length: (days * kDay) / step }, (_, i) => from + i * step);
  const curve = (events) => {
    const q50 = time.map((t) => forecastAt(group, t).q50 * (events.some((event) => t >= event.start && t < event.end) ? 2.2 : 1));
    const capacity = q50.map((value) => Math.min(group.max, Math.ceil((value * 1.3) / 0.8)));
    return {
      capacity,
      q50: q50.map(round),
      q99: q50.map((value) => round(value * 1.25)),
      instance_hours: Math.round(capacity.reduce((a, b) => a + b, 0) * (step / 3600)),
    };
  };
  const current = curve([]),
    changed = curve(added),
    difference = changed.instance_hours - current.instance_hours;
  return {
    from,
    to: from + days * kDay,
    step_seconds: step,
    unit: "instances",
    time,
    current,
    changed,
    difference: { instance_hours: difference, percent: round((difference / current.instance_hours) * 100) },
    events_added: added,
    events_removed: removed,
    events_changed: [],
    expected: added.map(({ name }) => ({ event: name, words: "like 5 earlier events of its kind" })),
    problems: [],
  };
}

const jobs = new Map();
function backtest(id) {
  const job = jobs.get(id);
  if (!job) throw new Refusal(404, "not_found", `no backtest ${id}`);
  const share = Math.min(1, (Date.now() - job.started) / 4000);
  const state = job.cancelled ? "cancelled" : share < 1 ? "running" : "done";
  const names = [
    ["almanac", 1.33, 1.19],
    ["target_tracking", 1.62, 1.38],
    ["hpa", 1.51, 1.29],
    ["holt_winters", 1.55, 1.33],
    ["step", 4.1, 3.2],
    ["static", null, 7.2],
    ["clairvoyant", 1, 1],
  ];
  const result = {
    policies: names.map(([policy, a, b]) => ({
      policy,
      "cost_at_0.1%": a,
      "cost_at_1%": b,
      "cost_within_0.1%": a,
      "cost_within_1%": b,
      knob: policy === "almanac" ? "price 22" : "target 45 %",
      cost: a ?? 7.4,
      violating_share: policy === "clairvoyant" ? 0 : 0.0008,
      violation_minutes: 14,
      instance_hours: 2100 * (a ?? 7.4),
      changes_per_day: 40,
    })),
    fronts: names.map(([policy, a, b]) => ({
      policy,
      points: Array.from({ length: 12 }, (_, i) => ({
        violating_share: round(0.05 * 0.6 ** i),
        cost: round(b * (1 + 0.12 * i * ((a ?? 9) / b - 1))),
        knob: `knob ${i + 1}`,
      })),
    })),
    objective: ["Almanac kept 0.08 % of requests above 80 % utilisation; 0.1 % were asked for."],
    from: tickTime() - job.days * kDay,
    to: tickTime(),
    boot_minutes: 8,
  };
  return {
    id,
    group: job.group,
    state,
    progress: { share: round(share), stage: share < 0.4 ? "training on the days before" : "sweeping AWS target tracking" },
    error: null,
    result: state === "done" ? result : null,
  };
}

function find(name) {
  const group = groups.find((each) => each.name === name);
  if (!group) throw new Refusal(404, "not_found", `there is no group “${name}”`);
  return group;
}

function act(request, group, what, body) {
  if (!writable || request.headers.authorization !== `Bearer ${token}`)
    throw new Refusal(403, "permission_denied", "the token is missing or wrong");
  const told = { until: body.until ? Date.parse(body.until) / 1000 : null, why: body.why ?? "", who: body.who ?? "", since: clock() };
  if (request.method === "DELETE") group.overrides[what] = null;
  else if (what === "pause") group.overrides.pause = told;
  else if (what === "floor") group.overrides.floor = { ...told, capacity: body.capacity };
  else if (what === "mode") group.overrides.mode = { ...told, mode: body.mode };
  return overridesNow(group);
}

function answer(request, url, body) {
  const path = url.pathname.replace("/api/v1", "").split("/").filter(Boolean).map(decodeURIComponent);
  const number = (name, otherwise) => (url.searchParams.has(name) ? Number(url.searchParams.get(name)) : otherwise);
  const time = (name, otherwise) => (url.searchParams.has(name) ? Date.parse(url.searchParams.get(name)) / 1000 : otherwise);
  const now = tickTime();
  if (failing && path[0] !== "status")
    throw new Refusal(503, "unavailable", "the store /var/lib/almanac cannot be read: No space left on device");
  if (path[0] === "status") {
    return {
      version: "1.2.3",
      now: clock(),
      started: first,
      role: "active",
      holder: "host:1",
      speed,
      interval_seconds: kStep,
      writable,
      groups: groups.length,
      last_tick: { time: now, duration_ms: 12.5, failed: 0 },
      next_tick: now + kStep,
    };
  }
  if (path[0] === "backtests") {
    if (request.method === "DELETE") jobs.get(path[1]).cancelled = true;
    return backtest(path[1]);
  }
  if (path[0] !== "groups") throw new Refusal(404, "not_found", "no such address");
  if (path.length === 1) {
    const order = ["critical", "warning", "notice", "ok"],
      query = url.searchParams.get("query") ?? "";
    const found = groups
      .filter((group) => group.name.includes(query))
      .sort(
        (a, b) =>
          (url.searchParams.get("sort") === "name" ? 0 : order.indexOf(a.level) - order.indexOf(b.level)) || a.name.localeCompare(b.name),
      );
    const begin = number("cursor", 0),
      limit = number("limit", 100);
    return {
      groups: found.slice(begin, begin + limit).map(summary),
      total: found.length,
      next_cursor: begin + limit < found.length ? String(begin + limit) : null,
    };
  }
  const group = find(path[1]),
    what = path[2];
  if (what === undefined) return detail(group);
  if (what === "series") return series(group, time("from", now - kDay), time("to", now), number("step", kStep), now);
  if (what === "forecast") return { now, planned: planned(group, now, 6 * 3600) };
  if (what === "decisions" && path[3]) return decision(group, Date.parse(path[3]) / 1000);
  if (what === "decisions")
    return {
      decisions: Array.from({ length: 20 }, (_, i) => ({
        ...decision(group, now - i * kStep),
        sent: desiredAt(group, now - i * kStep),
        summary: "The usual course of the day decides.",
      })),
      next_cursor: null,
    };
  if (what === "calendar") return calendar(group, time("from", now), time("to", now + 28 * kDay));
  if (what === "savings")
    return {
      days: 14,
      from: now - 14 * kDay,
      to: now,
      almanac: { instance_hours: 3390, violating_share: 0.0008 },
      target_tracking: { instance_hours: 4480, violating_share: 0.0009, target_cpu: 0.45, keeps_objective: true },
      saved_instance_hours: 1090,
      saved_percent: 24.3,
      note: "Both replayed on the group's own demand of 14 days, target tracking at the cheapest target that keeps the objective.",
    };
  if (what === "plan") return plan(group, body, url.searchParams.get("name") ?? "calendar", number("days", 7));
  if (what === "backtests") {
    if ([...jobs.keys()].some((id) => backtest(id).state === "running"))
      throw new Refusal(409, "conflict", "a backtest is running already");
    const id = `b${jobs.size + 1}`;
    jobs.set(id, { group: group.name, days: JSON.parse(body).days, started: Date.now() });
    return { id };
  }
  return act(request, group, what, body ? JSON.parse(body) : {});
}

const types = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};
function asset(path) {
  const file = join(folder, path === "/" ? "index.html" : path.replaceAll("..", ""));
  if (!existsSync(file)) throw new Refusal(404, "not_found", "no such file");
  return [readFileSync(file), types[file.split(".").pop()]];
}

const viewers = new Set();
const server = createServer(async (request, response) => {
  const url = new URL(request.url, "http://localhost");
  const headers = { "Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff" };
  try {
    if (url.pathname === "/api/v1/events") {
      response.writeHead(200, { ...headers, "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
      response.write(": hello\n\n");
      viewers.add(response);
      request.on("close", () => viewers.delete(response));
      return;
    }
    if (!url.pathname.startsWith("/api/")) {
      const [bytes, type] = asset(url.pathname);
      response.writeHead(200, { ...headers, "Content-Type": type }).end(bytes);
      return;
    }
    let body = "";
    for await (const chunk of request) body += chunk;
    const text = JSON.stringify(asSent(answer(request, url, body), times));
    response.writeHead(200, { ...headers, "Content-Type": "application/json" }).end(text);
  } catch (error) {
    response
      .writeHead(error.status ?? 500, { ...headers, "Content-Type": "application/json" })
      .end(JSON.stringify({ error: { code: error.code ?? "internal", message: error.message } }));
  }
});

let told = tickTime();
setInterval(() => {
  if (tickTime() === told) return;
  told = tickTime();
  const say = (event, data) => viewers.forEach((viewer) => viewer.write(`event: ${event}\ndata: ${JSON.stringify(asSent(data, times))}\n\n`));
  for (const group of groups.slice(0, 20))
    say("tick", { group: group.name, time: told, desired: desiredAt(group, told), health: group.health });
  say("fleet", { time: told });
}, 200);

server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/`));
