// Live updates by server-sent events, with reconnecting and an honest word about how old the page is.

import { apiTimes } from "../../dist/api";
import { withSeconds } from "../shared/times";
import type { Tick } from "./api_types";

export type LiveState = { kind: "connecting" } | { kind: "live" } | { kind: "stale"; since: number };

// Waits 1, 2, 4 ... 30 seconds, with up to a quarter more so that fifty viewers do not come back at once.
export function retryDelay(attempt: number, random: number): number {
  return Math.min(30, 2 ** Math.min(attempt, 5)) * (1 + random / 4);
}

// Runs `action` at once when it has not run for `gap` milliseconds, otherwise once when that is over.
export function throttled(action: () => void, gap: number): () => void {
  let last = -Infinity,
    waiting = false;
  const run = (): void => {
    waiting = false;
    last = performance.now();
    action();
  };
  return () => {
    if (waiting) return;
    const wait = last + gap - performance.now();
    waiting = true;
    setTimeout(run, Math.max(0, wait));
  };
}

type Listener<T> = (value: T) => void;

export class Live {
  state: LiveState = { kind: "connecting" };
  private source: EventSource | null = null;
  private attempt = 0;
  private lastContact = Date.now() / 1000;
  private ticks = new Set<Listener<Tick>>();
  private rounds = new Set<Listener<void>>();
  private states = new Set<Listener<LiveState>>();

  constructor(private readonly address: string) {}

  start(): void {
    this.connect();
    // A laptop that slept comes back with a dead connection; ask anew at once.
    addEventListener("online", () => this.restart());
    // Pages do not read while nobody looks.
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) for (const listener of this.rounds) listener();
    });
    addEventListener("pagehide", () => this.source?.close());
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.restart();
    });
  }

  onTick(listener: Listener<Tick>): () => void {
    return added(this.ticks, listener);
  }
  // A round of ticks ended, or the connection came back: what was read before may be old.
  onRound(listener: Listener<void>): () => void {
    return added(this.rounds, listener);
  }
  onState(listener: Listener<LiveState>): () => void {
    return added(this.states, listener);
  }

  // A question to the daemon went nowhere: a connection that died in silence looks alive to the browser.
  suspect(): void {
    if (this.state.kind !== "live") return;
    this.become({ kind: "stale", since: this.lastContact });
    this.restart();
  }

  private restart(): void {
    this.source?.close();
    this.attempt = 0;
    this.connect();
  }

  private connect(): void {
    const source = new EventSource(this.address);
    this.source = source;
    source.addEventListener("open", () => {
      const wasStale = this.state.kind === "stale";
      this.attempt = 0;
      this.contact();
      this.become({ kind: "live" });
      if (wasStale) for (const listener of this.rounds) listener();
    });
    source.addEventListener("tick", (event) => {
      this.contact();
      const tick = withSeconds(JSON.parse((event as MessageEvent<string>).data), apiTimes) as Tick;
      for (const listener of this.ticks) listener(tick);
    });
    for (const name of ["fleet", "status"]) {
      source.addEventListener(name, () => {
        this.contact();
        for (const listener of this.rounds) listener();
      });
    }
    source.addEventListener("error", () => {
      if (this.source !== source) return;
      if (this.state.kind !== "stale") this.become({ kind: "stale", since: this.lastContact });
      if (source.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      setTimeout(
        () => {
          if (this.source === source) this.connect();
        },
        retryDelay(this.attempt++, Math.random()) * 1000,
      );
    });
  }

  private contact(): void {
    this.lastContact = Date.now() / 1000;
  }

  private become(state: LiveState): void {
    this.state = state;
    for (const listener of this.states) listener(state);
  }
}

function added<T>(set: Set<Listener<T>>, listener: Listener<T>): () => void {
  set.add(listener);
  return () => set.delete(listener);
}
