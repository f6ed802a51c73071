// The result in words, and the order of the table.

import { bestPeer, compared, costSentence, kReference, lowest, shareOf, type WithinKey } from "../shared/comparison";
import { count, ratio, share } from "../shared/format";
import type { PolicyResult, Report, StatedObjective } from "./types";

export type SortKey = "instance_hours" | "violating_share" | "violation_minutes" | "cost" | "changes_per_day" | WithinKey;

export interface Figure {
  value: string;
  caption: string;
  ours: boolean;
}

export interface Headline {
  figures: Figure[];
  sentences: string[];
}

// The sweep's column that speaks of the objective; the other one when the objective is neither.
export function objectiveKey(objective: number): WithinKey {
  return Math.abs(objective - 0.01) < Math.abs(objective - 0.001) ? "cost_within_1%" : "cost_within_0.1%";
}

export function almanac(report: Report): PolicyResult | undefined {
  return report.policies.find((policy) => policy.role === "almanac");
}

// At the knobs they ran with: the cheapest peer within the objective.
export function bestPeerWithin(policies: PolicyResult[], objective: number): PolicyResult | undefined {
  const peers = policies.filter((policy) => policy.role === "peer" && policy.violating_share <= objective);
  return lowest(peers, (policy) => policy.instance_hours);
}

// Whether Almanac's price was swept; else it ran once, asked for the objective.
function wasSwept(ours: PolicyResult): boolean {
  return ours["cost_within_0.1%"] !== undefined || ours["cost_within_1%"] !== undefined;
}

export function headline(report: Report): Headline {
  const ours = almanac(report);
  if (!ours) return { figures: [], sentences: [] };
  return wasSwept(ours) ? sweptHeadline(report, ours) : runHeadline(report, ours);
}

function sweptHeadline(report: Report, ours: PolicyResult): Headline {
  const key = objectiveKey(report.run.objective);
  const figures: Figure[] = [];
  const sentences: string[] = [];
  const order: WithinKey[] = key === "cost_within_0.1%" ? [key, "cost_within_1%"] : [key, "cost_within_0.1%"];
  for (const column of order) {
    const cost = ours[column];
    if (cost === undefined) continue;
    const limit = share(shareOf[column]);
    const peer = bestPeer(report.policies, column);
    const theirs = peer?.[column];
    sentences.push(costSentence(ours, peer, column));
    if (cost === null) continue;
    figures.push({ value: `${ratio(cost)} ×`, caption: `Almanac’s cheapest setting within ${limit} violating; ${kReference} costs 1`, ours: true });
    figures.push({
      value: typeof theirs === "number" ? `${ratio(theirs)} ×` : "never",
      caption: peer ? `best peer within ${limit}: ${peer.name}` : `the peers within ${limit}`,
      ours: false,
    });
  }
  const stated = report.objectives?.find((one) => one.objective === report.run.objective);
  if (stated) sentences.push(asked(report, stated));
  return { figures, sentences };
}

function runHeadline(report: Report, ours: PolicyResult): Headline {
  const limit = share(report.run.objective);
  const peer = bestPeerWithin(report.policies, report.run.objective);
  const figures: Figure[] = [
    { value: share(ours.violating_share), caption: `of requests violating with Almanac; the objective is ${limit}`, ours: true },
    { value: count(ours.instance_hours), caption: "instance-hours with Almanac", ours: true },
  ];
  if (ours.cost !== null) {
    figures.push({ value: `${ratio(ours.cost)} ×`, caption: `the cost of ${kReference}`, ours: true });
  }
  const sentences = [asked(report, ours)];
  if (peer) {
    figures.push({ value: count(peer.instance_hours), caption: `instance-hours with ${peer.name}`, ours: false });
    sentences.push(`The cheapest peer within the objective, ${peer.name}, ran ${count(peer.instance_hours)} instance-hours ` +
      `(${compared(peer.instance_hours, ours.instance_hours)}) at ${share(peer.violating_share)}.`);
  } else if (report.policies.some((policy) => policy.role === "peer")) {
    sentences.push("None of the peers kept to the objective with its usual setting.");
  }
  return { figures, sentences };
}

// Of the run that was given the objective: never of a setting chosen from the sweep.
function asked(report: Report, run: Omit<StatedObjective, "objective">): string {
  const limit = share(report.run.utilisation);
  return `Asked for at most ${share(report.run.objective)}, it ran ${count(run.instance_hours)} instance-hours` +
    `${run.cost === null ? "" : ` (${ratio(run.cost)} times)`}, and ` +
    `${share(run.violating_share)} of requests met a utilisation above ${limit}, ` +
    `in ${count(run.violation_minutes)} minutes of the window.`;
}

// Whoever knows the future stands last; "never" stands behind every number; a value that was not measured behind that.
export function sortPolicies(policies: PolicyResult[], key: SortKey, descending = false): PolicyResult[] {
  const rank = (policy: PolicyResult): number => {
    const value = policy[key];
    if (value === undefined) return 2;
    return value === null ? 1 : 0;
  };
  return [...policies].sort((a, b) => {
    if ((a.role === "reference") !== (b.role === "reference")) return a.role === "reference" ? 1 : -1;
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    if (rank(a) !== 0) return 0;
    return ((a[key] as number) - (b[key] as number)) * (descending ? -1 : 1);
  });
}

// The column a reader wants first: the cost within the objective where Almanac was swept like the others, else the cost
// of what ran, which everybody has.
export function defaultSort(report: Report): SortKey {
  const key = objectiveKey(report.run.objective);
  const ours = almanac(report);
  if ((!ours || wasSwept(ours)) && report.policies.some((policy) => typeof policy[key] === "number")) return key;
  return report.policies.some((policy) => policy.cost !== null) ? "cost" : "instance_hours";
}
