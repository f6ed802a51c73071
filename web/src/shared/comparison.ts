// What Almanac costs beside its peers at the same safety: told by the report and by the dashboard.

import { count, ratio, share } from "./format";
import type { Role } from "./types";

// What two pages know of a policy's sweep. `cost_at_*` is read between two settings of it, which no setting need have
// come to; `cost_within_*` is that of the cheapest setting that really ran with at most that share violating. null: none
// does ("never"); absent: not swept.
export interface Swept {
  name: string;
  role: Role;
  "cost_at_0.1%"?: number | null;
  "cost_at_1%"?: number | null;
  "cost_within_0.1%"?: number | null;
  "cost_within_1%"?: number | null;
}

export type WithinKey = "cost_within_0.1%" | "cost_within_1%";

export const shareOf: Record<WithinKey, number> = { "cost_within_0.1%": 0.001, "cost_within_1%": 0.01 };

// What costs are relative to, everywhere.
export const kReference = "a clairvoyant without launch delay";

// What the columns of a sweep mean, below or above its table.
export const kColumnWords = "“Within 0.1 %” is the cheapest setting of a policy that really ran with at most 0.1 % of requests violating, and “never” means " +
  "that none did; the small figure under it is read off the sweep at just that share, between two settings. The other columns are of one setting, " +
  "the one named under the policy: the cheapest within the objective, else its usual one.";

// "1.28 between settings": what the sweep says at just the share, under what ran; nothing where there is no such reading.
export const readBetween = (cost: number | null | undefined): string | null =>
  cost === null || cost === undefined ? null : `${ratio(cost)} between settings`;

// The cheapest peer of those that have a setting within the share of `key`.
export function bestPeer<P extends Swept>(policies: P[], key: WithinKey): P | undefined {
  return lowest(policies.filter((policy) => policy.role === "peer"), (policy) => policy[key]);
}

// The one with the lowest value; whoever has none does not compete.
export function lowest<P>(policies: P[], value: (p: P) => number | null | undefined): P | undefined {
  let best: P | undefined;
  let bar = Infinity;
  for (const policy of policies) {
    const mine = value(policy);
    if (mine === null || mine === undefined || mine >= bar) continue;
    best = policy;
    bar = mine;
  }
  return best;
}

// "18 % more", "7 % less", "as much".
export function compared(value: number, reference: number): string {
  const percent = Math.round((value / reference - 1) * 100);
  if (percent === 0) return "as much";
  return percent > 0 ? `${count(percent)} % more` : `${count(-percent)} % less`;
}

// One sentence: what it costs Almanac to keep violating requests to the share of `key`, and what the best peer pays.
export function costSentence(ours: Swept, peer: Swept | undefined, key: WithinKey): string {
  const cost = ours[key], theirs = peer?.[key], limit = share(shareOf[key]);
  if (cost === null || cost === undefined) {
    return `No price that was tried kept Almanac’s violating requests to ${limit}` +
      (peer ? `; ${peer.name} did, at ${ratio(theirs)} times what ${kReference} pays.` : ", and no peer’s setting did either.");
  }
  return `The cheapest setting within ${limit} violating requests costs Almanac ${ratio(cost)} times what ${kReference} pays; ` +
    (peer && typeof theirs === "number"
      ? `that of the best peer, ${peer.name}, ${ratio(theirs)} times: ${compared(theirs, cost)}.`
      : "no peer’s setting gets there at all.");
}
