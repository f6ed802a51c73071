// The frame around every page: where one is, how fresh the page is, the switches, the keys.

import { h } from "../shared/dom";
import { clock, moment } from "../shared/format";
import { isDark, isZone, viewerZone, type Settings } from "../shared/settings";
import type { Status } from "./api_types";
import { button } from "./controls";
import { overdue } from "./daemon_clock";
import type { LiveState } from "./live";
import { prefs, zoneFor, type ZoneChoice } from "./prefs";
import { routeTo, type Route } from "./route";

export class Shell {
  readonly main = h("main", { id: "main", tabindex: -1 });
  private readonly crumbs = h("nav", { class: "crumbs", "aria-label": "Where you are" });
  private readonly fresh = h("p", { class: "fresh", role: "status" });
  private readonly spoken = h("p", { class: "sr", role: "status", "aria-live": "polite" });
  private readonly zone = h("select", { "aria-label": "Times are written in" });
  private readonly theme = button("", () => this.toggleTheme(), { class: "quiet" });
  private readonly help: HTMLDialogElement;
  private groupZone: string | null = null;

  constructor(
    private readonly settings: Settings,
    body: HTMLElement,
  ) {
    this.help = helpDialog();
    const skip = h("a", { class: "skip", href: "#main" }, "Skip to the page");
    skip.addEventListener("click", (event) => {
      event.preventDefault(); // the address belongs to the pages
      this.main.focus();
    });
    this.zone.addEventListener("change", () => {
      prefs.zone = this.zone.value as ZoneChoice;
      this.applyZone();
    });
    body.replaceChildren(
      skip,
      h(
        "header",
        { class: "bar" },
        h("a", { class: "wordmark", href: "#/" }, "Almanac"),
        this.crumbs,
        this.fresh,
        h(
          "div",
          { class: "switches" },
          this.zone,
          this.theme,
          button("?", () => this.openHelp(), { "aria-label": "Keys and help", class: "quiet" }),
        ),
      ),
      this.main,
      this.spoken,
      this.help,
    );
    const kept = prefs.theme;
    if (kept === "light" || kept === "dark") settings.setTheme(kept);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      if (settings.theme === "auto") settings.announce("theme");
    });
    settings.onChange(() => this.nameTheme());
    this.nameTheme();
    this.setGroupZone(null);
  }

  say(text: string): void {
    this.spoken.textContent = text;
  }

  toggleTheme(): void {
    const next = isDark(this.settings) ? "light" : "dark";
    prefs.theme = next;
    this.settings.setTheme(next);
  }

  nextZone(): void {
    this.zone.selectedIndex = (this.zone.selectedIndex + 1) % this.zone.options.length;
    prefs.zone = this.zone.value as ZoneChoice;
    this.applyZone();
    this.say(`Times in ${this.zone.selectedOptions[0]?.textContent ?? ""}`);
  }

  openHelp(): void {
    if (!this.help.open) this.help.showModal();
  }

  setGroupZone(zone: string | null): void {
    this.groupZone = zone !== null && isZone(zone) ? zone : null;
    const choices: [ZoneChoice, string][] = [];
    if (this.groupZone !== null) choices.push(["group", `${this.groupZone} (group)`]);
    choices.push(["viewer", `${viewerZone()} (yours)`], ["UTC", "UTC"]);
    this.zone.replaceChildren(...choices.map(([value, text]) => h("option", { value }, text)));
    this.zone.value = prefs.zone === "group" && this.groupZone === null ? "viewer" : prefs.zone;
    this.applyZone();
  }

  private applyZone(): void {
    const zone = zoneFor(prefs.zone, this.groupZone, viewerZone());
    if (zone !== this.settings.zone) this.settings.setZone(zone);
  }

  private nameTheme(): void {
    const dark = isDark(this.settings);
    this.theme.textContent = dark ? "Light" : "Dark";
    this.theme.setAttribute("aria-label", dark ? "Use light colours" : "Use dark colours");
  }

  setRoute(route: Route): void {
    const here = { "aria-current": "page" };
    const link = (page: Route["page"], text: string): HTMLElement =>
      h("li", {}, h("a", { href: routeTo(page, route.group), ...(route.page === page ? here : {}) }, text));
    this.crumbs.replaceChildren(
      h(
        "ul",
        {},
        ...(route.page === "fleet"
          ? [link("fleet", "Fleet")]
          : [
              h("li", {}, h("a", { href: "#/" }, "Fleet")),
              link("group", route.group),
              link("calendar", "Calendar"),
              link("backtest", "Backtest"),
            ]),
      ),
    );
    const titles = { fleet: "Fleet", group: route.group, calendar: `Calendar of ${route.group}`, backtest: `Backtest of ${route.group}` };
    document.title = `${titles[route.page]} · Almanac`;
  }

  // How fresh the page is, in words that change only when the state does.
  setFreshness(live: LiveState, status: Status | null, now: number): void {
    const [kind, text] = freshness(live, status, now, this.settings.zone);
    if (this.fresh.textContent === text) return;
    this.fresh.className = `fresh ${kind}`;
    this.fresh.textContent = text;
  }
}

