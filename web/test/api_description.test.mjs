import assert from "node:assert/strict";
import { test } from "node:test";
import { readDescription, timeNames } from "../tools/api_description.mjs";

const time = { $ref: "#/components/schemas/Time" };
const described = (schemas) => ({ components: { schemas: { Time: { type: "string", format: "date-time" }, ...schemas } } });
const object = (properties) => ({ type: "object", properties });

test("times are found wherever they stand: alone, or null, in arrays, in objects, in parts of a schema", () => {
  const description = described({
    MaybeTime: { anyOf: [time, { type: "null" }] },
    Times: { type: "array", items: time },
    Status: object({ now: time, next: { $ref: "#/components/schemas/MaybeTime" }, name: { type: "string" }, speed: { type: "number" } }),
    Series: {
      allOf: [
        object({ times: { $ref: "#/components/schemas/Times" } }),
        object({ changes: { type: ["array", "null"], items: object({ at: time, before: { type: ["string", "null"] } }) } }),
      ],
    },
    ByName: { type: "object", additionalProperties: object({ since: time }) },
  });
  assert.deepEqual(timeNames(description), ["at", "next", "now", "since", "times"]);
});

test("a name that is a time here may be a number there, but no text", () => {
  const status = object({ now: time });
  assert.deepEqual(timeNames(described({ Status: status, Demand: object({ now: { type: ["number", "null"] } }) })), ["now"]);
  for (const text of [{ type: "string" }, { type: ["string", "null"] }, { type: "array", items: { type: "string" } }, { anyOf: [time, { type: "string" }] }])
    assert.throws(() => timeNames(described({ Status: status, Words: object({ said: object({ now: text }) }) })), /“now” is a text in Words/);
});

test("what is in an example or a requirement is no property", () => {
  const schema = { ...object({ start: time }), required: ["start"], example: { properties: { start: { type: "string" } } } };
  assert.deepEqual(timeNames(described({ Span: schema })), ["start"]);
});

test("the daemon's description holds to that", () => {
  const names = timeNames(readDescription());
  for (const name of ["time", "start", "until", "last_decision"]) assert.ok(names.includes(name), name);
  for (const name of ["name", "before", "step_seconds", "id"]) assert.ok(!names.includes(name), name);
});
