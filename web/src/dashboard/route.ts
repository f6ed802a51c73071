// Addresses within the dashboard: "#/groups/shop/calendar?days=14". Pure text, so that every page can be linked to.

export type Page = "fleet" | "group" | "calendar" | "backtest";

export interface Route {
  page: Page;
  group: string; // empty on the fleet's page
  query: Record<string, string>;
}

const pageOfTail: Record<string, Page> = { "": "group", calendar: "calendar", backtest: "backtest" };

// What is no address of a page is the fleet.
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#/, "");
  const mark = text.indexOf("?");
  const path = mark < 0 ? text : text.slice(0, mark);
  const query = Object.fromEntries(new URLSearchParams(mark < 0 ? "" : text.slice(mark + 1)));
  const parts = path.split("/").filter((part) => part !== "");
  const page = pageOfTail[parts[2] ?? ""];
  const group = decoded(parts[1] ?? "");
  if (parts[0] !== "groups" || !group || !page || parts.length > 3) return { page: "fleet", group: "", query };
  return { page, group, query };
}

export function routeTo(page: Page, group = "", query: Record<string, string | undefined> = {}): string {
  const path = page === "fleet" ? "/" : `/groups/${encodeURIComponent(group)}${page === "group" ? "" : `/${page}`}`;
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "");
  const search = new URLSearchParams(given).toString();
  return `#${path}${search ? `?${search}` : ""}`;
}

// A whole number of the query, or null.
export function numberOf(route: Route, name: string): number | null {
  const text = route.query[name];
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : null;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}
