// docs/openapi.yaml, and which properties of the daemon's answers are times.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";

export const descriptionFile = join(dirname(fileURLToPath(import.meta.url)), "../../docs/openapi.yaml");

export function readDescription() {
  return parse(readFileSync(descriptionFile, "utf8"));
}

// The names of all properties that hold a time (`format: date-time`) or an array of times, in order. Schemas of requests
// stand in `paths`, those of answers and events in `components`. A name that is a time in one place must not be a text in
// another: the pages know a time by its name.
export function timeNames(description) {
  const times = new Set(),
    texts = new Map();
  for (const [schema, content] of Object.entries(description.components.schemas)) {
    for (const [name, property] of propertiesIn(content)) {
      const found = stringsIn(description, property);
      if (found.some((each) => each.format === "date-time")) times.add(name);
      if (found.some((each) => each.format !== "date-time")) texts.set(name, schema);
    }
  }
  const both = [...times].find((name) => texts.has(name));
  if (both) throw new Error(`openapi.yaml: “${both}” is a text in ${texts.get(both)} and a time elsewhere; give one of them another name`);
  return [...times].sort();
}

// [name, schema] of every property that is written out in the schema, at any depth.
function* propertiesIn(schema) {
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    yield [name, property];
    yield* propertiesIn(property);
  }
  for (const part of partsOf(schema)) yield* propertiesIn(part);
}

// The schemas of texts that a value of the schema may be, or an entry of it.
function stringsIn(description, schema) {
  if (schema.$ref) return stringsIn(description, schema.$ref.slice(2).split("/").reduce((at, part) => at[part], description));
  if ([schema.type].flat().includes("string")) return [schema];
  return partsOf(schema).flatMap((part) => stringsIn(description, part));
}

const partsOf = (schema) =>
  ["anyOf", "oneOf", "allOf", "items", "additionalProperties"].flatMap((key) => (typeof schema[key] === "object" ? schema[key] : []));
