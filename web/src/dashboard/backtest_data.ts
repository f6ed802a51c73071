// From a backtest's answer to what the page shows.

import { bestPeer, costSentence, type WithinKey } from "../shared/comparison";
import type { Front, Role } from "../shared/types";
import type { Backtest, BacktestPolicy } from "./api_types";

type Result = NonNullable<Backtest["result"]>;

const names: Record<string, string> = {
  almanac: "Almanac",
  target_tracking: "AWS target tracking",
  hpa: "Kubernetes HPA",
  aws_predictive: "AWS predictive + target tracking",
  holt_winters: "Holt-Winters + HPA",
  fft: "FFT (Crane) + HPA",
  seasonal_naive: "Seasonal naive + reactive",
  step: "Step 70/35 on CPU",
  static: "Static",
  clairvoyant: "Clairvoyant, no launch delay",
  clairvoyant_boot: "Clairvoyant, knows the launch delay",
};

// Policies come by their id or already by their name.
export function policyName(id: string): string {
  return names[id] ?? id.replaceAll("_", " ");
}

export function roleOf(id: string): Role {
  if (/^almanac/i.test(id)) return "almanac";
  return /^clairvoyant/i.test(id) ? "reference" : "peer";
}

// "CPU target % 32.5"; nothing for a policy without a knob.
export function knobWords(name: string, knob: string | number | null): string {
  if (name === "none") return "";
  const value = typeof knob === "number" ? String(Number(knob.toPrecision(4))) : (knob ?? "");
  return [name, value].filter((part) => part !== "").join(" ");
}

// What it costs to keep a share of violating requests, and what the best peer pays: a sentence for each share.
export function headlineOf(policies: BacktestPolicy[]): string[] {
  const named = policies.map((policy) => ({ ...policy, name: policyName(policy.policy), role: roleOf(policy.policy) }));
  const ours = named.find((policy) => policy.role === "almanac");
  if (!ours) return [];
  const keys: WithinKey[] = ["cost_within_0.1%", "cost_within_1%"];
  return keys.map((key) => costSentence(ours, bestPeer(named, key), key));
}

// Settings that let more than a tenth of the requests through are no choice for anybody, and would stretch the drawing.
const kWorstShare = 0.1;

export function frontsOf(result: Result): Front[] {
  return result.fronts
    .map(({ policy, knob_name, points }) => {
      const known = points.filter(
        (point): point is typeof point & { violating_share: number; cost: number } =>
          point.violating_share !== null && point.violating_share <= kWorstShare && point.cost !== null,
      );
      return {
        policy,
        name: policyName(policy),
        knobs: known.map((point) => knobWords(knob_name, point.knob)),
        violating_share: known.map((point) => point.violating_share),
        cost: known.map((point) => point.cost),
      };
    })
    .filter((front) => front.cost.length > 0);
}

// By what the cheapest setting within 0.1 % costs, Almanac among its peers; "never" after all numbers, references last.
export function orderedPolicies(policies: BacktestPolicy[]): BacktestPolicy[] {
  const last = (policy: BacktestPolicy): number => Number(roleOf(policy.policy) === "reference");
  return [...policies].sort(
    (a, b) =>
      last(a) - last(b) ||
      (a["cost_within_0.1%"] ?? Infinity) - (b["cost_within_0.1%"] ?? Infinity) ||
      (a.instance_hours ?? Infinity) - (b.instance_hours ?? Infinity) ||
      0,
  );
}
