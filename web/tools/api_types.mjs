// api_types.mjs: writes what docs/openapi.yaml says of the daemon's answers as TypeScript, to dist/api.ts: the types that
// the dashboard is checked against, with times as the seconds they are once read, and the names of those times.

import openapiTS, { astToString } from "openapi-typescript";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { readDescription, timeNames } from "./api_description.mjs";

const out = join(dirname(fileURLToPath(import.meta.url)), "../dist/api.ts");
const description = readDescription();
const types = await openapiTS(description, {
  transform: (schema) => (schema.format === "date-time" ? ts.factory.createTypeReferenceNode("Seconds") : undefined),
});
const text = `// Written by web/tools/api_types.mjs from docs/openapi.yaml.

import type { Seconds } from "../src/shared/types";

// The properties that are times, wherever they stand.
export const apiTimes: ReadonlySet<string> = new Set(${JSON.stringify(timeNames(description))});

${astToString(types)}`;
// Several build folders share it: another must not read half of it.
await mkdir(dirname(out), { recursive: true });
await writeFile(`${out}.${process.pid}`, text);
await rename(`${out}.${process.pid}`, out);
