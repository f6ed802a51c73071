// The whole window in miniature, with a frame over the part that the chart shows: drag the frame, its edges, or a new one.

import { color, h } from "./dom";
import { thin } from "./columns";
import type { Column } from "./types";
import type { View } from "./viewport";

export interface Overview {
  setView(view: View): void;
  destroy(): void;
}

const kHeight = 44;

export function overview(holder: HTMLElement, column: Column, full: View, choose: (view: View) => void): Overview {
  const width = holder.clientWidth || 600;
  const canvas = h("canvas");
  const frame = h("div", { class: "frame" });
  holder.replaceChildren(canvas, frame);
  draw(canvas, column, width);

  let shown: View = full;
  const toTime = (clientX: number): number => {
    const box = holder.getBoundingClientRect();
    return full.min + (clientX - box.left) / box.width * (full.max - full.min);
  };
  let drag: { kind: "move" | "left" | "right"; from: number; view: View } | null = null;
  const down = (event: PointerEvent): void => {
    const time = toTime(event.clientX);
    const edge = 8 / width * (full.max - full.min);
    const whole = shown.max - shown.min >= (full.max - full.min) * 0.999;
    if (Math.abs(time - shown.min) < edge && !whole) drag = { kind: "left", from: time, view: shown };
    else if (Math.abs(time - shown.max) < edge && !whole) drag = { kind: "right", from: time, view: shown };
    else if (time > shown.min && time < shown.max && !whole) drag = { kind: "move", from: time, view: shown };
    else drag = { kind: "right", from: time, view: { min: time, max: time } };
    holder.setPointerCapture(event.pointerId);
    event.preventDefault();
  };
  const move = (event: PointerEvent): void => {
    if (!drag) return;
    const by = toTime(event.clientX) - drag.from;
    const view = { min: drag.view.min + (drag.kind === "right" ? 0 : by), max: drag.view.max + (drag.kind === "left" ? 0 : by) };
    choose(view.min <= view.max ? view : { min: view.max, max: view.min });
  };
  const up = (): void => {
    drag = null;
  };
  const bound = new AbortController();
  holder.addEventListener("pointerdown", down, { signal: bound.signal });
  holder.addEventListener("pointermove", move, { signal: bound.signal });
  holder.addEventListener("pointerup", up, { signal: bound.signal });
  holder.addEventListener("pointercancel", up, { signal: bound.signal });

  return {
    setView(view: View): void {
      shown = view;
      const whole = full.max - full.min;
      frame.style.left = `${(view.min - full.min) / whole * 100}%`;
      frame.style.width = `${(view.max - view.min) / whole * 100}%`;
    },
    destroy(): void {
      bound.abort();
      holder.replaceChildren();
    },
  };
}

function draw(canvas: HTMLCanvasElement, column: Column, width: number): void {
  const scale = devicePixelRatio || 1;
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(kHeight * scale);
  canvas.style.height = `${kHeight}px`;
  const ctx = canvas.getContext("2d");
  if (!ctx) return;
  const needed = thin(column, Math.max(1, Math.floor(column.length / width)));
  const highest = Math.max(1, ...needed.map((value) => value ?? 0));
  ctx.fillStyle = color("overview");
  needed.forEach((value, i) => {
    if (value === null) return;
    const x = i / needed.length * canvas.width, next = (i + 1) / needed.length * canvas.width;
    const tall = value / highest * canvas.height;
    ctx.fillRect(x, canvas.height - tall, Math.max(1, next - x), tall);
  });
}
