// The npm packages that a bundle holds: their names for NOTICE, which a test compares, and their terms for the page itself.

import { readFile } from "node:fs/promises";
import { join } from "node:path";

// [{name, version, licence}] of what esbuild's metafile says went into the output (not what was merely read).
export async function bundledPackages(web, metafile) {
  const inputs = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs).filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path));
  const names = new Set(inputs.map((path) => /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]).filter(Boolean));
  return Promise.all([...names].sort().map(async (name) => {
    const folder = join(web, "node_modules", name);
    const { version } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    return { name, version, licence: (await readFile(join(folder, "LICENSE"), "utf8")).trim() };
  }));
}

// Their licences as a comment in front of a script: those of the MIT kind must go wherever the code goes.
export function licenceComment(packages) {
  return packages.map(({ name, version, licence }) => {
    if (licence.includes("*/")) throw new Error(`the licence of ${name} would end its comment`);
    return `/*! ${name} ${version}\n\n${licence}\n*/\n`;
  }).join("");
}

// What the test of NOTICE reads.
export const packageList = (packages) => packages.map(({ name, version }) => `${name} ${version}\n`).join("");
