// Builds the report page from the JSON in it.

import "uplot/dist/uPlot.min.css";
import "../shared/palette.css";
import "./style.css";
import { decisionList } from "./decisions";
import { h } from "../shared/dom";
import { frontsChart } from "../shared/fronts_chart";
import { header } from "./header";
import { policyTable } from "./policy_table";
import { forecastQuality, phaseTable } from "./quality";
import { Settings } from "../shared/settings";
import { TimelineChart } from "./timeline";
import { withSeconds } from "../shared/times";
import { reportTimes, type Report } from "./types";

function page(report: Report): HTMLElement[] {
  const settings = new Settings();
  const parts: HTMLElement[] = [header(report, settings)];
  if (report.policies.length > 0) parts.push(policyTable(report));
  let show: ((from: number, to: number) => void) | undefined;
  if (report.timeline && report.timeline.demand.length > 0) {
    const chart = new TimelineChart(report, report.timeline, settings);
    show = (from, to) => chart.show(from, to);
    parts.push(chart.element);
  }
  if (report.fronts && report.fronts.length > 0) parts.push(frontsChart(report.fronts, report.policies));
  if (report.forecast) parts.push(forecastQuality(report.forecast));
  if (report.phases && report.phases.names.length > 0) parts.push(phaseTable(report.phases, report.policies));
  if (report.decisions && report.decisions.length > 0) parts.push(decisionList(report.decisions, report.run, settings, show));
  parts.push(h("footer", {},
    report.run.command ? h("p", {}, "Made by ", h("code", {}, report.run.command)) : null,
    h("p", {}, `${report.program}. This page is one file and asks nobody for anything.`)));
  return parts;
}

const main = document.querySelector("main");
const data = document.getElementById("report");
if (main && data) {
  const report = withSeconds(JSON.parse(data.textContent ?? ""), reportTimes) as Report;
  document.title = `${report.run.name} · Almanac`;
  main.replaceChildren(...page(report));
}
