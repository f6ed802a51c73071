import assert from "node:assert/strict";
import { test } from "node:test";
import { changeInWords, counterfactual } from "../src/shared/words";
import { clock, count, day, duration, instances, moment, ratio, share, span, withTimesIn } from "../src/shared/format";
import { chartWindow, costTicks, decades, paretoPoints, shareFloor } from "../src/shared/fronts";
import { bestPeerWithin, defaultSort, headline, objectiveKey, sortPolicies } from "../src/report/headline";
import { bestPeer, compared } from "../src/shared/comparison";
import { coveragePosition } from "../src/shared/gauge";
import { eventsAt, runs, thin } from "../src/shared/columns";
import { firstView, timelineColumns, violationAt } from "../src/report/timeline_data";
import type { Front, PolicyResult, Role } from "../src/report/types";
import { cursorAfter } from "../src/shared/reading";
import { clamp, fitLabels, pan, zoom } from "../src/shared/viewport";
import { minimalReport, sampleReport } from "./sample";

const policy = (id: string, more: Partial<PolicyResult> = {}): PolicyResult => ({
  id, name: id, role: "peer", instance_hours: 100, violating_share: 0.0005, violation_minutes: 5, cost: 1.5, ...more,
});

test("shares keep two digits below 1 % and never pretend to be 0 or 100 %", () => {
  assert.equal(share(0.00084), "0.084 %");
  assert.equal(share(0.001), "0.1 %");
  assert.equal(share(0.01), "1 %");
  assert.equal(share(0.034), "3.4 %");
  assert.equal(share(0.5), "50 %");
  assert.equal(share(0.8), "80 %");
  assert.equal(share(0.999), "99.9 %");
  assert.equal(share(0), "0 %");
  assert.equal(share(1), "100 %");
  assert.equal(share(1e-8), "< 0.0001 %");
  assert.equal(share(0.00001), "0.001 %");
});

test("missing values are dashes, not zeros", () => {
  for (const text of [count(null), instances(undefined), ratio(NaN), share(null)]) assert.equal(text, "–");
});

test("numbers are grouped, and instances show a decimal only where it says something", () => {
  assert.equal(count(12345.6), "12,346");
  assert.equal(instances(12.34), "12.3");
  assert.equal(instances(26), "26");
  assert.equal(instances(1234.5), "1,235");
  assert.equal(ratio(1.284), "1.28");
});

test("durations name at most two units", () => {
  assert.equal(duration(300), "5 min");
  assert.equal(duration(5400), "1 h 30 min");
  assert.equal(duration(90061), "1 d 1 h");
  assert.equal(duration(0), "0 s");
});

test("times are written in the zone that was asked for, across daylight saving", () => {
  const noon = Date.UTC(2026, 10, 27, 12) / 1000;
  assert.equal(moment(noon, "UTC"), "Fri 27 Nov 12:00");
  assert.equal(moment(noon, "Europe/Paris"), "Fri 27 Nov 13:00");
  // The clocks of Paris went from 02:00 to 03:00 at 01:00 UTC on 29 March 2026.
  assert.equal(clock(Date.UTC(2026, 2, 29, 0, 59) / 1000, "Europe/Paris"), "01:59");
  assert.equal(clock(Date.UTC(2026, 2, 29, 1, 0) / 1000, "Europe/Paris"), "03:00");
  assert.equal(day(Date.UTC(2026, 8, 5) / 1000, "UTC"), "Sat 5 Sep");
  assert.equal(clock(Date.UTC(2026, 8, 5) / 1000, "UTC"), "00:00");
});

test("times in the program's sentences are told in the page's zone", () => {
  const text = "paused until 2026-11-27T12:00:00Z by ops; the peak until 2026-11-27T12:05:00Z needs 9.8 instances";
  assert.equal(withTimesIn(text, "Europe/Paris"), "paused until Fri 27 Nov 13:00 by ops; the peak until Fri 27 Nov 13:05 needs 9.8 instances");
  assert.equal(withTimesIn("v2026-11-27", "UTC"), "v2026-11-27");
});

test("a window that ends at midnight ends the day before", () => {
  const at = (d: number): number => Date.UTC(1998, 5, d) / 1000;
  assert.equal(span(at(18), at(19), "UTC"), "18 Jun 1998");
  assert.equal(span(at(18), Date.UTC(1998, 6, 14) / 1000, "UTC"), "18 Jun 1998 – 13 Jul 1998");
});

