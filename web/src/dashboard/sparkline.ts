// A day of load in the width of a word.

import { svg } from "../shared/dom";
import type { Column } from "../shared/types";

// An SVG path from the foot of a width x height box; a gap in the values is a gap in the line.
export function sparkPath(values: Column, width: number, height: number): string {
  const highest = Math.max(0, ...values.map((value) => value ?? 0));
  if (highest <= 0) return values.some((value) => value !== null) ? `M0 ${height}H${width}` : "";
  const last = Math.max(1, values.length - 1);
  let path = "",
    open = false;
  values.forEach((value, i) => {
    if (value === null || value === undefined) {
      open = false;
      return;
    }
    path += `${open ? "L" : "M"}${trim((i / last) * width)} ${trim(height - (value / highest) * height)}`;
    open = true;
  });
  return path;
}

function trim(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function sparkline(values: Column, label: string): SVGElement {
  const width = 120,
    height = 26;
  const path = sparkPath(values, width, height);
  const last = values[values.length - 1],
    highest = Math.max(...values.map((value) => value ?? 0));
  return svg(
    "svg",
    { class: "spark", viewBox: `-2 -3 ${width + 6} ${height + 5}`, width: width + 6, height: height + 5, role: "img", "aria-label": label },
    path === "" ? null : svg("path", { d: path }),
    last === null || last === undefined || highest <= 0
      ? null
      : svg("circle", { cx: width, cy: height - (last / highest) * height, r: 2.2 }),
  );
}
