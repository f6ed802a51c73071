import assert from "node:assert/strict";
import { test } from "node:test";
import { actionBody } from "../src/dashboard/actions";
import { apiPath } from "../src/dashboard/api";
import type { CalendarEntry, GroupSummary, Level, Plan, Series, Status } from "../src/dashboard/api_types";
import { frontsOf, headlineOf, knobWords, orderedPolicies, policyName, roleOf } from "../src/dashboard/backtest_data";
import {
  costDifference,
  fieldWords,
  differenceWords,
  expectedWords,
  fileProblem,
  greatestChange,
  placeBars,
  upliftRange,
} from "../src/dashboard/calendar_data";
import { againstNaive, objectiveWords, savingsWords } from "../src/dashboard/cards";
import { DaemonClock, overdue } from "../src/dashboard/daemon_clock";
import { quantileTerms } from "../src/dashboard/explanation";
import { fleetSentence, mergedGroups, nearTime, overrideWords, shortReason, sparkLabel, until } from "../src/dashboard/fleet_data";
import {
  changeBeside,
  countOrUnknown,
  difference,
  chartColumns,
  highestShown,
  mergeSeries,
  nearestChange,
  stepAt,
  tableRows,
  thinned,
  thinningFor,
  viewInWords,
  viewOf,
  visible,
} from "../src/dashboard/group_data";
import { retryDelay } from "../src/dashboard/live";
import { zoneFor } from "../src/dashboard/prefs";
import { numberOf, parseRoute, routeTo } from "../src/dashboard/route";
import { freshness } from "../src/dashboard/shell";
import { roundSteps } from "../src/shared/chart_parts";
import type { Unit } from "../src/shared/unit";
import { changeInWords, counterfactual } from "../src/shared/words";
import { sparkPath } from "../src/dashboard/sparkline";

const noon = Date.UTC(2026, 10, 25, 12) / 1000;

function group(name: string, level: Level = "ok", more: Partial<GroupSummary> = {}): GroupSummary {
  return {
    name,
    mode: "own",
    health: "full",
    forecaster: "lstm",
    attention: { level, reasons: [] },
    demand: { now: 1, sparkline: null },
    capacity: { desired: 2, in_service: 2, min: 1, max: 9, unit: "instances", in_an_hour: 2 },
    next_event: null,
    objective: { share: 0.001, realised: 0.0005, days: 7 },
    last_decision: noon,
    overrides: { pause: null, floor: null, mode: null },
    ...more,
  };
}

function series(first: number, n: number, more: Partial<Series> = {}): Series {
  const column = <T>(value: T): T[] => Array.from({ length: n }, () => value);
  const time = Array.from({ length: n }, (_, i) => first + i * 300),
    boundary = first + n * 300;
  return {
    from: first,
    to: boundary,
    step_seconds: 300,
    time,
    demand: column(4),
    peak: column(8),
    q50: column(7),
    q90: column(8),
    q99: column(9),
    desired: column(12),
    in_service: column(12),
    violating: column(0),
    health: column("full"),
    events: [],
    changes: [],
    planned: { time: [boundary, boundary + 300], q50: [7, 7], q90: [8, 8], q99: [9, 9], capacity: [13, 14] },
    boundary,
    ...more,
  };
}

test("every page has an address, and every address leads somewhere", () => {
  for (const [page, name] of [
    ["fleet", ""],
    ["group", "shop"],
    ["calendar", "a/b ü"],
    ["backtest", "shop"],
  ] as const) {
    assert.deepEqual(parseRoute(routeTo(page, name, { days: "7" })), { page, group: name, query: { days: "7" } });
  }
  assert.equal(routeTo("group", "shop", { at: undefined }), "#/groups/shop");
  for (const odd of ["", "#", "#/nowhere", "#/groups", "#/groups/%E0%A4%A", "#/groups/shop/elsewhere", "#/groups/shop/calendar/more"])
    assert.equal(parseRoute(odd).page, "fleet", odd);
  assert.equal(numberOf(parseRoute("#/groups/shop?at=1764072000"), "at"), 1764072000);
  for (const odd of ["at=", "at=-5", "at=1e9", "at=x", "from=1"])
    assert.equal(numberOf(parseRoute(`#/groups/shop?${odd}`), "at"), null, odd);
});

