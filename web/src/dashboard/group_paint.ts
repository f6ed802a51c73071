// What lies under and over the lines of the group's chart: the time to come, instances that boot, violations, changes.

import type uPlot from "uplot";
import { color } from "../shared/dom";
import type { Change } from "./api_types";
import { visible, type ChartColumns } from "./group_data";

// The strip under zero that holds violations and changes, as a share of the highest value.
export const stripShare = 0.1;

interface Frame {
  left: number;
  right: number;
  top: number;
  bottom: number;
  scale: number;
  view: { min: number; max: number };
  x: (time: number) => number;
  y: (value: number) => number;
}

function frameOf(u: uPlot): Frame {
  const { left, top, width, height } = u.bbox;
  const view = { min: u.scales["x"]?.min ?? 0, max: u.scales["x"]?.max ?? 1 };
  return {
    left,
    right: left + width,
    top,
    bottom: top + height,
    scale: devicePixelRatio || 1,
    view,
    x: (time) => u.valToPos(time, "x", true),
    y: (value) => u.valToPos(value, "y", true),
  };
}

function clipped(u: uPlot, frame: Frame, paint: (ctx: CanvasRenderingContext2D) => void): void {
  const { ctx } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(frame.left, frame.top, frame.right - frame.left, frame.bottom - frame.top);
  ctx.clip();
  paint(ctx);
  ctx.restore();
}

// What has not happened yet lies on a tinted ground.
export function paintFuture(u: uPlot, now: number): void {
  const frame = frameOf(u);
  if (now >= frame.view.max) return;
  clipped(u, frame, (ctx) => {
    ctx.fillStyle = color("future");
    const x = Math.max(frame.left, frame.x(now));
    ctx.fillRect(x, frame.top, frame.right - x, frame.bottom - frame.top);
  });
}

let hatchOf: { tone: string; scale: number; pattern: CanvasPattern | null } | null = null;
function hatch(ctx: CanvasRenderingContext2D, tone: string, scale: number): CanvasPattern | string {
  if (hatchOf?.tone !== tone || hatchOf.scale !== scale) {
    const tile = document.createElement("canvas");
    const size = Math.round(5 * scale);
    tile.width = tile.height = size;
    const pen = tile.getContext("2d");
    if (pen) {
      pen.strokeStyle = tone;
      pen.lineWidth = 1.2 * scale;
      for (const shift of [-size, 0, size]) {
        pen.moveTo(shift, size);
        pen.lineTo(shift + size, 0);
      }
      pen.stroke();
    }
    hatchOf = { tone, scale, pattern: ctx.createPattern(tile, "repeat") };
  }
  return hatchOf.pattern ?? tone;
}

// Desired above in service: instances on their way.
export function paintBooting(u: uPlot, columns: ChartColumns): void {
  const frame = frameOf(u);
  const [first, end] = visible(columns.time, frame.view);
  clipped(u, frame, (ctx) => {
    ctx.fillStyle = hatch(ctx, color("ours"), frame.scale);
    for (let i = first; i < end; ++i) {
      const want = columns.desired[i],
        have = columns.in_service[i];
      if (
        want === null ||
        want === undefined ||
        have === null ||
        have === undefined ||
        want <= have ||
        (columns.time[i] ?? 0) >= columns.now
      )
        continue;
      const x0 = frame.x(columns.time[i] ?? 0),
        x1 = frame.x(columns.time[i + 1] ?? (columns.time[i] ?? 0) + columns.step);
      const y0 = frame.y(want),
        y1 = frame.y(have);
      ctx.fillRect(x0, y0, Math.max(frame.scale, x1 - x0), y1 - y0);
    }
  });
}

export function paintMarks(u: uPlot, columns: ChartColumns, changes: Change[], selected: number | null): void {
  const frame = frameOf(u);
  clipped(u, frame, (ctx) => {
    const zero = frame.y(0),
      { scale } = frame;
    ctx.fillStyle = color("rule");
    ctx.fillRect(frame.left, Math.round(zero), frame.right - frame.left, scale);
    const row = (frame.bottom - zero - 3 * scale) / 2;
    paintViolations(ctx, frame, columns, zero + 3 * scale, row - 2 * scale);
    paintChanges(ctx, frame, changes, zero + 3 * scale + row, row - 2 * scale);
    line(ctx, frame, columns.now, color("muted"), [2 * scale, 3 * scale]);
    if (selected !== null) line(ctx, frame, selected, color("ours"), []);
  });
}

function line(ctx: CanvasRenderingContext2D, frame: Frame, time: number, tone: string, dash: number[]): void {
  const x = Math.round(frame.x(time)) + 0.5;
  ctx.strokeStyle = tone;
  ctx.lineWidth = frame.scale * (dash.length > 0 ? 1 : 1.5);
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(x, frame.top);
  ctx.lineTo(x, frame.bottom);
  ctx.stroke();
  ctx.setLineDash([]);
}

// Red in the strip for each step with violating requests, and from the capacity up to the load that it could not serve.
function paintViolations(ctx: CanvasRenderingContext2D, frame: Frame, columns: ChartColumns, y: number, tall: number): void {
  const [first, end] = visible(columns.time, frame.view);
  ctx.fillStyle = color("bad");
  for (let i = first; i < end; ++i) {
    if (!((columns.violating[i] ?? 0) > 0)) continue;
    const start = columns.time[i] ?? 0;
    const x0 = frame.x(start),
      wide = Math.max(2 * frame.scale, frame.x(start + columns.step) - x0);
    ctx.fillRect(x0, y, wide, tall);
    const need = columns.needed[i],
      have = columns.in_service[i];
    if (need === null || need === undefined || have === null || have === undefined || need <= have) continue;
    ctx.globalAlpha = 0.55;
    ctx.fillRect(x0, frame.y(need), wide, frame.y(have) - frame.y(need));
    ctx.globalAlpha = 1;
  }
}

// A triangle for each change of the capacity: up or down. Where they would touch, ticks.
function paintChanges(ctx: CanvasRenderingContext2D, frame: Frame, changes: Change[], y: number, tall: number): void {
  const seen = changes.filter((change) => change.time >= frame.view.min && change.time <= frame.view.max);
  const crowded = seen.length * 7 * frame.scale > frame.right - frame.left;
  const up = color("ours"),
    down = color("theirs");
  const half = Math.min(4 * frame.scale, tall * 0.6);
  for (const change of seen) {
    const rising = (change.after ?? 0) >= (change.before ?? 0);
    const x = frame.x(change.time);
    ctx.fillStyle = rising ? up : down;
    if (crowded) {
      ctx.fillRect(x, y, Math.max(1, frame.scale), tall);
      continue;
    }
    ctx.beginPath();
    ctx.moveTo(x - half, rising ? y + tall : y);
    ctx.lineTo(x + half, rising ? y + tall : y);
    ctx.lineTo(x, rising ? y : y + tall);
    ctx.fill();
  }
}
