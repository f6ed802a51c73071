// What lies over the chart's lines: violations as red marks.

import type uPlot from "uplot";
import { color } from "../shared/dom";
import { runs } from "../shared/columns";
import type { Capacity, Timeline } from "./types";

// The strip under zero that holds the violation marks, as a share of the highest value.
export const rugHeight = 0.09;

// Red from the capacity up to the load where Almanac's falls short, and a strip at the foot with a row for each policy,
// so that violations are found in a month as well as in an hour.
export function paintViolations(u: uPlot, timeline: Timeline, ours: Capacity | undefined, peer: Capacity | undefined): void {
  const { ctx } = u;
  const { left, top, width, height } = u.bbox;
  const scale = devicePixelRatio || 1;
  const zero = u.valToPos(0, "y", true), foot = top + height;
  const rows = [ours, peer].filter((capacity): capacity is Capacity => capacity !== undefined);
  if (rows.length === 0) return;
  const rowHeight = Math.min(9 * scale, (foot - zero - 3 * scale) / rows.length);
  ctx.save();
  ctx.beginPath();
  ctx.rect(left, top, width, height);
  ctx.clip();
  ctx.fillStyle = color("rule");
  ctx.fillRect(left, Math.round(zero), width, scale);
  rows.forEach((capacity, row) => {
    const y = zero + 3 * scale + row * rowHeight;
    ctx.fillStyle = color(capacity === ours ? "ourswash" : "theirswash");
    ctx.fillRect(left, y, width, rowHeight - 2 * scale);
    ctx.fillStyle = color("bad");
    for (const [first, last] of runs(capacity.violations.at)) {
      const x0 = u.valToPos(timeline.start + first * timeline.step, "x", true);
      const x1 = u.valToPos(timeline.start + (last + 1) * timeline.step, "x", true);
      if (x1 < left || x0 > left + width) continue;
      ctx.fillRect(x0, y, Math.max(2 * scale, x1 - x0), rowHeight - 2 * scale);
    }
  });
  if (ours) paintShortfall(u, timeline, ours);
  ctx.restore();
}

function paintShortfall(u: uPlot, timeline: Timeline, capacity: Capacity): void {
  const needed = u.data[6];
  if (!needed) return;
  const scale = devicePixelRatio || 1;
  u.ctx.fillStyle = color("bad");
  for (const index of capacity.violations.at) {
    const need = needed[index], have = capacity.in_service[index];
    if (need === null || need === undefined || have === null || have === undefined || need <= have) continue;
    const x0 = u.valToPos(timeline.start + index * timeline.step, "x", true);
    const x1 = u.valToPos(timeline.start + (index + 1) * timeline.step, "x", true);
    const y0 = u.valToPos(need, "y", true), y1 = u.valToPos(have, "y", true);
    u.ctx.globalAlpha = 0.55;
    u.ctx.fillRect(x0, y0, Math.max(2 * scale, x1 - x0), y1 - y0);
  }
  u.ctx.globalAlpha = 1;
}
