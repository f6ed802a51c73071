// What is coming: events on a time line, what each is expected to do, what could not be used; and the what-if.

import { h } from "../shared/dom";
import { clock, count, date, day, duration, instances, moment, ratio } from "../shared/format";
import { iso } from "../shared/times";
import { counted, type Unit } from "../shared/unit";
import { get, isAbort } from "./api";
import { kUtilisation, type Calendar, type CalendarEntry, type Group } from "./api_types";
import { expectedWords, upliftRange } from "./calendar_data";
import { Scope, type Context, type PageView } from "./context";
import { button, empty, failure, loading, scrolling, section } from "./controls";
import { eventLine, upliftDrawing } from "./event_line";
import { until } from "./fleet_data";
import { throttled } from "./live";
import { keepingFocus } from "./redraw";
import type { Route } from "./route";
import { WhatIf } from "./what_if";

const kDay = 86400;

class CalendarPage {
  readonly element = h("div", { class: "page calendarpage" });
  private readonly scope = new Scope();
  private readonly name: string;
  private calendar: Calendar | null = null;
  private utilisation = kUtilisation;
  private unit: Unit = "instances";
  private days: number;
  private readonly body = h("div");
  private readonly line = h("div", { class: "lineplace" });
  private readonly whatIf: WhatIf;
  private readonly span = h(
    "select",
    { "aria-label": "How far ahead" },
    ...[7, 14, 28, 90].map((n) => h("option", { value: n }, `${n} days`)),
  );

  constructor(
    private readonly context: Context,
    route: Route,
  ) {
    this.name = route.group;
    const wanted = Number(route.query["days"]);
    this.days = [7, 14, 28, 90].includes(wanted) ? wanted : 28;
    this.span.value = String(this.days);
    this.span.addEventListener("change", () => {
      this.days = Number(this.span.value);
      context.remember({ days: this.span.value });
      void this.load();
    });
    this.whatIf = new WhatIf(this.name, () => this.utilisation, context.settings);
    this.element.append(
      h("div", { class: "pagehead" }, h("h1", { tabindex: -1 }, "Calendar"), h("p", { class: "lead" }, `of ${this.name}`)),
      this.body,
      this.whatIf.element,
    );
    this.body.append(loading("the calendar"));
    this.scope.add(context.settings.onChange(() => this.draw()));
    const soon = throttled(() => void this.load(true), 30000);
    this.scope.add(context.live.onRound(soon));
    let width = 0;
    const sized = new ResizeObserver(() => {
      if (this.line.clientWidth === width) return;
      width = this.line.clientWidth;
      keepingFocus(this.line, () => this.drawLine());
    });
    sized.observe(this.line);
    this.scope.add(() => sized.disconnect());
    void this.load();
    void get<Group>(["groups", this.name], {}, this.scope.signal).then(
      (group) => {
        this.utilisation = group.utilisation ?? kUtilisation;
        this.unit = group.capacity.unit;
        if (this.unit !== "instances") this.draw();
      },
      () => undefined,
    );
  }

  destroy(): void {
    this.scope.end();
    this.whatIf.destroy();
  }

  private async load(quiet = false): Promise<void> {
    if (this.scope.over) return;
    const now = Math.floor(this.context.clock.now());
    try {
      const calendar = await get<Calendar>(
        ["groups", this.name, "calendar"],
        this.context.status() ? { from: iso(now), to: iso(now + this.days * kDay) } : {},
        this.scope.signal,
      );
      if (quiet && JSON.stringify({ ...calendar, now: 0, feeds: 0 }) === JSON.stringify({ ...this.calendar, now: 0, feeds: 0 })) return;
      this.calendar = calendar;
      this.context.setGroupZone(calendar.timezone);
      keepingFocus(this.body, () => this.draw());
    } catch (error) {
      if (!isAbort(error) && !(quiet && this.calendar)) this.body.replaceChildren(failure("The calendar", error, () => void this.load()));
    }
  }

  private draw(): void {
    const { calendar } = this;
    if (!calendar) return;
    const range = upliftRange(calendar.events);
    const events =
      calendar.events.length === 0
        ? empty(
            "Nothing is coming",
            `The calendar names no event in the next ${this.days} days.`,
            h(
              "p",
              { class: "prose" },
              "Almanac goes by the usual course of the day and the week. ",
              h("code", {}, "almanac calendar preview"),
              " shows what it reads from a file.",
            ),
          )
        : h("ol", { class: "events" }, ...calendar.events.map((event) => this.entry(event, range, calendar)));
    this.body.replaceChildren(
      section(
        "coming",
        "What is coming",
        h(
          "p",
          { class: "controls" },
          h("label", {}, "the next ", this.span),
          h("span", { class: "range" }, `times in ${this.context.settings.zone}`),
        ),
        this.trouble(calendar),
        this.line,
        events,
      ),
      h("div", { class: "pair" }, calendar.problems.length === 0 ? null : this.problems(calendar), this.feeds(calendar)),
    );
    this.drawLine();
  }

