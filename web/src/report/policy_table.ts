// Every policy on the same plant. Sorted by what the reader clicks, references last.

import { kColumnWords, kReference, readBetween } from "../shared/comparison";
import { h } from "../shared/dom";
import { count, ratio, share } from "../shared/format";
import { defaultSort, sortPolicies, type SortKey } from "./headline";
import type { PolicyResult, Report } from "./types";

interface ColumnOf {
  key: SortKey;
  title: string;
  unit?: string;
  text: (policy: PolicyResult) => string;
  beside?: (policy: PolicyResult) => string | null; // in small letters
}

const cost = (value: number | null | undefined): string => (value === null ? "never" : ratio(value));

const columns: ColumnOf[] = [
  { key: "cost_within_0.1%", title: "Within 0.1 %", unit: "× clairvoyant", text: (p) => cost(p["cost_within_0.1%"]), beside: (p) => readBetween(p["cost_at_0.1%"]) },
  { key: "cost_within_1%", title: "Within 1 %", unit: "× clairvoyant", text: (p) => cost(p["cost_within_1%"]), beside: (p) => readBetween(p["cost_at_1%"]) },
  { key: "cost", title: "Cost as run", unit: "× clairvoyant", text: (p) => ratio(p.cost) },
  { key: "instance_hours", title: "Instance-hours", text: (p) => count(p.instance_hours) },
  { key: "violating_share", title: "Violating", unit: "of requests", text: (p) => share(p.violating_share) },
  { key: "violation_minutes", title: "Violating", unit: "minutes", text: (p) => count(p.violation_minutes) },
  { key: "changes_per_day", title: "Changes", unit: "a day", text: (p) => ratioOne(p.changes_per_day) },
];

function ratioOne(value: number | undefined): string {
  return value === undefined ? "–" : value >= 100 ? count(value) : value.toFixed(1);
}

export function policyTable(report: Report): HTMLElement {
  const shown = columns.filter(({ key }) => report.policies.some((policy) => policy[key] !== undefined && (key !== "cost" || policy.cost !== null)));
  let sort = defaultSort(report);
  let descending = false;
  const body = h("tbody");
  const heads = new Map<SortKey, HTMLTableCellElement>();

  const fill = (): void => {
    body.replaceChildren(...sortPolicies(report.policies, sort, descending).map((policy) => row(policy, shown, report)));
    for (const [key, head] of heads) {
      if (key === sort) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
  };

  const head = h("tr", {}, h("th", { scope: "col" }, "Policy"), ...shown.map(({ key, title, unit }) => {
    const button = h("button", { type: "button" }, title, unit ? h("small", {}, unit) : null);
    button.addEventListener("click", () => {
      descending = sort === key && !descending;
      sort = key;
      fill();
    });
    const cell = h("th", { scope: "col", class: "number" }, button);
    heads.set(key, cell);
    return cell;
  }));
  fill();
  return h("section", { "aria-labelledby": "policies" },
    h("h2", { id: "policies" }, "Policies"),
    h("p", { class: "prose" }, "Every policy decided for the same instances, on the same load, with the same launch delay. ",
      `Cost is instance-hours relative to ${kReference}. `,
      shown.some(({ key }) => key.startsWith("cost_within")) ? kColumnWords : ""),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Policies compared" },
      h("table", { class: "policies" }, h("thead", {}, head), body)));
}

const small = (text: string | null): HTMLElement | null => (text === null ? null : h("small", {}, text));

function row(policy: PolicyResult, shown: ColumnOf[], report: Report): HTMLTableRowElement {
  return h("tr", { class: policy.role },
    h("th", { scope: "row" }, policy.name, policy.knob ? h("small", {}, policy.knob) : null),
    ...shown.map(({ key, text, beside }) => {
      const value = policy[key];
      const over = key === "violating_share" && policy.violating_share > report.run.objective;
      const never = value === null;
      return h("td", { class: `number${over ? " over" : ""}${never ? " never" : ""}` }, text(policy), small(beside?.(policy) ?? null));
    }));
}