test("the API's addresses are relative and escaped; what is missing is not sent", () => {
  assert.equal(
    apiPath(["groups", "a/b", "series"], { from: 1, to: null, step: undefined, query: "" }),
    "api/v1/groups/a%2Fb/series?from=1",
  );
});

test("the fleet is counted as far as it is known", () => {
  assert.equal(
    fleetSentence([group("a", "critical"), group("b", "warning"), group("c", "warning"), group("d")], 4),
    "4 groups: 1 critical, 2 warnings, 1 fine",
  );
  assert.equal(fleetSentence([group("a", "notice"), group("b")], 1000), "1,000 groups: 1 notice, 999 fine");
  // More warnings may follow, so only what cannot grow is counted.
  assert.equal(fleetSentence([group("a", "critical"), group("b", "warning")], 1000), "1,000 groups: 1 critical");
  assert.equal(fleetSentence([], 0), "0 groups");
});

test("refreshed groups replace the old ones at their place", () => {
  const merged = mergedGroups([group("a"), group("b")], [group("a", "warning"), group("c")]);
  assert.deepEqual(
    merged.map((each) => [each.name, each.attention.level]),
    [
      ["a", "warning"],
      ["b", "ok"],
      ["c", "ok"],
    ],
  );
});

test("times to come are told as people say them", () => {
  assert.equal(until(noon + 90, noon + 99, noon), "in 2 min");
  assert.equal(until(noon + 3 * 3600, noon + 4 * 3600, noon), "in 3 h");
  assert.equal(until(noon + 2.1 * 86400, noon + 3 * 86400, noon), "in 2 d");
  assert.equal(until(noon - 60, noon + 60, noon), "now");
  assert.equal(until(noon - 60, noon - 1, noon), "over");
  assert.equal(nearTime(noon + 3600, noon, "Europe/Paris"), "14:00");
  assert.equal(nearTime(noon + 86400, noon, "UTC"), "Thu 26 Nov 12:00");
});

test("overrides say what and until when", () => {
  const told = { until: noon + 3600, why: "", who: "", since: noon };
  assert.deepEqual(
    overrideWords({ pause: told, floor: { ...told, capacity: 20 }, mode: { ...told, until: null, mode: "observe" } }, noon, "UTC"),
    ["paused until 13:00", "at least 20 until 13:00", "mode observe by hand"],
  );
});

test("the fleet shows what is wrong, the group's page also what to do", () => {
  assert.equal(
    shortReason("No model can be used, the seasonal naive stands in: train"),
    "No model can be used, the seasonal naive stands in",
  );
  assert.equal(shortReason("paused until 18:00: load test"), "paused until 18:00");
  assert.equal(shortReason("Note: odd"), "Note: odd");
});

test("a sparkline breaks where values are missing and stands on zero", () => {
  assert.equal(sparkPath([0, 2, null, 1], 30, 10), "M0 10L10 0M30 5");
  assert.equal(sparkPath([null, null], 30, 10), "");
  assert.equal(sparkPath([0, 0], 30, 10), "M0 10H30");
  assert.equal(
    sparkLabel(group("a", "ok", { demand: { now: 1, sparkline: { start: 0, step_seconds: 1800, values: [1, null, 3.25] } } })),
    "load of the last 1 h 30 min: 1 to 3.3 busy instances",
  );
  assert.equal(sparkLabel(group("a")), "no load was measured");
});

test("later rows replace earlier ones, older rows are put in front", () => {
  const now = series(noon, 4, { changes: [{ time: noon + 300, before: 1, after: 2 }] });
  const fresh = series(noon + 600, 4, { demand: [1, 2, 3, 4], changes: [{ time: noon + 900, before: 2, after: 3 }] });
  const merged = mergeSeries(now, fresh);
  assert.deepEqual(
    merged.time,
    [0, 1, 2, 3, 4, 5].map((i) => noon + i * 300),
  );
  assert.deepEqual(merged.demand, [4, 4, 1, 2, 3, 4]);
  assert.equal(merged.boundary, fresh.boundary);
  assert.equal(merged.changes.length, 2);
  const older = mergeSeries(merged, series(noon - 900, 3));
  assert.equal(older.time.length, 9);
  assert.equal(older.time[0], noon - 900);
  assert.equal(older.boundary, fresh.boundary);
  assert.deepEqual(mergeSeries(now, series(noon, 0)).time, now.time);
});