  private drawLine(): void {
    const { calendar } = this;
    const width = this.line.clientWidth;
    if (!calendar || width === 0) return;
    this.line.replaceChildren(
      ...(calendar.events.length === 0
        ? []
        : [
            eventLine(calendar.events, calendar.now, calendar.now + this.days * kDay, this.context.settings.zone, width, (event) => {
              const target = document.getElementById(anchor(event));
              target?.scrollIntoView({ behavior: "smooth", block: "center" });
              target?.focus({ preventScroll: true });
            }),
          ]),
    );
  }

  private entry(event: CalendarEntry, range: { low: number; high: number }, calendar: Calendar): HTMLElement {
    const { zone } = this.context.settings;
    const sameDay = day(event.start, zone) === day(event.end - 1, zone);
    const earlier =
      event.earlier.length === 0
        ? null
        : h(
            "details",
            {},
            h("summary", {}, `${count(event.earlier.length)} earlier of kind “${event.kind}”`),
            scrolling(
              `Earlier events like ${event.name}`,
              h(
                "table",
                { class: "earliertable" },
                h(
                  "thead",
                  {},
                  h(
                    "tr",
                    {},
                    ...["Event", "Day", "Uplift", "Peak"].map((text, i) => h("th", { scope: "col", class: i > 1 ? "number" : "" }, text)),
                  ),
                ),
                h(
                  "tbody",
                  {},
                  ...event.earlier.map((each) =>
                    h(
                      "tr",
                      {},
                      h("th", { scope: "row" }, each.name),
                      h("td", {}, date(each.start, zone)),
                      h("td", { class: "number" }, each.uplift === null ? "–" : `×${ratio(each.uplift)}`),
                      h("td", { class: "number" }, instances(each.peak)),
                    ),
                  ),
                ),
              ),
            ),
          );
    return h(
      "li",
      { class: "entry", id: anchor(event), tabindex: -1 },
      h(
        "div",
        { class: "when" },
        h("p", {}, h("strong", {}, day(event.start, zone)), `, ${until(event.start, event.end, calendar.now)}`),
        h("p", {}, `${clock(event.start, zone)} – ${sameDay ? clock(event.end, zone) : moment(event.end, zone)}`),
      ),
      h(
        "div",
        { class: "what" },
        h("h3", {}, event.name),
        h(
          "p",
          { class: "fine" },
          event.kind,
          ` · ${duration(event.end - event.start)}`,
          event.minimum_instances === null ? "" : ` · at least ${counted(event.minimum_instances, this.unit)}`,
        ),
        earlier,
      ),
      h("div", { class: "effect" }, event.expected || event.earlier.length > 0 ? upliftDrawing(event, range) : null),
      h(
        "div",
        { class: "said" },
        h("p", {}, expectedWords(event)),
        event.expected ? h("p", { class: "fine" }, event.expected.basis) : null,
      ),
    );
  }

  // What is amiss, said where it is seen first; the sections below have the details.
  private trouble(calendar: Calendar): HTMLElement | null {
    const n = calendar.problems.length,
      stale = calendar.feeds.filter((feed) => feed.stale).length;
    const parts = [
      n === 0 ? null : `${count(n)} ${n === 1 ? "entry" : "entries"} could not be applied`,
      stale === 0 ? null : `${count(stale)} ${stale === 1 ? "calendar cannot" : "calendars cannot"} be read`,
    ].filter((part) => part !== null);
    if (parts.length === 0) return null;
    return h(
      "p",
      { class: "warning" },
      h("span", { class: "level-warning" }, h("span", { class: "glyph", "aria-hidden": "true" })),
      `${parts.join(" and ")}. `,
      button(
        "Details",
        () => document.getElementById(n > 0 ? "problems" : "feeds")?.scrollIntoView({ behavior: "smooth", block: "center" }),
        { class: "link" },
      ),
    );
  }

  private problems(calendar: Calendar): HTMLElement {
    return section(
      "problems",
      "Could not be applied",
      h("p", { class: "prose" }, "These entries are ignored until they are mended; all others are used."),
      h("ul", { class: "problems" }, ...calendar.problems.map(({ where, message }) => h("li", {}, h("code", {}, where), " ", message))),
    );
  }

  private feeds(calendar: Calendar): HTMLElement | null {
    if (calendar.feeds.length === 0) return null;
    return section(
      "feeds",
      "Where it comes from",
      h(
        "ul",
        { class: "feeds" },
        ...calendar.feeds.map((feed) =>
          h(
            "li",
            { class: feed.stale ? "stale" : "" },
            h("code", {}, feed.name),
            " ",
            feed.stale
              ? `cannot be used as it is: the copy of ${feed.age_seconds === null ? "an unknown time" : `${duration(feed.age_seconds)} ago`} is in use`
              : feed.age_seconds === null
                ? ""
                : `read ${duration(feed.age_seconds)} ago`,
          ),
        ),
      ),
    );
  }
}

function anchor(event: CalendarEntry): string {
  return `event-${event.id}-${event.start}`.replace(/[^\w-]/g, "_");
}

export function calendarPage(context: Context, route: Route): PageView {
  const page = new CalendarPage(context, route);
  return { element: page.element, destroy: () => page.destroy(), update: () => true };
}
