// What this viewer chose, kept in the browser where that is allowed and otherwise until the page is closed.

export type ZoneChoice = "group" | "viewer" | "UTC";

const kPrefix = "almanac.";

function read(store: () => Storage, key: string): string | null {
  try {
    return store().getItem(kPrefix + key);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function write(store: () => Storage, key: string, value: string | null): void {
  try {
    if (value === null) store().removeItem(kPrefix + key);
    else store().setItem(kPrefix + key, value);
  } catch {
    // as above
  }
}

const local = (): Storage => localStorage;
const session = (): Storage => sessionStorage;

export const prefs = {
  get theme(): string | null {
    return read(local, "theme");
  },
  set theme(value: string | null) {
    write(local, "theme", value);
  },
  get zone(): ZoneChoice {
    const kept = read(local, "zone");
    return kept === "viewer" || kept === "UTC" ? kept : "group";
  },
  set zone(value: ZoneChoice) {
    write(local, "zone", value);
  },
  get shortcuts(): boolean {
    return read(local, "shortcuts") !== "off";
  },
  set shortcuts(value: boolean) {
    write(local, "shortcuts", value ? "on" : "off");
  },
  get price(): string {
    return read(local, "price") ?? "";
  },
  set price(value: string) {
    write(local, "price", value);
  },
  get who(): string {
    return read(local, "who") ?? "";
  },
  set who(value: string) {
    write(local, "who", value);
  },
};

// The token lives only as long as the tab. Where the browser keeps nothing, as long as the page.
let held: string | null = null;
export const token = {
  get(): string | null {
    return held ?? read(session, "token");
  },
  set(value: string | null): void {
    held = value;
    write(session, "token", value);
  },
};

// The zone that times are written in: the group's where there is one and the viewer wants it.
export function zoneFor(choice: ZoneChoice, groupZone: string | null, viewerZone: string): string {
  if (choice === "UTC") return "UTC";
  return choice === "group" && groupZone !== null ? groupZone : viewerZone;
}