test("what was and what is planned share one axis, in instances", () => {
  const columns = chartColumns(series(noon, 2, { peak: [8, null], demand: [4, null] }), 0.8);
  assert.deepEqual(columns.time, [noon, noon + 300, noon + 600, noon + 900]);
  assert.deepEqual(columns.needed, [10, null, null, null]);
  assert.deepEqual(columns.planned, [null, null, 13, 14]);
  assert.deepEqual(columns.in_service, [12, 12, 12, null]); // the last step is drawn up to "now"
  assert.equal(columns.q99[3], 11.25);
  assert.equal(columns.now, noon + 600);
});

test("times are found in the columns", () => {
  const columns = chartColumns(series(noon, 10), 0.8);
  assert.deepEqual(visible(columns.time, { min: noon + 600, max: noon + 1500 }), [1, 5]);
  assert.equal(stepAt(columns, noon), 0);
  assert.equal(stepAt(columns, noon + 899), 2);
  assert.equal(stepAt(columns, noon - 1), -1);
  assert.equal(stepAt(columns, noon + 1e6), -1);
  assert.deepEqual(viewOf(86400, noon), { min: noon - 64800, max: noon + 21600 });
  assert.deepEqual(viewOf(30 * 86400, noon).max, noon + 21600);
});

test("thinning keeps peaks and the least capacity, at steps that do not move", () => {
  const start = Math.floor(noon / 1200) * 1200 + 300; // the first group of steps is cut off
  const columns = thinned(
    chartColumns(series(start, 8, { peak: [1, 2, 3, 4, 8, null, 2, 2], in_service: [5, 5, 2, 5, 5, 5, 5, 5] }), 1),
    4,
  );
  assert.deepEqual(columns.time, [start, start + 900, start + 2100]);
  assert.deepEqual(columns.needed, [3, 8, 2]);
  assert.deepEqual(columns.in_service, [2, 5, 5]);
  assert.equal(columns.step, 1200);
  assert.equal(thinningFor(8640, 1300), 8);
  assert.equal(thinningFor(288, 1300), 1);
});

test("a band that reaches far above all else does not flatten the rest", () => {
  const view = { min: noon, max: noon + 3600 };
  assert.equal(highestShown(chartColumns(series(noon, 4), 1), view), 14); // the planned capacity
  assert.equal(highestShown(chartColumns(series(noon, 4, { q99: [9, 9, 9, 500] }), 1), view), 21);
  assert.equal(highestShown(chartColumns(series(noon, 4, { q99: [9, 9, 9, 16] }), 1), view), 16);
  assert.equal(highestShown(chartColumns(series(noon, 0), 1), { min: 0, max: 1 }), 1);
});

test("changes are found near a click and beside each other", () => {
  const changes = [
    { time: 100, before: 1, after: 2 },
    { time: 200, before: 2, after: 3 },
  ];
  assert.equal(nearestChange(changes, 140, 50)?.time, 100);
  assert.equal(nearestChange(changes, 140, 20), null);
  assert.equal(changeBeside(changes, 200, -1)?.time, 100);
  assert.equal(changeBeside(changes, 200, 1), null);
});

test("the chart is told in words and as a table", () => {
  const rows = series(noon, 12, {
    violating: [0, 0.2, ...Array.from({ length: 10 }, () => 0)],
    changes: [{ time: noon + 600, before: 11, after: 12 }],
    events: [{ name: "Sale", kind: "sale", start: noon, end: noon + 60 }],
  });
  const columns = chartColumns(rows, 0.8);
  const words = viewInWords(columns, rows.changes, rows.events, { min: noon, max: noon + 5000 }, "UTC");
  assert.match(
    words,
    /^From Wed 25 Nov 12:00 to Wed 25 Nov 13:23: load needed 10 to 10 instances, the most on Wed 25 Nov 12:00; 12 were in service; capacity changed once\. 1 step had violating requests\. Ahead, 99 % certainty takes up to 11\.3\. Events: Sale\.$/,
  );
  const table = tableRows(columns, { min: noon, max: noon + 5000 }, 7);
  assert.equal(table.length, 7);
  assert.equal(table[0]?.violating, "20 %");
  assert.match(table[6]?.capacity ?? "", /planned$/);
});

