import assert from "node:assert/strict";
import { test } from "node:test";
import { get, ApiError } from "../src/dashboard/api";
import { apiTimes } from "../dist/api";
import type { Decision, GroupList, Series } from "../src/dashboard/api_types";
import { reportTimes, type Report } from "../src/report/types";
import { iso, seconds, withSeconds } from "../src/shared/times";

const noon = Date.UTC(2026, 10, 27, 12) / 1000;

test("times are read and written to the second, in UTC", () => {
  assert.equal(seconds("2026-11-27T12:00:00Z"), noon);
  assert.equal(iso(noon), "2026-11-27T12:00:00Z");
  assert.equal(iso(noon + 0.9), "2026-11-27T12:00:00Z");
  assert.equal(seconds(iso(951782399)), 951782399); // the end of a 28 February, in a leap year
  for (const none of ["", "noon", "2026-11-27", "2026-11-27T12:00:00", "2026-11-27T12:00:00+01:00", "2026-13-27T12:00:00Z", "1795780800"])
    assert.throws(() => seconds(none), RangeError, none);
});

test("times are known by their names, whatever else looks like one", () => {
  const read = withSeconds(
    {
      now: "2026-11-27T12:00:00Z",
      demand: { now: 12.5, sparkline: { start: "2026-11-27T12:00:00Z", step_seconds: 1800, values: [1, null] } },
      events: [{ name: "2026-11-27T12:00:00Z", kind: "1970-01-01T00:00:00Z", start: "2026-11-27T12:00:00Z", end: "2026-11-27T12:05:00Z" }],
      time: ["2026-11-27T12:00:00Z", "2026-11-27T12:05:00Z"],
      overrides: { pause: null, floor: { capacity: 3, until: null, why: "2026-11-27T12:00:00Z", who: "time", since: "2026-11-27T12:00:00Z" } },
      fields: [{ field: "start", before: "2026-11-27T12:00:00Z", after: null }],
    },
    apiTimes,
  );
  assert.deepEqual(read, {
    now: noon,
    demand: { now: 12.5, sparkline: { start: noon, step_seconds: 1800, values: [1, null] } },
    events: [{ name: "2026-11-27T12:00:00Z", kind: "1970-01-01T00:00:00Z", start: noon, end: noon + 300 }],
    time: [noon, noon + 300],
    overrides: { pause: null, floor: { capacity: 3, until: null, why: "2026-11-27T12:00:00Z", who: "time", since: noon } },
    fields: [{ field: "start", before: "2026-11-27T12:00:00Z", after: null }],
  });
  const report = withSeconds(
    { run: { start: "2026-11-27T12:00:00Z", boot: 480 }, decisions: [{ time: "2026-11-27T12:00:00Z", title: "2026-11-27T12:00:00Z" }] },
    reportTimes,
  ) as Report;
  assert.deepEqual([report.run.start, report.decisions?.[0]?.time, report.decisions?.[0]?.title], [noon, noon, "2026-11-27T12:00:00Z"]);
  for (const plain of [null, 5, "2026-11-27T12:00:00Z"]) assert.equal(withSeconds(plain, apiTimes), plain);
});

// What the daemon is asked, and `answer` as what it says.
async function asking<T>(answer: string, parts: (string | number)[]): Promise<T> {
  const before = globalThis.fetch;
  globalThis.fetch = () => Promise.resolve(new Response(answer));
  try {
    return await get<T>(parts);
  } finally {
    globalThis.fetch = before;
  }
}

test("answers are read with their times as numbers", async () => {
  const series = await asking<Series>('{"from": "2026-11-27T12:00:00Z", "time": ["2026-11-27T12:00:00Z"]}', ["groups", "shop", "series"]);
  assert.deepEqual(series, { from: noon, time: [noon] });
  const list = await asking<GroupList>('{"groups": [{"name": "shop", "last_decision": null}], "next_cursor": "100"}', ["groups"]);
  assert.deepEqual(list, { groups: [{ name: "shop", last_decision: null }], next_cursor: "100" });
  await assert.rejects(
    asking<Decision>('{"time": "noon"}', ["groups", "shop", "decisions", iso(noon)]),
    (error) => error instanceof ApiError && error.code === "unreadable" && /“noon” is not a time/.test(error.message),
  );
});
