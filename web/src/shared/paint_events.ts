// Events as shaded spans with their names over the chart.

import type uPlot from "uplot";
import { color } from "./dom";
import type { CalendarEvent } from "./types";
import { fitLabels } from "./viewport";

export function paintEvents(u: uPlot, events: Pick<CalendarEvent, "name" | "start" | "end" | "announced">[]): void {
  const { ctx } = u;
  const { left, top, width, height } = u.bbox;
  const scale = devicePixelRatio || 1;
  const from = u.scales["x"]?.min ?? 0, to = u.scales["x"]?.max ?? 0;
  const seen = events.filter((event) => event.end > from && event.start < to);
  ctx.save();
  ctx.font = `${11 * scale}px ${color("sans")}`;
  const spans = seen.map((event) => {
    const x0 = Math.max(left, u.valToPos(event.start, "x", true));
    const x1 = Math.min(left + width, u.valToPos(event.end, "x", true));
    return { event, x0, x1: Math.max(x1, x0 + scale) };
  });
  for (const { event, x0, x1 } of spans) {
    ctx.fillStyle = color(event.announced === false ? "surprise" : "event");
    ctx.fillRect(x0, top, x1 - x0, height);
  }
  const labels = spans.map(({ event, x0 }) => ({ left: x0, width: ctx.measureText(event.name).width }));
  const fits = fitLabels(labels, 8 * scale);
  ctx.fillStyle = color("eventname");
  ctx.textBaseline = "bottom";
  ctx.textAlign = "left";
  spans.forEach(({ event, x0 }, i) => {
    const room = (labels[i]?.width ?? 0) <= left + width - x0;
    if (fits[i] && room) ctx.fillText(event.name, x0, top - 3 * scale);
  });
  ctx.restore();
}