test("the best peer is the one with the cheapest setting that ran within the share; references do not compete", () => {
  const all = [policy("almanac", { role: "almanac", "cost_within_0.1%": 1.28 }), policy("a", { "cost_within_0.1%": 1.54, "cost_at_0.1%": 1.2 }),
    policy("b", { "cost_within_0.1%": 1.51, "cost_at_0.1%": 1.5 }), policy("c", { "cost_within_0.1%": null }), policy("seer", { role: "reference", "cost_within_0.1%": 1 })];
  assert.equal(bestPeer(all, "cost_within_0.1%")?.id, "b");
  assert.equal(bestPeer([policy("c", { "cost_within_0.1%": null })], "cost_within_0.1%"), undefined);
  assert.equal(bestPeerWithin([policy("a", { instance_hours: 90, violating_share: 0.002 }), policy("b")], 0.001)?.id, "b");
});

test("comparisons are told in per cent of ours", () => {
  assert.equal(compared(1.51, 1.28), "18 % more"); // 1.51 / 1.28 = 1.1797
  assert.equal(compared(0.9, 1), "10 % less");
  assert.equal(compared(1.001, 1), "as much");
});

test("the headline of a sweep names cost, share and best peer in words, by settings that really ran", () => {
  const { figures, sentences } = headline(sampleReport(1));
  assert.deepEqual(figures.map((figure) => figure.value), ["1.30 ×", "1.53 ×", "1.18 ×", "1.31 ×"]);
  assert.equal(sentences[0], "The cheapest setting within 0.1 % violating requests costs Almanac 1.30 times what a clairvoyant without launch delay pays; " +
    "that of the best peer, Kubernetes HPA, 1.53 times: 18 % more."); // 1.53 / 1.30 = 1.177
});

test("what was asked for is told of the run that was asked, not of a setting of the sweep", () => {
  const report = sampleReport(1);
  const stated = { objective: 0.001, violating_share: 0.00021, violation_minutes: 9, instance_hours: 5731, cost: 1.24 };
  report.objectives = [{ ...stated, objective: 0.01, instance_hours: 5000 }, stated];
  const last = (all: string[]): string => all[all.length - 1] ?? "";
  assert.equal(last(headline(report).sentences), "Asked for at most 0.1 %, it ran 5,731 instance-hours (1.24 times), and 0.021 % of requests met a " +
    "utilisation above 80 %, in 9 minutes of the window.");
  report.objectives = [];
  assert.doesNotMatch(headline(report).sentences.join(" "), /Asked for/);
});

test("the headline says so when Almanac or every peer never reaches the share", () => {
  const report = sampleReport(1);
  report.policies = [policy("almanac", { role: "almanac", "cost_within_0.1%": null, "cost_within_1%": 1.2 }), policy("hpa", { "cost_within_0.1%": 2, "cost_within_1%": null })];
  const { figures, sentences } = headline(report);
  assert.match(sentences[0] ?? "", /No price that was tried kept Almanac’s violating requests to 0.1 %; hpa did, at 2.00 times/);
  assert.match(sentences[1] ?? "", /no peer’s setting gets there at all/);
  assert.deepEqual(figures.map((figure) => figure.value), ["1.20 ×", "never"]);
});

test("without a sweep the headline speaks of the run itself", () => {
  const { figures, sentences } = headline(minimalReport());
  assert.equal(figures[0]?.value, "0.084 %");
  assert.match(sentences[0] ?? "", /Asked for at most 0.1 %, it ran/);
});

test("without Almanac there is no headline", () => {
  assert.deepEqual(headline({ ...minimalReport(), policies: [policy("hpa")] }), { figures: [], sentences: [] });
});

test("the objective chooses the column, and the table falls back to what was measured", () => {
  assert.equal(objectiveKey(0.001), "cost_within_0.1%");
  assert.equal(objectiveKey(0.01), "cost_within_1%");
  assert.equal(defaultSort(sampleReport(1)), "cost_within_0.1%");
  // Peers were swept, Almanac ran once: only the cost as run puts it among them.
  const demo = { ...minimalReport(), policies: [policy("almanac", { role: "almanac", cost: 1.2 }), policy("hpa", { "cost_within_0.1%": 2, cost: 2 })] };
  assert.equal(defaultSort(demo), "cost");
  assert.deepEqual(sortPolicies(demo.policies, defaultSort(demo)).map(({ id }) => id), ["almanac", "hpa"]);
  assert.equal(defaultSort(minimalReport()), "cost");
  assert.equal(defaultSort({ ...minimalReport(), policies: [policy("a", { cost: null })] }), "instance_hours");
});

