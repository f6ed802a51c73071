// How values are read off a chart over time, with the pointer or with keys, and what is said about what it shows.

import type uPlot from "uplot";
import { h } from "./dom";
import { clock, day, moment } from "./format";
import type { Movable } from "./gestures";
import { pan, zoom, type View } from "./viewport";

export interface Readable extends Movable {
  moveCursor(steps: number): void;
  stepsAnHour(): number;
  choose?(): void; // Enter
}

// uPlot's words about the pointer: the time under it (null when it has left), and the span that was dragged over.
export function pointerHooks(read: (time: number | null) => void, zoomTo: (view: View) => void): uPlot.Hooks.Arrays {
  return {
    // uPlot's own index is that of the nearest start, not of the step that holds the time.
    setCursor: [(u) => read((u.cursor.left ?? -1) < 0 ? null : u.posToVal(u.cursor.left ?? 0, "x"))],
    setSelect: [(u) => {
      if (u.select.width < 8) return;
      zoomTo({ min: u.posToVal(u.select.left, "x"), max: u.posToVal(u.select.left + u.select.width, "x") });
      u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    }],
  };
}

// Keys on the focused chart. While it has the focus, what is read is spoken too.
export function bindKeys(holder: HTMLElement, readout: HTMLElement, chart: Readable): void {
  holder.addEventListener("keydown", (event) => {
    const view = chart.view(), middle = (view.min + view.max) / 2;
    const move = event.key === "ArrowLeft" ? -1 : event.key === "ArrowRight" ? 1 : 0;
    if (move !== 0 && event.shiftKey) chart.setView(pan(view, move * 0.25));
    else if (move !== 0) chart.moveCursor(move * (event.ctrlKey ? chart.stepsAnHour() : 1));
    else if (event.key === "+" || event.key === "=") chart.setView(zoom(view, 0.5, middle));
    else if (event.key === "-") chart.setView(zoom(view, 2, middle));
    else if (event.key === "Escape" || event.key === "0") chart.everything();
    else if (event.key === "Enter" && chart.choose) chart.choose();
    else return;
    event.preventDefault();
  });
  holder.addEventListener("focus", () => readout.setAttribute("aria-live", "polite"));
  holder.addEventListener("blur", () => readout.removeAttribute("aria-live"));
}

// Where the cursor comes to from `cursor`: it stays in the view, and begins in the middle of it. Null: nothing is in view.
export function cursorAfter(time: number[], view: View, cursor: number, steps: number): number | null {
  const inside = (i: number): boolean => (time[i] ?? -Infinity) >= view.min && (time[i] ?? Infinity) < view.max;
  const first = time.findIndex((_, i) => inside(i));
  if (first < 0) return null;
  let last = first;
  while (inside(last + 1)) ++last;
  const wanted = inside(cursor) ? cursor + steps : Math.round((first + last) / 2);
  return Math.min(last, Math.max(first, wanted));
}

export function viewWords({ min, max }: View, zone: string): string {
  if (max - min > 3 * 86400) return `${day(min, zone)} – ${day(max - 1, zone)}`;
  return `${moment(min, zone)} – ${day(min, zone) === day(max, zone) ? clock(max, zone) : moment(max, zone)}`;
}

// One name and value of a chart's readout; `tone` is the colour of its key.
export function readoutEntry(name: string, value: string, tone: string): HTMLElement {
  return h("div", {}, h("dt", {}, tone ? h("span", { class: `key ${tone}`, "aria-hidden": "true" }) : null, name), h("dd", {}, value));
}
