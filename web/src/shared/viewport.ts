// The part of the window that the chart shows: pure arithmetic on [min, max] in seconds.

export interface View {
  min: number;
  max: number;
}

// Moves and cuts `view` so that it lies in `full` and is at least `narrowest` wide; keeps its width where it can.
export function clamp(view: View, full: View, narrowest: number): View {
  const whole = full.max - full.min;
  const width = Math.min(whole, Math.max(narrowest, view.max - view.min));
  const middle = (view.min + view.max) / 2;
  const wanted = view.max - view.min < narrowest ? middle - width / 2 : view.min;
  const min = Math.min(Math.max(wanted, full.min), full.max - width);
  return { min, max: min + width };
}

// factor < 1 shows less; `anchor` keeps its place on the screen.
export function zoom(view: View, factor: number, anchor: number): View {
  return { min: anchor - (anchor - view.min) * factor, max: anchor + (view.max - anchor) * factor };
}

export function pan(view: View, fraction: number): View {
  const by = (view.max - view.min) * fraction;
  return { min: view.min + by, max: view.max + by };
}

// Event names over the chart: each takes its room in order, and one that would touch its neighbour is left out (the
// readout names it). `left` and `width` in pixels.
export function fitLabels(labels: { left: number; width: number }[], gap: number): boolean[] {
  let free = -Infinity;
  return labels.map(({ left, width }) => {
    if (left < free) return false;
    free = left + width + gap;
    return true;
  });
}