test("never sorts behind numbers, references behind everything, in both directions", () => {
  const all = [policy("never", { "cost_within_0.1%": null }), policy("seer", { role: "reference", "cost_within_0.1%": 1 }), policy("unmeasured"),
    policy("dear", { "cost_within_0.1%": 3 }), policy("cheap", { "cost_within_0.1%": 2 })];
  const order = (descending: boolean): string[] => sortPolicies(all, "cost_within_0.1%", descending).map(({ id }) => id);
  assert.deepEqual(order(false), ["cheap", "dear", "never", "unmeasured", "seer"]);
  assert.deepEqual(order(true), ["dear", "cheap", "never", "unmeasured", "seer"]);
});

test("a view stays inside the window and keeps its width", () => {
  const full = { min: 0, max: 100 };
  assert.deepEqual(clamp({ min: -10, max: 20 }, full, 5), { min: 0, max: 30 });
  assert.deepEqual(clamp({ min: 90, max: 120 }, full, 5), { min: 70, max: 100 });
  assert.deepEqual(clamp({ min: -50, max: 200 }, full, 5), full);
  assert.deepEqual(clamp({ min: 50, max: 50 }, full, 10), { min: 45, max: 55 });
  assert.deepEqual(clamp({ min: 3, max: 3 }, { min: 0, max: 4 }, 10), { min: 0, max: 4 });
});

test("zooming keeps the anchor in place, panning the width", () => {
  assert.deepEqual(zoom({ min: 0, max: 100 }, 0.5, 20), { min: 10, max: 60 }); // 20 is at a fifth before and after
  assert.deepEqual(pan({ min: 10, max: 20 }, 0.5), { min: 15, max: 25 });
});

test("event names that would touch their neighbour are left out", () => {
  const labels = [{ left: 0, width: 50 }, { left: 40, width: 10 }, { left: 58, width: 10 }];
  assert.deepEqual(fitLabels(labels, 8), [true, false, true]); // 0 + 50 + 8 = 58
});

const front = (points: [number, number][]): Front => ({
  policy: "p", name: "p", knobs: points.map((_, i) => `k${i}`), violating_share: points.map(([s]) => s), cost: points.map(([, c]) => c),
});

test("a front keeps the settings that no other beats", () => {
  const kept = paretoPoints(front([[0.01, 1.2], [0.02, 1.3], [0.001, 1.5], [0.001, 1.6], [0, 2]]));
  assert.deepEqual(kept.map(({ share: s, cost }) => [s, cost]), [[0.01, 1.2], [0.001, 1.5], [0, 2]]);
  assert.equal(kept[1]?.knob, "k2");
  assert.deepEqual(paretoPoints(front([[NaN, 1]])), []);
});

test("the axes of the fronts hold zero shares, decades and round costs", () => {
  assert.ok(Math.abs(shareFloor([front([[0, 2], [0.001, 1]])]) - 0.001 / Math.sqrt(10)) < 1e-12);
  assert.ok(shareFloor([front([[0, 2]])]) > 0);
  assert.deepEqual(decades(0.0005, 0.2), [0.001, 0.01, 0.1]);
  assert.deepEqual(costTicks(1, 3), [1, 1.1, 1.2, 1.3, 1.5, 1.75, 2, 2.5, 3]);
  assert.deepEqual(costTicks(0.9, 30), [1, 2, 5, 10, 20]);
});

test("what safety costs shows the part where the choice is: a static policy does not own the scale, and Almanac is in it", () => {
  const line = (role: Role, points: [number, number][]) => ({ role, points: paretoPoints(front(points)) });
  const sweeps = [line("almanac", [[0.002, 1.2], [0, 2]]), line("peer", [[0.01, 1.3], [0.0005, 1.6]]), line("peer", [[0.3, 9], [0, 12]])];
  const shown = chartWindow(sweeps);
  assert.ok(Math.abs(shown.high - 3 * 1.03) < 1e-9); // half as much again as Almanac's 2, which is dearer than the best peer's 1.6
  assert.ok(shown.cut && shown.low < 1 && Math.abs(shown.right - 0.06) < 1e-12); // 5 % x 1.2
  // A run at 8 % that cost twice the peers is drawn all the same.
  const run = chartWindow([line("almanac", [[0.08, 3.2]]), line("peer", [[0.001, 1.6]])]);
  assert.ok(run.high > 3.2 && run.right > 0.08 && !run.cut);
  assert.deepEqual(chartWindow([]), { low: 1, high: 2, right: 0.05, cut: false });
});

