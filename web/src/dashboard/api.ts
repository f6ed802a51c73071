// Asking the daemon. Addresses are relative to the page, so that it also works behind a proxy's prefix.

import { apiTimes } from "../../dist/api";
import { withSeconds } from "../shared/times";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

type Query = Record<string, string | number | null | undefined>;

export function apiPath(parts: (string | number)[], query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") search.set(name, String(value));
  }
  const text = search.toString();
  return `api/v1/${parts.map((part) => encodeURIComponent(String(part))).join("/")}${text ? `?${text}` : ""}`;
}

export async function get<T>(parts: (string | number)[], query: Query = {}, signal?: AbortSignal): Promise<T> {
  return ask<T>(apiPath(parts, query), { cache: "no-cache", ...(signal ? { signal } : {}) });
}

// `body` is text as it is (a calendar) or an object to be sent as JSON.
export async function send<T>(
  method: "POST" | "DELETE",
  parts: (string | number)[],
  body?: unknown,
  more: { token?: string; query?: Query; type?: string } = {},
): Promise<T> {
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["Content-Type"] = more.type ?? "application/json";
  if (more.token !== undefined) headers["Authorization"] = `Bearer ${more.token}`;
  const text = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
  return ask<T>(apiPath(parts, more.query ?? {}), { method, headers, ...(text === null ? {} : { body: text }) });
}

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "The daemon does not answer.");
  }
  const value: unknown = parsed(await response.text(), response.status);
  if (response.ok) return value as T;
  const told = (value as { error?: { code?: string; message?: string } } | null)?.error;
  throw new ApiError(response.status, told?.code ?? "http", told?.message ?? `The daemon answered with status ${response.status}.`);
}

// An answer that is no JSON is as good as none: its status says more. One that states a time as nobody agreed upon is wrong.
function parsed(text: string, status: number): unknown {
  let value: unknown = null;
  try {
    value = text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
  try {
    return withSeconds(value, apiTimes);
  } catch (error) {
    throw new ApiError(status, "unreadable", `The daemon's answer cannot be read: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
