// Every group on one page, what needs attention first. A hundred at a time; more come as the reader scrolls.

import { h } from "../shared/dom";
import { count, day, duration, instances, moment, share, withTimesIn } from "../shared/format";
import { get, isAbort } from "./api";
import type { GroupList, GroupSummary } from "./api_types";
import { Scope, type Context, type PageView } from "./context";
import { button, empty, failure, loading } from "./controls";
import { fleetSentence, mergedGroups, overrideWords, shortReason, sparkLabel, until } from "./fleet_data";
import { throttled } from "./live";
import { arrange, become } from "./redraw";
import { routeTo, type Route } from "./route";
import { sparkline } from "./sparkline";

const kPage = 100;
const columns = ["Group", "Load, last day", "Capacity", "In an hour", "Mode", "Health", "Next event", "Violating"];

class Fleet {
  readonly element: HTMLElement;
  private readonly scope = new Scope();
  private groups: GroupSummary[] = [];
  private total = 0;
  private cursor: string | null = null;
  private wanted = ""; // what is searched for: what stands in the field, once the typing has paused
  private seen: IntersectionObserver | null = null;
  private busy: AbortController | null = null;
  private readonly rows = new Map<string, { told: string; row: HTMLTableRowElement }>();
  private readonly sentence = h("p", { class: "lead", "aria-live": "polite" });
  private readonly body = h("tbody", { role: "rowgroup" });
  private readonly table = h("table", { class: "fleet", role: "table", "aria-label": "Groups" });
  private readonly place = h("div");
  private readonly more = h("div", { class: "more" });
  private readonly showMore = button("Show more", () => void this.load());
  private readonly search = h("input", {
    type: "search",
    id: "search",
    placeholder: "Search groups",
    "aria-label": "Search groups by name",
    autocomplete: "off",
    spellcheck: "false",
  });
  private readonly sort = h(
    "select",
    { "aria-label": "Order of the groups" },
    h("option", { value: "attention" }, "by attention"),
    h("option", { value: "name" }, "by name"),
  );

  constructor(
    private readonly context: Context,
    route: Route,
  ) {
    this.search.value = route.query["query"] ?? "";
    this.sort.value = route.query["sort"] === "name" ? "name" : "attention";
    this.table.append(
      h(
        "thead",
        { role: "rowgroup" },
        h("tr", { role: "row" }, ...columns.map((name) => h("th", { role: "columnheader", scope: "col" }, name))),
      ),
      this.body,
    );
    this.element = h(
      "div",
      { class: "page fleetpage" },
      h("div", { class: "pagehead" }, h("h1", { tabindex: -1 }, "Fleet"), this.sentence),
      h("div", { class: "filters", role: "search" }, this.search, this.sort),
      this.place,
      this.more,
    );
    this.bind();
    this.begin();
  }

  destroy(): void {
    this.busy?.abort();
    this.scope.end();
  }

  key(key: string): boolean {
    if (key !== "/") return false;
    this.search.focus();
    this.search.select();
    return true;
  }

  private bind(): void {
    let typed = 0;
    this.search.addEventListener("input", () => {
      clearTimeout(typed);
      typed = window.setTimeout(() => this.begin(), 200);
    });
    this.sort.addEventListener("change", () => this.begin());
    const refresh = throttled(() => void this.refresh(), 5000);
    this.scope.add(this.context.live.onRound(refresh));
    this.scope.add(
      this.context.settings.onChange((what) => {
        if (what === "zone") this.redraw();
      }),
    );
    this.seen = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting) && this.cursor !== null && !this.busy) void this.load();
      },
      { rootMargin: "600px" },
    );
    this.scope.add(() => this.seen?.disconnect());
  }

  // A new search or order: from the top.
  private begin(): void {
    this.groups = [];
    this.cursor = null;
    this.wanted = this.search.value.trim();
    this.context.remember({ query: this.wanted, sort: this.sort.value === "name" ? "name" : undefined });
    if (!this.table.isConnected) this.place.replaceChildren(loading("the fleet"));
    void this.load();
  }

  private query(limit: number, cursor: string | null): Record<string, string | number | null> {
    return { query: this.wanted, sort: this.sort.value, limit, cursor };
  }

  private async load(): Promise<void> {
    this.busy?.abort();
    const mine = new AbortController();
    this.busy = mine;
    try {
      const list = await get<GroupList>(["groups"], this.query(kPage, this.cursor), mine.signal);
      if (this.busy !== mine) return;
      this.groups = mergedGroups(this.groups, list.groups);
      this.accept(list.total, list.next_cursor);
    } catch (error) {
      if (!isAbort(error) && this.busy === mine) this.fail(error);
    } finally {
      if (this.busy === mine) this.busy = null;
    }
  }

  // The same rows anew, in one question: what a round of ticks changed.
  private async refresh(): Promise<void> {
    if (this.scope.over || this.busy || document.hidden) return;
    try {
      const loaded = Math.min(1000, Math.max(kPage, this.groups.length));
      const list = await get<GroupList>(["groups"], this.query(loaded, null), this.scope.signal);
      if (this.busy) return;
      this.groups =
        this.groups.length > loaded
          ? mergedGroups(
              list.groups,
              this.groups.filter((old) => !list.groups.some((group) => group.name === old.name)),
            )
          : list.groups;
      this.accept(list.total, this.groups.length > loaded ? this.cursor : list.next_cursor);
    } catch (error) {
      if (!isAbort(error) && !this.table.isConnected) this.fail(error); // an old table is worth more than an error
    }
  }

  private fail(error: unknown): void {
    this.sentence.textContent = "";
    this.place.replaceChildren(failure("The fleet", error, () => this.begin()));
    this.more.replaceChildren();
    const retry = setTimeout(() => {
      if (!this.scope.over && !this.table.isConnected) void this.load();
    }, 5000);
    this.scope.add(() => clearTimeout(retry));
  }

  private accept(total: number, cursor: string | null): void {
    this.total = total;
    this.cursor = cursor;
    this.redraw();
    // Anew, so that it is told again where the foot of the list has stayed in sight.
    this.seen?.unobserve(this.more);
    if (cursor !== null) this.seen?.observe(this.more);
  }

  private redraw(): void {
    const searching = this.wanted !== "";
    const sentence =
      this.sort.value === "attention" && !searching
        ? fleetSentence(this.groups, this.total)
        : `${count(this.total)} ${this.total === 1 ? "group" : "groups"}${searching ? " found" : ""}`;
    if (this.sentence.textContent !== sentence) this.sentence.textContent = sentence;
    if (this.groups.length === 0) {
      this.place.replaceChildren(
        searching
          ? empty("No group has that in its name", "Search for a part of a name, or empty the field to see all.")
          : empty("No groups yet", "Name groups in almanac.yaml, then send the daemon SIGHUP: it reads the file again without stopping."),
      );
      this.more.replaceChildren();
      return;
    }
    const now = this.context.clock.now(),
      zone = this.context.settings.zone;
    const wanted = this.groups.map((group) => this.rowOf(group, now, zone));
    arrange(this.body, wanted);
    if (!this.table.isConnected) this.place.replaceChildren(this.table);
    this.showMore.textContent = `Show more (${count(this.groups.length)} of ${count(this.total)})`;
    arrange(this.more, this.cursor === null ? [] : [this.showMore]);
  }

  // A group keeps its row as long as the page lives; what the row says is drawn anew only when it has changed.
  private rowOf(group: GroupSummary, now: number, zone: string): HTMLTableRowElement {
    const wait = group.next_event ? until(group.next_event.start, group.next_event.end, now) : "";
    const told = JSON.stringify(group) + wait + zone;
    const known = this.rows.get(group.name);
    if (known?.told === told) return known.row;
    const row = groupRow(group, wait, now, zone);
    if (known) {
      become(known.row, row);
      known.told = told;
      return known.row;
    }
    this.rows.set(group.name, { told, row });
    return row;
  }
}

