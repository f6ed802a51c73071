// The result in words, and the order of the table.

import { count, ratio, share } from "../shared/format";
import type { PolicyResult, Report } from "./types";

export type CostKey = "cost_at_0.1%" | "cost_at_1%";
export type SortKey = "instance_hours" | "violating_share" | "violation_minutes" | "cost" | "changes_per_day" | CostKey;

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
export function objectiveKey(objective: number): CostKey {
  return Math.abs(objective - 0.01) < Math.abs(objective - 0.001) ? "cost_at_1%" : "cost_at_0.1%";
}

const shareOf: Record<CostKey, number> = { "cost_at_0.1%": 0.001, "cost_at_1%": 0.01 };

export function almanac(report: Report): PolicyResult | undefined {
  return report.policies.find((policy) => policy.role === "almanac");
}

// The cheapest peer that reaches the share of `key`.
export function bestPeer(policies: PolicyResult[], key: CostKey): PolicyResult | undefined {
  return lowest(policies.filter((policy) => policy.role === "peer"), (policy) => policy[key]);
}

// At the knobs they ran with: the cheapest peer within the objective.
export function bestPeerWithin(policies: PolicyResult[], objective: number): PolicyResult | undefined {
  const peers = policies.filter((policy) => policy.role === "peer" && policy.violating_share <= objective);
  return lowest(peers, (policy) => policy.instance_hours);
}

function lowest(policies: PolicyResult[], value: (p: PolicyResult) => number | null | undefined): PolicyResult | undefined {
  let best: PolicyResult | undefined;
  for (const policy of policies) {
    const mine = value(policy);
    if (mine === null || mine === undefined) continue;
    const bar = best === undefined ? undefined : value(best);
    if (bar === null || bar === undefined || mine < bar) best = policy;
  }
  return best;
}

// "18 % more", "7 % less", "as much".
export function compared(value: number, reference: number): string {
  const percent = Math.round((value / reference - 1) * 100);
  if (percent === 0) return "as much";
  return percent > 0 ? `${count(percent)} % more` : `${count(-percent)} % less`;
}

export function headline(report: Report): Headline {
  const ours = almanac(report);
  if (!ours) return { figures: [], sentences: [] };
  const swept = ours["cost_at_0.1%"] !== undefined || ours["cost_at_1%"] !== undefined;
  return swept ? sweptHeadline(report, ours) : runHeadline(report, ours);
}

function sweptHeadline(report: Report, ours: PolicyResult): Headline {
  const key = objectiveKey(report.run.objective);
  const figures: Figure[] = [];
  const sentences: string[] = [];
  const order: CostKey[] = key === "cost_at_0.1%" ? [key, "cost_at_1%"] : [key, "cost_at_0.1%"];
  for (const column of order) {
    const cost = ours[column];
    if (cost === undefined) continue;
    const limit = share(shareOf[column]);
    const peer = bestPeer(report.policies, column);
    const theirs = peer?.[column];
    if (cost === null) {
      sentences.push(`Almanac did not keep violating requests to ${limit} at any price it was offered` +
        (peer ? `; ${peer.name} did, at ${ratio(theirs)} times the clairvoyant's cost.` : ", and neither did any peer."));
      continue;
    }
    sentences.push(`Keeping violating requests to ${limit} costs Almanac ${ratio(cost)} times what a clairvoyant pays; ` +
      (peer && typeof theirs === "number"
        ? `the best peer, ${peer.name}, pays ${ratio(theirs)} times: ${compared(theirs, cost)}.`
        : "no peer gets there at all."));
    figures.push({ value: `${ratio(cost)} ×`, caption: `Almanac’s cost at ${limit} violating; a clairvoyant’s is 1`, ours: true });
    figures.push({
      value: typeof theirs === "number" ? `${ratio(theirs)} ×` : "never",
      caption: peer ? `best peer at ${limit}: ${peer.name}` : `the peers at ${limit}`,
      ours: false,
    });
  }
  sentences.push(atItsOwnKnob(report, ours));
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
    figures.push({ value: `${ratio(ours.cost)} ×`, caption: "the cost of a clairvoyant", ours: true });
  }
  const sentences = [atItsOwnKnob(report, ours)];
  if (peer) {
    figures.push({ value: count(peer.instance_hours), caption: `instance-hours with ${peer.name}`, ours: false });
    sentences.push(`The cheapest peer within the objective, ${peer.name}, ran ${count(peer.instance_hours)} instance-hours ` +
      `(${compared(peer.instance_hours, ours.instance_hours)}) at ${share(peer.violating_share)}.`);
  } else if (report.policies.some((policy) => policy.role === "peer")) {
    sentences.push("None of the peers kept to the objective with its usual setting.");
  }
  return { figures, sentences };
}

function atItsOwnKnob(report: Report, ours: PolicyResult): string {
  const limit = share(report.run.utilisation);
  return `Asked for at most ${share(report.run.objective)}, it ran ${count(ours.instance_hours)} instance-hours, and ` +
    `${share(ours.violating_share)} of requests met a utilisation above ${limit}, ` +
    `in ${count(ours.violation_minutes)} minutes of the window.`;
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

// The column a reader wants first: cost at the objective where there was a sweep, else plain cost.
export function defaultSort(report: Report): SortKey {
  const key = objectiveKey(report.run.objective);
  if (report.policies.some((policy) => typeof policy[key] === "number")) return key;
  return report.policies.some((policy) => policy.cost !== null) ? "cost" : "instance_hours";
}