test("a row of the table that stands for several steps shows load and capacity of one and the same step", () => {
  // Two steps a row: the capacity falls to 5 while the load of 20 is met by 25, at another time.
  const rows = series(noon, 4, { demand: [16, 4, 4, 4], peak: [16, 4, 4, 4], in_service: [25, 5, 6, 6], violating: [0, 0, 0, 0.5], to: noon + 1200 });
  const table = tableRows(chartColumns(rows, 0.8), { min: noon, max: noon + 1200 }, 2);
  assert.deepEqual([table[0]?.needed, table[0]?.capacity, table[0]?.time], ["20", "25", noon]); // 16 / 0.8
  // The step that violates is the one to be seen, though others have as much load.
  assert.deepEqual([table[1]?.time, table[1]?.violating], [noon + 900, "50 %"]);
});

test("what is not known is said to be not known, never none", () => {
  const none = [null, null, null, null];
  const rows = series(noon, 4, { in_service: none, violating: none, to: noon + 1200 });
  const columns = chartColumns(rows, 0.8);
  const words = viewInWords(columns, [], [], { min: noon, max: noon + 1200 }, "UTC");
  assert.match(words, /how many were in service is not known; .*Whether requests violated is not known\./);
  assert.equal(tableRows(columns, { min: noon, max: noon + 600 })[0]?.capacity, "not known");
  assert.equal(countOrUnknown(null), "not known");
  assert.equal(difference(5, null), null);
});

test("a changed event says which field of it changed", () => {
  const fields: Plan["events_changed"][number]["fields"] = [
    { field: "expected_uplift", before: "4", after: "2" },
    { field: "minimum_instances", before: null, after: "20" },
    { field: "start", before: "2026-11-25T12:00:00Z", after: "2026-11-25T13:00:00Z" },
  ];
  assert.equal(
    fieldWords(fields, "Europe/Paris"),
    "expected uplift ×2 instead of ×4, minimum instances 20 instead of none, start Wed 25 Nov 14:00 instead of Wed 25 Nov 13:00",
  );
});

test("the axis of capacity has whole, round steps", () => {
  assert.deepEqual(roundSteps().slice(0, 7), [1, 2, 5, 10, 20, 50, 100]);
});

test("the daemon's time runs at the daemon's speed", () => {
  let wall = 1000;
  const clock = new DaemonClock(() => wall);
  clock.sync({ now: noon, speed: 300 });
  wall += 2;
  assert.equal(clock.now(), noon + 600);
});

const status = (more: Partial<Status> = {}): Status => ({
  version: "1",
  now: noon,
  started: noon - 9999,
  role: "active",
  holder: null,
  speed: 1,
  interval_seconds: 300,
  writable: false,
  groups: 3,
  last_tick: { time: noon, duration_ms: 1, failed: 0, skipped: 0 },
  next_tick: noon + 300,
  ...more,
});

test("a daemon that does not tick is late, one that stands by is not", () => {
  assert.equal(overdue(status(), noon + 600), null);
  assert.equal(overdue(status(), noon + 1000), noon);
  assert.equal(overdue(status({ role: "standby" }), noon + 1000), null);
  assert.equal(overdue(status({ speed: 300 }), noon + 2000), null); // not seven seconds of the viewer's
});

test("the page says how fresh it is", () => {
  assert.deepEqual(freshness({ kind: "live" }, status(), noon, "UTC"), ["live", "Live, tick 12:00"]);
  assert.deepEqual(freshness({ kind: "live" }, status({ speed: 300 }), noon, "UTC"), ["live", "Live at 300×, tick Wed 25 Nov 12:00"]);
  assert.equal(freshness({ kind: "stale", since: noon }, status(), noon, "UTC")[0], "stale");
  assert.equal(freshness({ kind: "live" }, status(), noon + 2000, "UTC")[0], "late");
  assert.equal(
    freshness({ kind: "live" }, status({ last_tick: { time: noon, duration_ms: 1, failed: 2, skipped: 0 } }), noon, "UTC")[1],
    "Live, tick 12:00: 2 of 3 groups failed",
  );
});

test("reconnecting waits longer each time, but never longer than half a minute and a bit", () => {
  assert.equal(retryDelay(0, 0), 1);
  assert.equal(retryDelay(3, 0), 8);
  assert.equal(retryDelay(99, 1), 37.5);
});

test("times are in the zone that was chosen", () => {
  assert.equal(zoneFor("group", "Europe/Paris", "Asia/Tokyo"), "Europe/Paris");
  assert.equal(zoneFor("group", null, "Asia/Tokyo"), "Asia/Tokyo");
  assert.equal(zoneFor("viewer", "Europe/Paris", "Asia/Tokyo"), "Asia/Tokyo");
  assert.equal(zoneFor("UTC", "Europe/Paris", "Asia/Tokyo"), "UTC");
});