function cell(name: string, label: string, ...children: (Node | string | null)[]): HTMLTableCellElement {
  return h("td", { role: "cell", class: name, "data-label": label }, ...children);
}

function groupRow(group: GroupSummary, wait: string, now: number, zone: string): HTMLTableRowElement {
  const { level, reasons } = group.attention;
  const { desired, in_service, in_an_hour } = group.capacity;
  const booting = desired !== null && in_service !== null && desired > in_service ? desired - in_service : 0;
  const later =
    in_an_hour === null || in_service === null ? "same" : in_an_hour > in_service ? "up" : in_an_hour < in_service ? "down" : "same";
  const { realised, share: objective } = group.objective;
  const over = realised !== null && objective !== null && realised > objective;
  const event = group.next_event;
  const overrides = overrideWords(group.overrides, now, zone);
  return h(
    "tr",
    { role: "row", class: `level-${level}` },
    h(
      "th",
      { role: "rowheader", scope: "row", class: "name" },
      h("span", { class: "glyph", "aria-hidden": "true" }),
      h("a", { href: routeTo("group", group.name) }, group.name),
      level === "ok" ? null : h("span", { class: "sr" }, ` ${level}`),
      ...reasons.slice(0, 2).map((reason) => h("small", { title: withTimesIn(reason, zone) }, withTimesIn(shortReason(reason), zone))),
    ),
    cell(
      "load",
      "Load",
      sparkline(group.demand.sparkline?.values ?? [], sparkLabel(group)),
      h("span", { class: "value" }, instances(group.demand.now)),
    ),
    cell(
      "capacity",
      "Capacity",
      h("span", { class: "value" }, count(in_service ?? desired)),
      booting > 0 ? h("small", { class: "boot" }, `+${count(booting)} booting`) : null,
    ),
    cell(
      `hour ${later}`,
      "In an hour",
      h("span", { class: "value" }, count(in_an_hour)),
      later === "up" || later === "down" ? h("span", { class: "sr" }, later === "up" ? " more" : " fewer") : null,
    ),
    cell("mode", "Mode", group.overrides.mode?.mode ?? group.mode, ...overrides.map((text) => h("small", { class: "override" }, text))),
    cell(`health ${group.health ?? "unknown"}`, "Health", group.health ?? "–"),
    cell(
      "event",
      "Next event",
      event ? h("span", { title: moment(event.start, zone) }, event.name) : "–",
      event ? h("small", {}, wait === "now" ? "now" : `${wait}, ${day(event.start, zone)}`) : null,
    ),
    cell(
      `objective ${over ? "over" : ""}`,
      "Violating",
      h("span", { class: "value" }, share(realised)),
      objective === null ? null : h("small", {}, `of ${share(objective)} in ${duration(group.objective.days * 86400)}`),
    ),
  );
}

export function fleetPage(context: Context, route: Route): PageView {
  const fleet = new Fleet(context, route);
  return { element: fleet.element, destroy: () => fleet.destroy(), key: (key) => fleet.key(key), update: () => true };
}