// "live" with the time of the last tick; "stale" since when; "late" when the daemon itself does not tick.
export function freshness(live: LiveState, status: Status | null, now: number, zone: string): [string, string] {
  if (live.kind === "stale") return ["stale", `Stale since ${clock(live.since, viewerZone())}: no connection to the daemon`];
  if (status === null || live.kind === "connecting") return ["connecting", "Connecting …"];
  const late = overdue(status, now);
  if (late !== null) return ["late", `No tick since ${clock(late, zone)}`];
  const speed = status.speed === 1 ? "" : ` at ${status.speed}×`;
  const standby = status.role === "standby" ? ", standby" : "";
  const tick = status.last_tick
    ? `tick ${status.speed === 1 ? clock(status.last_tick.time, zone) : moment(status.last_tick.time, zone)}`
    : "no tick yet";
  if (status.last_tick && status.last_tick.failed > 0)
    return ["late", `Live${standby}${speed}, ${tick}: ${status.last_tick.failed} of ${status.groups} groups failed`];
  return ["live", `Live${standby}${speed}, ${tick}`];
}

const keys: [string, string][] = [
  ["?", "this help"],
  ["/", "search the fleet"],
  ["f", "fleet"],
  ["g", "the group’s page"],
  ["c", "its calendar"],
  ["b", "its backtest"],
  ["1 2 3 4", "6 hours, 1 day, 7 days, 30 days"],
  ["[ ]", "explain the change before, the change after"],
  ["t", "light or dark"],
  ["z", "next time zone"],
];
const chartKeys: [string, string][] = [
  ["← →", "read values (with Ctrl: by the hour)"],
  ["Enter", "explain the decision there"],
  ["Shift ← →", "move"],
  ["+ −", "zoom"],
  ["Esc", "show everything loaded"],
];

function helpDialog(): HTMLDialogElement {
  const list = (entries: [string, string][]): HTMLElement =>
    h(
      "dl",
      { class: "keys" },
      ...entries.flatMap(([key, what]) => [h("dt", {}, ...key.split(" ").map((one) => h("kbd", {}, one))), h("dd", {}, what)]),
    );
  const single = h("input", { type: "checkbox", checked: prefs.shortcuts });
  single.addEventListener("change", () => (prefs.shortcuts = single.checked));
  const dialog = h(
    "dialog",
    { "aria-labelledby": "help-title" },
    h("h2", { id: "help-title" }, "Keys"),
    list(keys),
    h("h3", {}, "In a chart that has the focus"),
    list(chartKeys),
    h(
      "p",
      { class: "prose" },
      "Drag over the chart to zoom, with Shift to move; two fingers zoom, one moves; a wheel zooms with Ctrl. Click to read the decision of that time.",
    ),
    h("p", {}, h("label", {}, single, " Single-letter keys")),
    h(
      "p",
      { class: "actions" },
      button("Close", () => dialog.close(), { class: "primary" }),
    ),
  );
  return dialog;
}
