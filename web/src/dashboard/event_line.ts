// The coming events on a time line, and an event's expected effect beside what earlier ones did.

import { h, svg } from "../shared/dom";
import { day, moment, ratio } from "../shared/format";
import type { CalendarEntry } from "./api_types";
import { expectedWords, placeBars } from "./calendar_data";

const kLane = 26,
  kHead = 24;

// Bars from `from` to `to`; a bar is chosen by click or keyboard.
export function eventLine(
  events: CalendarEntry[],
  from: number,
  to: number,
  zone: string,
  width: number,
  choose: (event: CalendarEntry) => void,
): HTMLElement {
  const x = (time: number): number => ((Math.min(to, Math.max(from, time)) - from) / (to - from)) * width;
  const bars = placeBars(
    events.map((event) => ({ left: x(event.start), wide: Math.max(3, x(event.end) - x(event.start)), text: event.name.length * 6.4 + 6 })),
    width,
  );
  const height = kHead + (Math.max(0, ...bars.map((bar) => bar.lane)) + 1) * kLane + 4;
  const holder = h("div", { class: "eventline", role: "group", "aria-label": "Coming events on a time line", style: `height:${height}px` });
  const grid = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  const days = (to - from) / 86400,
    every = Math.max(1, Math.ceil((days * 52) / width));
  const first = Math.ceil(from / 86400) * 86400;
  for (let i = 0; first + i * 86400 < to; ++i) {
    const noon = first + i * 86400 + 43200,
      left = x(first + i * 86400);
    grid.append(svg("line", { class: i % every === 0 ? "axis" : "grid", x1: left, x2: left, y1: i % every === 0 ? 4 : kHead, y2: height }));
    if (i % every === 0 && left < width - 40)
      grid.append(
        svg(
          "text",
          { class: "tick", x: left + 4, y: 15 },
          every < 3 ? day(noon, zone).replace(/ \S+$/, "") : day(noon, zone).replace(/^\S+ /, ""),
        ),
      );
  }
  holder.append(grid);
  events.forEach((event, i) => {
    const { left, wide, flip, lane } = bars[i] ?? { left: 0, wide: 3, flip: false, lane: 0 };
    const place = flip ? `right:${width - left - wide}px` : `left:${left}px`;
    const bar = h(
      "button",
      {
        type: "button",
        id: `bar-${event.start}-${i}`,
        class: flip ? "eventbar flip" : "eventbar",
        style: `${place};top:${kHead + lane * kLane}px`,
        "aria-label": `${event.name}, ${moment(event.start, zone)}: ${expectedWords(event)}`,
      },
      h("span", { class: "barspan", style: `width:${wide}px` }),
      h("span", { class: "bartext" }, event.name),
    );
    bar.addEventListener("click", () => choose(event));
    holder.append(bar);
  });
  return holder;
}

// A band from low to high with the middle, and a dot for each earlier event, on the scale that all events share.
export function upliftDrawing(entry: CalendarEntry, range: { low: number; high: number }): SVGElement {
  const width = 260,
    height = 26;
  const x = (value: number): number => 6 + ((value - range.low) / (range.high - range.low)) * (width - 12);
  const picture = svg(
    "svg",
    {
      class: "uplift",
      viewBox: `0 0 ${width} ${height + 14}`,
      width,
      height: height + 14,
      role: "img",
      "aria-label": `expected ${expectedWords(entry)}; earlier: ${entry.earlier.map((earlier) => `×${ratio(earlier.uplift)}`).join(", ") || "none"}`,
    },
    svg("line", { class: "track", x1: 2, x2: width - 2, y1: height / 2, y2: height / 2 }),
    svg("line", { class: "mark", x1: x(1), x2: x(1), y1: 3, y2: height - 3 }),
    svg("text", { class: "tick", x: x(1), y: height + 10, "text-anchor": "middle" }, "usual"),
  );
  for (let tick = 2; tick < range.high; tick += range.high > 8 ? 2 : 1) {
    picture.append(
      svg("line", { class: "grid", x1: x(tick), x2: x(tick), y1: 7, y2: height - 7 }),
      svg("text", { class: "tick", x: x(tick), y: height + 10, "text-anchor": "middle" }, `×${tick}`),
    );
  }
  if (entry.expected) {
    const { low, middle, high } = entry.expected;
    picture.append(
      svg("rect", { class: "expected", x: x(low), y: 5, width: Math.max(2, x(high) - x(low)), height: height - 10, rx: 3 }),
      svg("line", { class: "middle", x1: x(middle), x2: x(middle), y1: 3, y2: height - 3 }),
    );
  }
  for (const earlier of entry.earlier) {
    if (earlier.uplift !== null) picture.append(svg("circle", { class: "earlier", cx: x(earlier.uplift), cy: height / 2, r: 3.2 }));
  }
  return picture;
}