test("quantiles are told as instances, in order", () => {
  assert.deepEqual(
    quantileTerms({ "0.99": 8, "0.5": 4, "0.9": null }, 0.8),
    ["5.0 with 50 %", "10.0 with 99 %"].map((text) => text.replace(".0", "")),
  );
  assert.deepEqual(quantileTerms(null, 0.8), []);
});

test("cards do not call a loss a saving", () => {
  assert.equal(againstNaive(0.34), "66 % below a seasonal naive forecast’s");
  assert.equal(againstNaive(1.2), "20 % above a seasonal naive forecast’s");
  assert.equal(againstNaive(null), "not measured yet");
  const savings = {
    days: 14,
    from: 0,
    to: 1,
    almanac: { instance_hours: 110, violating_share: 0.001 },
    target_tracking: { instance_hours: 100, violating_share: 0.001, target_cpu: 0.5, keeps_objective: true },
    saved_instance_hours: -10,
    saved_percent: -10,
    note: "",
  };
  assert.match(savingsWords(savings).text, /^more instance-hours than AWS target tracking at 50 % CPU: 110 instead of 100/);
  assert.equal(savingsWords({ ...savings, saved_percent: null, note: "too short" }).text, "too short");
  assert.deepEqual(objectiveWords({ objective: { share: 0.001, realised: 0.002, days: 7 } }), {
    value: "0.2 %",
    text: "of requests violating in 7 days; the objective is 0.1 %",
    over: true,
  });
  assert.equal(objectiveWords({ objective: { share: 0.001, realised: null, days: 7 } }).value, "–");
});

test("bars of the time line never touch, and names stay on it", () => {
  const bars = placeBars(
    [
      { left: 0, wide: 10, text: 80 },
      { left: 50, wide: 10, text: 80 },
      { left: 150, wide: 10, text: 80 },
      { left: 380, wide: 5, text: 80 },
    ],
    400,
  );
  assert.deepEqual(
    bars.map((bar) => [bar.lane, bar.flip]),
    [
      [0, false],
      [1, false],
      [0, false],
      [0, true],
    ],
  );
});

const entry = (more: Partial<CalendarEntry> = {}): CalendarEntry => ({
  id: "a",
  name: "Sale",
  kind: "sale",
  start: 0,
  end: 1,
  all_day: false,
  minimum_instances: null,
  expected: { low: 1.6, middle: 2.1, high: 3, basis: "" },
  earlier: [],
  ...more,
});

test("what an event is expected to do has a band, or is said not to be known", () => {
  assert.equal(expectedWords(entry()), "×2.10 the usual peak (1.60 to 3.00)");
  assert.match(expectedWords(entry({ expected: null })), /^not known/);
  assert.deepEqual(upliftRange([entry({ earlier: [{ name: "b", kind: "sale", start: 0, end: 1, uplift: 4, peak: null }] })]), { low: 0.8, high: 4.2 });
});

function plan(hours: number, percent: number, unit: Unit = "instances"): Plan {
  const side = (capacity: number[]): Plan["current"] => ({ capacity, q50: [], q90: [], q99: [], instance_hours: 1 });
  return {
    from: 0,
    to: 7 * 86400,
    step_seconds: 300,
    unit,
    time: [0, 300, 600],
    current: side([5, 5, 5]),
    changed: side([5, 9, 6]),
    difference: { instance_hours: hours, percent },
    replaces: null,
    events_added: [],
    events_removed: [],
    events_changed: [],
    expected: [],
    problems: [],
  };
}

test("a group that counts units is spoken of in units", () => {
  assert.equal(differenceWords(plan(120, 6, "vcpus")), "120 vCPU-hours more in 7 days (+6.0 %)");
  assert.equal(changeInWords(16, 20, "units"), "20 units, 4 more than before");
  assert.equal(changeInWords(2, 1, "vcpus"), "1 vCPU, 1 fewer than before");
  assert.equal(counterfactual(20, 8192, "mebibytes"), "Without the calendar it would have been 8,192 MiB: the calendar saves 8,172.");
});

