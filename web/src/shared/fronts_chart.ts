// The Pareto fronts as a drawing: violating share (logarithmic) against cost, one line a policy.

import { h, svg } from "./dom";
import { kReference } from "./comparison";
import { ratio, share } from "./format";
import { chartWindow, costTicks, decades, paretoPoints, shareFloor, type ChartWindow, type Point } from "./fronts";
import type { Front, Role } from "./types";

interface Line {
  id: string;
  name: string;
  role: Role;
  tone: string; // CSS colour
  dashed: boolean; // the colours ran out, or it is a reference
  points: Point[];
  visible: boolean;
}

const margin = { left: 52, right: 16, top: 14, bottom: 46 };

export function frontsChart(fronts: Front[], policies: { id: string; role: Role }[]): HTMLElement {
  const floor = shareFloor(fronts);
  let peers = 0;
  const lines = fronts.map((front): Line => {
    const role = policies.find((policy) => policy.id === front.policy)?.role ?? "peer";
    const dashed = role === "reference" || (role === "peer" && peers >= 8);
    const tone = role === "almanac" ? "var(--ours)" : role === "reference" ? "var(--muted)" : `var(--tone${peers++ % 8})`;
    return { id: front.policy, name: front.name, role, tone, dashed, points: paretoPoints(front), visible: true };
  });
  lines.sort((a, b) => Number(b.role === "almanac") - Number(a.role === "almanac") || Number(a.role === "reference") - Number(b.role === "reference"));

  const holder = h("div", { class: "fronts" });
  const readout = h("p", { class: "readout", "aria-live": "polite" });
  const hint = "Point at a mark, or move through them with Tab, to read it.";
  readout.textContent = hint;
  const draw = (): void => {
    holder.replaceChildren(drawing(lines, floor, holder.clientWidth || 640, (line, point) => {
      readout.textContent = line && point
        ? `${line.name}${point.knob ? `, ${point.knob}` : ""}: cost ${ratio(point.cost)} at ${share(point.share)} violating`
        : hint;
    }));
  };
  const legend = h("ul", { class: "legend", "aria-label": "Policies shown" }, ...lines.map((line) => {
    const button = h("button", { type: "button", "aria-pressed": "true", class: line.role },
      h("span", { class: line.dashed ? "swatch dashed" : "swatch", style: `--tone:${line.tone}`, "aria-hidden": "true" }), line.name);
    button.addEventListener("click", () => {
      line.visible = !line.visible;
      button.setAttribute("aria-pressed", String(line.visible));
      draw();
    });
    return h("li", {}, button);
  }));
  let width = 0;
  new ResizeObserver(() => {
    if (holder.clientWidth !== width) {
      width = holder.clientWidth;
      draw();
    }
  }).observe(holder);

  return h("section", { "aria-labelledby": "fronts" },
    h("h2", { id: "fronts" }, "What safety costs"),
    h("p", { class: "prose" }, "Each policy’s one knob was swept from thrifty to safe. A line joins the settings that none of its others beats; ",
      `further left is safer, further down is cheaper. A mark alone is one run. Costs are relative to ${kReference}.`),
    legend, holder, readout);
}

function drawing(lines: Line[], floor: number, width: number, say: (line?: Line, point?: Point) => void): SVGElement {
  const height = Math.round(Math.min(460, Math.max(300, width * 0.56)));
  const shown = lines.filter((line) => line.visible);
  const cost = chartWindow(shown);
  const left = floor, right = cost.right;
  const x = (value: number): number =>
    margin.left + (width - margin.left - margin.right) * (Math.log(Math.max(value, left) / left) / Math.log(right / left));
  const y = (value: number): number =>
    height - margin.bottom - (height - margin.top - margin.bottom) * (Math.log(value / cost.low) / Math.log(cost.high / cost.low));

  const none = shown.some((line) => line.points.some((point) => point.share <= 0));
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "group",
    "aria-label": "Violating share of requests against cost, one line for every policy" });
  picture.append(...axes(width, height, x, y, left, right, cost, none));
  const clip = svg("clipPath", { id: "front-area" }, svg("rect", {
    x: margin.left - 6, y: margin.top, width: width - margin.left - margin.right + 6, height: height - margin.top - margin.bottom + 6 }));
  const area = svg("g", { "clip-path": "url(#front-area)" });
  for (const line of [...shown].reverse()) area.append(lineOf(line, x, y, cost, say));
  picture.append(svg("defs", {}, clip), area);
  return picture;
}

function axes(width: number, height: number, x: (v: number) => number, y: (v: number) => number,
              left: number, right: number, cost: ChartWindow, none: boolean): SVGElement[] {
  const bottom = height - margin.bottom;
  const parts: SVGElement[] = [];
  const rightEdge = width - margin.right;
  let lastY = Infinity;
  for (const tick of costTicks(cost.low, cost.high)) {
    if (lastY - y(tick) < 18) continue;
    lastY = y(tick);
    parts.push(svg("line", { class: "grid", x1: margin.left, x2: rightEdge, y1: lastY, y2: lastY }),
      svg("text", { class: "tick", x: margin.left - 8, y: lastY + 4, "text-anchor": "end" }, `${Number(tick.toPrecision(3))} ×`));
  }
  for (const tick of decades(left, right)) {
    if (none && x(tick) - x(0) < 34) continue;
    const objective = tick === 0.001 || tick === 0.01;
    parts.push(svg("line", { class: objective ? "objective" : "grid", x1: x(tick), x2: x(tick), y1: margin.top, y2: bottom }),
      svg("text", { class: objective ? "tick strong" : "tick", x: x(tick), y: bottom + 18, "text-anchor": "middle" }, share(tick)));
  }
  if (none) parts.push(svg("text", { class: "tick", x: x(0), y: bottom + 18, "text-anchor": "middle" }, "none"));
  parts.push(svg("line", { class: "axis", x1: margin.left, x2: rightEdge, y1: bottom, y2: bottom }),
    svg("text", { class: "tick", x: rightEdge, y: height - 8, "text-anchor": "end" }, "violating requests →"),
    svg("text", { class: "tick", x: margin.left, y: height - 8 }, width > 560 ? "↑ cost, clairvoyant without launch delay = 1" : "↑ cost"));
  if (cost.cut) {
    parts.push(svg("text", { class: "tick", x: rightEdge, y: margin.top + 4, "text-anchor": "end" }, "settings outside are not drawn"));
  }
  return parts;
}

function lineOf(line: Line, x: (v: number) => number, y: (v: number) => number, shown: ChartWindow,
                say: (line?: Line, point?: Point) => void): SVGElement {
  const group = svg("g", { class: `front ${line.role}${line.dashed ? " dashed" : ""}`, style: `--tone:${line.tone}` });
  const path = line.points.map((point, i) => `${i === 0 ? "M" : "L"}${x(point.share).toFixed(1)} ${y(point.cost).toFixed(1)}`).join("");
  group.append(svg("path", { d: path }));
  for (const point of line.points) {
    if (point.cost > shown.high || point.share > shown.right) continue;
    const text = `${line.name}, ${point.knob}: cost ${ratio(point.cost)}, violating ${share(point.share)}`;
    const mark = svg("circle", { cx: x(point.share).toFixed(1), cy: y(point.cost).toFixed(1), r: line.role === "almanac" ? 4 : 3.2, tabindex: 0, role: "img", "aria-label": text },
      svg("title", {}, text));
    for (const kind of ["pointerenter", "focus"]) mark.addEventListener(kind, () => say(line, point));
    for (const kind of ["pointerleave", "blur"]) mark.addEventListener(kind, () => say());
    group.append(mark);
  }
  return group;
}
