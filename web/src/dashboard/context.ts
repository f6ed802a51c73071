// What every page is given, and what it gives back.

import type { Settings } from "../shared/settings";
import type { Status } from "./api_types";
import type { DaemonClock } from "./daemon_clock";
import type { Live } from "./live";
import type { Route } from "./route";

export interface Context {
  live: Live;
  settings: Settings; // colours, and the zone that times are written in
  clock: DaemonClock;
  status(): Status | null;
  onStatus(listener: (status: Status) => void): () => void;
  say(text: string): void; // to a screen reader, politely
  setGroupZone(zone: string | null): void;
  // Changes the address without leaving the page.
  remember(query: Record<string, string | undefined>): void;
}

export interface PageView {
  element: HTMLElement;
  // Another address of the same page and group: true when the page has dealt with it.
  update?(route: Route): boolean;
  destroy(): void;
  // Keys of the page itself, when no field has the focus; true when used.
  key?(key: string): boolean;
}

// Collects what must end with a page.
export class Scope {
  private readonly controller = new AbortController();
  private ends: (() => void)[] = [];

  get signal(): AbortSignal {
    return this.controller.signal;
  }
  get over(): boolean {
    return this.controller.signal.aborted;
  }

  add(end: () => void): void {
    this.ends.push(end);
  }

  every(milliseconds: number, action: () => void): void {
    const timer = setInterval(action, milliseconds);
    this.add(() => clearInterval(timer));
  }

  end(): void {
    this.controller.abort();
    for (const each of this.ends) each();
    this.ends = [];
  }
}