test("the chart draws demand as instances needed and keeps gaps", () => {
  const timeline = { start: 1000, step: 300, demand: [8, null], bands: { q50: [4, null], q90: [8, 8], q99: [16, 16] }, capacity: [] };
  const ours = { policy: "almanac", in_service: [9, 9], violations: { at: [0], share: [0.25] } };
  const columns = timelineColumns(timeline, 0.8, ours);
  assert.deepEqual(columns.time, [1000, 1300]);
  assert.deepEqual(columns.needed, [10, null]); // 8 busy instances / 0.8
  assert.deepEqual(columns.q50, [5, null]);
  assert.deepEqual(columns.ours, [9, 9]);
  assert.deepEqual(columns.peer, [null, null]);
  assert.equal(violationAt(ours, 0), 0.25);
  assert.equal(violationAt(ours, 1), 0);
});

test("a long window opens on the four days before and just after its highest load", () => {
  const hour = 3600;
  const demand = Array.from({ length: 24 * 20 }, (_, i) => (i === 24 * 10 ? 50 : i === 3 ? null : 5));
  const timeline = { start: 0, step: hour, demand, capacity: [] };
  const view = firstView(timeline, { min: 0, max: 24 * 20 * hour });
  assert.equal(view.max - view.min, 96 * hour);
  assert.equal(view.max, (240 + 19.2) * hour); // a fifth of four days after the peak
  assert.deepEqual(firstView({ ...timeline, demand: demand.slice(0, 48) }, { min: 0, max: 48 * hour }), { min: 0, max: 48 * hour });
});

test("neighbouring violations become one mark", () => {
  assert.deepEqual(runs([3, 4, 5, 9, 11, 12]), [[3, 5], [9, 9], [11, 12]]);
  assert.deepEqual(runs([]), []);
});

test("an event holds from its start to its end, exclusive", () => {
  const events = [{ name: "sale", kind: "sale", start: 600, end: 1200 }];
  assert.equal(eventsAt(events, 300, 300).length, 0);
  assert.equal(eventsAt(events, 600, 300).length, 1);
  assert.equal(eventsAt(events, 1200, 300).length, 0);
});

test("thinning keeps the highest value and does not fill gaps", () => {
  assert.deepEqual(thin([1, 5, null, 2, null, null, 3], 2), [5, 2, null, 3]);
});

test("coverage is drawn on the scale of odds", () => {
  const off = (a: number, b: number): number => Math.abs(coveragePosition(a) - coveragePosition(b));
  assert.ok(off(0.98, 0.99) > off(0.89, 0.9));
  assert.equal(coveragePosition(1), 1);
  assert.equal(coveragePosition(0), 0);
});

test("a decision is told against what was and what would have been", () => {
  const [first, quiet] = sampleReport(4).decisions ?? [];
  assert.ok(first && quiet);
  assert.equal(changeInWords(14, 26), "26 instances, 12 more than before");
  assert.equal(changeInWords(2, 1), "1 instance, 1 fewer than before");
  assert.equal(changeInWords(3, 3), "3 instances, as before");
  assert.equal(counterfactual(first.desired, first.desired_without_calendar), "Without the calendar it would have been 15 instances: the calendar adds 11.");
  assert.equal(counterfactual(26, 26), "Without the calendar it would have decided the same: 26 instances.");
  assert.equal(counterfactual(quiet.desired, quiet.desired_without_calendar), null);
});

test("a month at five minutes stays far under 5 MB", () => {
  assert.ok(JSON.stringify(sampleReport()).length < 1_500_000);
});

test("arrow keys read the steps in view, one after the other, from the middle", () => {
  const time = [0, 300, 600, 900, 1200, 1500]; // 300 to 1200 are in view
  const after = (cursor: number, steps: number): number | null => cursorAfter(time, { min: 300, max: 1500 }, cursor, steps);
  assert.equal(after(-1, 1), 3); // nothing was read yet: the middle of 1 and 4
  assert.equal(after(3, 1), 4);
  assert.equal(after(4, 1), 4);
  assert.equal(after(2, -12), 1);
  assert.equal(after(0, 1), 3); // was out of view
  assert.equal(cursorAfter(time, { min: 5000, max: 6000 }, 2, 1), null);
});