test("a plan's difference is told with its sign", () => {
  assert.equal(differenceWords(plan(120, 6)), "120 instance-hours more in 7 days (+6.0 %)");
  assert.equal(differenceWords(plan(-3.25, -0.2)), "3.3 instance-hours fewer in 7 days (−0.2 %)");
  assert.equal(differenceWords(plan(0, 0)), "the same instance-hours in 7 days");
  assert.equal(costDifference(50, "0.1"), "+5.00");
  assert.equal(costDifference(-2000, "0.5"), "−1,000");
  for (const none of ["", "x", "-1", "0"]) assert.equal(costDifference(50, none), null);
  assert.equal(costDifference(null, "1"), null);
  assert.deepEqual(greatestChange(plan(1, 1)), { time: 300, current: 5, changed: 9 });
});

test("a file that cannot be a calendar is not sent", () => {
  assert.equal(fileProblem("new.json", 100), null);
  assert.equal(fileProblem("NEW.ICS", 100), null);
  assert.match(fileProblem("photo.png", 100) ?? "", /no calendar/);
  assert.match(fileProblem("a.json", 2 << 20) ?? "", /2,048 kB/);
  assert.match(fileProblem("a.json", 0) ?? "", /empty/);
});

test("an action says until when in whole minutes, and only what it needs", () => {
  const fields = { seconds: 3600, capacity: 20, mode: "own", why: " load test ", who: "on-call" };
  assert.deepEqual(actionBody("floor", fields, noon + 1), { why: "load test", who: "on-call", until: "2026-11-25T13:01:00Z", capacity: 20 });
  assert.deepEqual(actionBody("train", fields, noon), { why: "load test", who: "on-call" });
  assert.deepEqual(actionBody("mode", { ...fields, seconds: null }, noon), { why: "load test", who: "on-call", until: null, mode: "own" });
});

test("policies stand by what they cost, whoever knows the future last", () => {
  const policy = (id: string, cost: number | null) => ({
    policy: id,
    "cost_at_0.1%": cost,
    "cost_at_1%": null,
    "cost_within_0.1%": cost,
    "cost_within_1%": null,
    knob_name: "target",
    knob: null,
    cost,
    violating_share: 0,
    violation_minutes: 0,
    instance_hours: 1,
    changes_per_day: null,
  });
  assert.deepEqual(
    orderedPolicies([policy("clairvoyant", 1), policy("static", null), policy("hpa", 1.5), policy("Almanac", 2), policy("step", 1.4)]).map(
      (each) => each.policy,
    ),
    ["step", "hpa", "Almanac", "static", "clairvoyant"],
  );
  assert.equal(policyName("hpa"), "Kubernetes HPA");
  assert.equal(knobWords("none", 1), "");
  assert.deepEqual(headlineOf([policy("almanac", 1.33), policy("hpa", 1.51), policy("clairvoyant_boot", 1.04)]), [
    "The cheapest setting within 0.1 % violating requests costs Almanac 1.33 times what a clairvoyant without launch delay pays; " +
      "that of the best peer, Kubernetes HPA, 1.51 times: 14 % more.", // 1.51 / 1.33 = 1.135
    "No price that was tried kept Almanac’s violating requests to 1 %, and no peer’s setting did either.",
  ]);
  assert.match(
    headlineOf([policy("almanac", null), policy("hpa", 1.51)])[0] ?? "",
    /No price .* 0\.1 %; Kubernetes HPA did, at 1\.51 times/,
  );
  assert.match(headlineOf([policy("almanac", 1.2), policy("hpa", null)])[0] ?? "", /no peer’s setting gets there at all/);
  assert.equal(knobWords("CPU target %", 32.512345), "CPU target % 32.51");
  assert.equal(knobWords("", "22"), "22");
  assert.equal(knobWords("price", null), "price");
  assert.equal(policyName("AWS target tracking"), "AWS target tracking");
  assert.equal(roleOf("clairvoyant, knows the launch delay"), "reference");
  const fronts = frontsOf({
    policies: [],
    objective: [],
    from: 0,
    to: 1,
    boot_minutes: 8,
    forecaster: "lstm",
    fronts: [
      {
        policy: "hpa",
        knob_name: "",
        points: [
          { violating_share: 0.1, cost: 1, knob: 3 },
          { violating_share: 0.5, cost: 0.2, knob: 5 },
          { violating_share: null, cost: 1, knob: 4 },
        ],
      },
      { policy: "empty", knob_name: "", points: [] },
    ],
  });
  assert.deepEqual(fronts, [{ policy: "hpa", name: "Kubernetes HPA", knobs: ["3"], violating_share: [0.1], cost: [1] }]);
});
