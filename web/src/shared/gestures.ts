// How pointers move a chart's view. A mouse drags to zoom (uPlot's own) and pans with Shift; one finger pans, two zoom;
// a wheel zooms with Ctrl and pans sideways.

import { pan, zoom, type View } from "./viewport";

export interface Movable {
  view(): View;
  setView(view: View): void;
  area(): HTMLElement | undefined; // what the view's span covers on the screen
  everything(): void; // a double click
}

export function bindGestures(holder: HTMLElement, chart: Movable): void {
  const seconds = (pixels: number): number => {
    const { min, max } = chart.view();
    return pixels / (chart.area()?.clientWidth || 1) * (max - min);
  };
  const under = (clientX: number): number => {
    const box = chart.area()?.getBoundingClientRect();
    return box ? chart.view().min + seconds(clientX - box.left) : chart.view().min;
  };
  const shift = (by: number): void => {
    const { min, max } = chart.view();
    chart.setView({ min: min + by, max: max + by });
  };
  bindWheel(holder, chart, seconds, under);
  holder.addEventListener("dblclick", () => chart.everything());
  bindMouse(holder, (pixels) => shift(seconds(pixels)));
  bindFingers(holder, chart, seconds, under);
}

function bindWheel(holder: HTMLElement, chart: Movable, seconds: (pixels: number) => number, under: (clientX: number) => number): void {
  holder.addEventListener("wheel", (event) => {
    const view = chart.view();
    if (event.ctrlKey) chart.setView(zoom(view, Math.exp(event.deltaY * 0.005), under(event.clientX)));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) chart.setView(pan(view, seconds(event.deltaX) / (view.max - view.min)));
    else return;
    event.preventDefault();
  }, { passive: false });
}

function bindMouse(holder: HTMLElement, drag: (pixels: number) => void): void {
  let dragged: number | null = null;
  holder.addEventListener("mousedown", (event) => {
    if (!event.shiftKey || event.button !== 0) return;
    dragged = event.clientX;
    event.stopPropagation();
    event.preventDefault();
    const move = (now: MouseEvent): void => {
      const by = (dragged ?? now.clientX) - now.clientX;
      dragged = now.clientX;
      drag(by);
    };
    window.addEventListener("mousemove", move);
    window.addEventListener("mouseup", () => window.removeEventListener("mousemove", move), { once: true });
  }, { capture: true });
}

function bindFingers(holder: HTMLElement, chart: Movable, seconds: (pixels: number) => number, under: (clientX: number) => number): void {
  let before: { x: number; spread: number } | null = null;
  const read = (event: TouchEvent): { x: number; spread: number } => {
    const xs = Array.from(event.touches, (touch) => touch.clientX);
    const x = xs.reduce((sum, value) => sum + value, 0) / xs.length;
    return { x, spread: xs.length > 1 ? Math.max(20, Math.max(...xs) - Math.min(...xs)) : 0 };
  };
  const start = (event: TouchEvent): void => {
    before = event.touches.length > 0 ? read(event) : null;
  };
  holder.addEventListener("touchstart", start, { passive: true });
  holder.addEventListener("touchend", start, { passive: true });
  holder.addEventListener("touchmove", (event) => {
    if (before === null) return;
    const now = read(event);
    let view = chart.view();
    if (before.spread > 0 && now.spread > 0) view = zoom(view, before.spread / now.spread, under(before.x));
    const by = seconds(before.x - now.x);
    before = now;
    chart.setView({ min: view.min + by, max: view.max + by });
  }, { passive: true });
}
