// How far a quantile's coverage is from what it said, as a small drawing.

import { svg } from "./dom";
import { share } from "./format";

export const coverageText = (value: number): string => `${(value * 100).toFixed(1)} %`;

// On the scale of odds, so that 98 % instead of 99 % looks as far off as 80 % instead of 89 %.
export function coveragePosition(value: number): number {
  const odds = (p: number): number => Math.log(p / (1 - p));
  const low = odds(0.2), high = odds(0.998);
  const clipped = Math.min(0.998, Math.max(0.2, value));
  return (odds(clipped) - low) / (high - low);
}

export function gauge(value: number, nominal: number): SVGElement {
  const width = 120, at = (p: number): number => 4 + (width - 8) * coveragePosition(p);
  return svg("svg", { class: "gauge", viewBox: `0 0 ${width} 16`, width, height: 16, role: "img", "aria-label": `said ${share(nominal)}, was ${coverageText(value)}` },
    svg("line", { x1: 2, x2: width - 2, y1: 8, y2: 8, class: "track" }),
    svg("line", { x1: at(nominal), x2: at(nominal), y1: 2, y2: 14, class: "mark" }),
    svg("line", { x1: at(nominal), x2: at(value), y1: 8, y2: 8, class: "miss" }),
    svg("circle", { cx: at(value), cy: 8, r: 3.5, class: "hit" }));
}
