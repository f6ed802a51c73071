// From a backtest's answer to what the page shows.

import { ratio } from "../shared/format";
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
export function knobWords(name: string | undefined, knob: string | number | null): string {
  if (name === "none") return "";
  const value = typeof knob === "number" ? String(Number(knob.toPrecision(4))) : (knob ?? "");
  return [name ?? "", value].filter((part) => part !== "").join(" ");
}

// What it costs to keep a share of violating requests, and what the best peer pays: a sentence for each share.
export function headlineOf(policies: BacktestPolicy[]): string[] {
  const ours = policies.find((policy) => roleOf(policy.policy) === "almanac");
  const keys: ["cost_at_0.1%" | "cost_at_1%", string][] = [
    ["cost_at_0.1%", "0.1 %"],
    ["cost_at_1%", "1 %"],
  ];
  if (!ours) return [];
  return keys.map(([key, limit]) => {
    const peers = policies.filter((policy) => roleOf(policy.policy) === "peer" && policy[key] !== null);
    const best = peers.sort((a, b) => (a[key] ?? 0) - (b[key] ?? 0))[0];
    const theirs = best ? `${policyName(best.policy)}, pays ${ratio(best[key])} times` : "";
    if (ours[key] === null) {
      const others = best
        ? `; ${policyName(best.policy)} did, at ${ratio(best[key])} times the clairvoyant’s cost.`
        : ", and neither did any peer.";
      return `Almanac did not keep violating requests to ${limit} at any price it was offered${others}`;
    }
    const all = `Keeping violating requests to ${limit} costs Almanac ${ratio(ours[key])} times what a clairvoyant pays`;
    return best ? `${all}; the best peer, ${theirs}.` : `${all}; no peer gets there at all.`;
  });
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

// Almanac first, peers by what 0.1 % costs ("never" after all numbers), references last.
export function orderedPolicies(policies: BacktestPolicy[]): BacktestPolicy[] {
  const rank: Record<Role, number> = { almanac: 0, peer: 1, reference: 2 };
  return [...policies].sort(
    (a, b) =>
      rank[roleOf(a.policy)] - rank[roleOf(b.policy)] ||
      (a["cost_at_0.1%"] ?? Infinity) - (b["cost_at_0.1%"] ?? Infinity) ||
      (a.instance_hours ?? Infinity) - (b.instance_hours ?? Infinity) ||
      0,
  );
}
