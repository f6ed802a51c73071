// The daemon's time between two answers. A daemon over the simulated cloud lives many times faster than the viewer.

import type { Status } from "./api_types";

export class DaemonClock {
  private at = 0; // wall, seconds
  private told = 0; // daemon, seconds
  private speed = 1;

  constructor(private readonly wall: () => number = () => Date.now() / 1000) {
    this.at = this.told = wall();
  }

  sync(status: Pick<Status, "now" | "speed">): void {
    this.at = this.wall();
    this.told = status.now;
    this.speed = status.speed > 0 ? status.speed : 1;
  }

  now(): number {
    return this.told + (this.wall() - this.at) * this.speed;
  }

  // How long `seconds` of the daemon's time take the viewer.
  wallSeconds(seconds: number): number {
    return seconds / this.speed;
  }
}

// A tick that should have come two intervals ago (and at least ten seconds of the viewer's): null while all is well.
export function overdue(status: Status, now: number): number | null {
  const last = status.last_tick?.time ?? status.started;
  const patience = Math.max(2 * status.interval_seconds, 10 * status.speed) + status.interval_seconds;
  return status.role === "active" && now - last > patience ? last : null;
}
