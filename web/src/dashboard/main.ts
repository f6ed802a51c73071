// Starts the dashboard: the frame, the address, the pages.

import "uplot/dist/uPlot.min.css";
import "../shared/palette.css";
import "./style.css";
import { h } from "../shared/dom";
import { Settings } from "../shared/settings";
import { get } from "./api";
import type { Status } from "./api_types";
import { backtestPage } from "./backtest";
import { calendarPage } from "./calendar";
import type { Context, PageView } from "./context";
import { DaemonClock } from "./daemon_clock";
import { fleetPage } from "./fleet";
import { groupPage } from "./group";
import { Live, throttled } from "./live";
import { prefs } from "./prefs";
import { parseRoute, routeTo, type Page, type Route } from "./route";
import { Shell } from "./shell";

const settings = new Settings();
const daemon = new DaemonClock();
const live = new Live("api/v1/events");
const shell = new Shell(settings, document.body);
const makers: Record<Page, (context: Context, route: Route) => PageView> = {
  fleet: fleetPage,
  group: groupPage,
  calendar: calendarPage,
  backtest: backtestPage,
};

let status: Status | null = null;
const statusListeners = new Set<(status: Status) => void>();
let route = parseRoute(location.hash);
let page: PageView | null = null;

const context: Context = {
  live,
  settings,
  clock: daemon,
  status: () => status,
  onStatus(listener) {
    statusListeners.add(listener);
    if (status) listener(status);
    return () => statusListeners.delete(listener);
  },
  say: (text) => shell.say(text),
  setGroupZone: (zone) => shell.setGroupZone(zone),
  remember(query) {
    route = { ...route, query: Object.fromEntries(Object.entries(query).filter((entry): entry is [string, string] => !!entry[1])) };
    history.replaceState(null, "", routeTo(route.page, route.group, query));
  },
};

function show(next: Route): void {
  const same = page !== null && next.page === route.page && next.group === route.group;
  const arrived = page !== null && !same;
  route = next;
  shell.setRoute(route);
  if (same && page?.update?.(route)) return;
  page?.destroy();
  if (route.page === "fleet") shell.setGroupZone(null);
  page = makers[route.page](context, route);
  shell.main.replaceChildren(page.element);
  if (!arrived) return;
  scrollTo(0, 0);
  (shell.main.querySelector<HTMLElement>("h1") ?? shell.main).focus({ preventScroll: true });
}

async function readStatus(): Promise<void> {
  try {
    status = await get<Status>(["status"]);
    daemon.sync(status);
    for (const listener of statusListeners) listener(status);
  } catch {
    // the connection's own state says it
  }
  tell();
}

function tell(): void {
  shell.setFreshness(live.state, status, daemon.now());
}

function onKey(event: KeyboardEvent): void {
  const target = event.target as HTMLElement | null;
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || !prefs.shortcuts) return;
  if (target?.closest("input, select, textarea, dialog, [contenteditable]")) return;
  const go: Record<string, string> = { f: "#/" };
  if (route.group)
    Object.assign(go, { g: routeTo("group", route.group), c: routeTo("calendar", route.group), b: routeTo("backtest", route.group) });
  const address = go[event.key];
  if (address !== undefined) location.hash = address;
  else if (event.key === "?") shell.openHelp();
  else if (event.key === "t") shell.toggleTheme();
  else if (event.key === "z") shell.nextZone();
  else if (!page?.key?.(event.key)) return;
  event.preventDefault();
}

addEventListener("hashchange", () => show(parseRoute(location.hash)));
addEventListener("keydown", onKey);
addEventListener("unhandledrejection", (event) => console.error(event.reason));
live.onState(tell);
live.onRound(throttled(() => void readStatus(), 1000));
live.start();
setInterval(tell, 1000);
setInterval(() => void readStatus(), 30000);
void readStatus();
show(route);
document.body.append(
  h(
    "footer",
    {},
    h(
      "p",
      {},
      "Almanac: capacity that reads the calendar. ",
      h("a", { href: "api/v1/openapi.yaml" }, "API"),
      " · ",
      h("a", { href: "metrics" }, "metrics"),
    ),
  ),
);
