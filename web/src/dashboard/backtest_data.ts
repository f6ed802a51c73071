// From a backtest's answer to what the page shows.

import type { Front, Role } from "../shared/types";
import type { Backtest, BacktestPolicy } from "./api_types";

type Result = NonNullable<Backtest["result"]>;

const names: Record<string, string> = {
  almanac: "Almanac",
  target_tracking: "AWS target tracking",
  hpa: "Kubernetes HPA",
  predictive: "AWS predictive + target tracking",
  aws_predictive: "AWS predictive + target tracking",
  holt_winters: "Holt-Winters + HPA",
  fft: "FFT (Crane) + HPA",
  seasonal: "Seasonal naive + reactive",
  seasonal_naive: "Seasonal naive + reactive",
  step: "Step 70/35 on CPU",
  static: "Static",
  threshold: "LSTM of CPU + step",
  clairvoyant: "Clairvoyant",
  clairvoyant_delay: "Clairvoyant, knows the launch delay",
};

// Policies come by their id or already by their name.
export function policyName(id: string): string {
  return names[id] ?? id.replaceAll("_", " ");
}

export function roleOf(id: string): Role {
  if (/^almanac/i.test(id)) return "almanac";
  return /^clairvoyant/i.test(id) ? "reference" : "peer";
}

// "CPU target % 32.5"
export function knobWords(name: string | undefined, knob: string | number | null): string {
  const value = typeof knob === "number" ? String(Number(knob.toPrecision(4))) : (knob ?? "");
  return [name ?? "", value].filter((part) => part !== "").join(" ");
}

export function frontsOf(result: Result): Front[] {
  return result.fronts
    .map(({ policy, knob_name, points }) => {
      const known = points.filter(
        (point): point is typeof point & { violating_share: number; cost: number } => point.violating_share !== null && point.cost !== null,
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
