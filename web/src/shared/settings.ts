// What the reader chose: colours and time zone, while the page is open. The report keeps no more: a file opened from a disk
// may not have storage, and it should look the same to the next reader.

import type { Zone } from "./format";

export type Theme = "auto" | "light" | "dark";

export class Settings {
  theme: Theme = "auto";
  zone: Zone = "UTC";
  private listeners: ((what: "theme" | "zone") => void)[] = [];

  // Returns what ends it.
  onChange(listener: (what: "theme" | "zone") => void): () => void {
    this.listeners.push(listener);
    return () => {
      this.listeners = this.listeners.filter((each) => each !== listener);
    };
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    if (theme === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    this.announce("theme");
  }

  setZone(zone: Zone): void {
    this.zone = zone;
    this.announce("zone");
  }

  announce(what: "theme" | "zone"): void {
    for (const listener of this.listeners) listener(what);
  }
}

export function viewerZone(): Zone {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

// A calendar may name a zone this browser does not know; then it is not offered.
export function isZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat("en-GB", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

export function isDark(settings: Settings): boolean {
  if (settings.theme !== "auto") return settings.theme === "dark";
  return window.matchMedia("(prefers-color-scheme: dark)").matches;
}
