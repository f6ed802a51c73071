// The real daemon over the simulated cloud: a store with history and trained models, some hours before a sale, then
// `almanac run` at many times the wall's speed.

import { execFile, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export const token = "a-token-of-the-browser-tests";
const config = `store: ./data
groups:
  - name: shop
    source: {simulated: {seed: 1}}
    scaling: {min: 2, max: 80}
    objective: {violating_requests: 0.1%, utilisation: 80%}
  - name: checkout
    source: {simulated: {seed: 2}}
    mode: observe
`;
const start = "2026-03-12T16:30:00Z"; // the shop's seventh flash sale begins at 19:00 UTC

export async function startDaemon(almanac, speed) {
  const folder = await mkdtemp(join(tmpdir(), "almanac-dashboard-"));
  const common = ["--config", join(folder, "almanac.yaml"), "--now", start];
  await writeFile(join(folder, "almanac.yaml"), config);
  await writeFile(join(folder, "token"), `${token}\n`, { mode: 0o600 });
  const begun = Date.now();
  await run(almanac, ["backfill", ...common]);
  await run(almanac, ["train", ...common]);
  console.log(`history and models: ${Math.round((Date.now() - begun) / 1000)} s`);
  const port = await freePort();
  const daemon = spawn(
    almanac,
    ["run", ...common, "--listen", `127.0.0.1:${port}`, "--token-file", join(folder, "token"), "--speed", String(speed)],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const log = [];
  daemon.stderr.on("data", (chunk) => {
    log.push(String(chunk));
    if (log.length > 500) log.shift();
  });
  const over = new Promise((done) => daemon.once("exit", (code, signal) => done({ code, signal })));
  const base = `http://127.0.0.1:${port}/`;
  await ready(base, over, log);
  return {
    base,
    log,
    async stop() {
      // as an operator does
      daemon.kill("SIGTERM");
      return over;
    },
    async clear() {
      daemon.kill("SIGKILL");
      await over;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ready(base, over, log) {
  let ended = null;
  void over.then((how) => (ended = how));
  for (let i = 0; i < 600; ++i) {
    if (ended) throw new Error(`the daemon ended: ${JSON.stringify(ended)}\n${log.join("")}`);
    const answer = await fetch(`${base}readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`the daemon did not become ready\n${log.join("")}`);
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer()
      .once("error", fail)
      .listen(0, "127.0.0.1", () => {
        const { port } = server.address();
        server.close(() => done(port));
      });
  });
}
