// Small elements that every page uses: buttons, chips, and the three states before there is something to show.

import { h } from "../shared/dom";
import { ApiError } from "./api";

type Attributes = Parameters<typeof h>[1];

export function button(text: string, action: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = h("button", { type: "button", ...attributes }, text);
  made.addEventListener("click", action);
  return made;
}

export function loading(what: string): HTMLElement {
  return h("div", { class: "state loading", role: "status" }, h("span", { class: "pulse", "aria-hidden": "true" }), `Reading ${what} …`);
}

export function empty(title: string, ...advice: (string | Node)[]): HTMLElement {
  return h(
    "div",
    { class: "state" },
    h("h2", {}, title),
    ...advice.map((line) => (typeof line === "string" ? h("p", { class: "prose" }, line) : line)),
  );
}

// What the reader can do about an error; the error's own words stand before it.
export function adviceFor(error: ApiError): string {
  if (error.status === 0)
    return "Is `almanac run` still running, and is this machine still connected to it? The page tries again by itself.";
  switch (error.code) {
    case "not_found":
      return "It may have been renamed or removed from almanac.yaml; the fleet lists what there is.";
    case "read_only":
      return "Start the daemon with a token to allow writing.";
    case "permission_denied":
    case "unauthorized":
      return "This needs the token that the daemon was started with.";
    case "unavailable":
      return "The daemon runs, but cannot answer this now. `almanac doctor` names what is amiss; the page tries again by itself.";
    case "throttled":
      return "Too many requests at once. Wait a moment, then try again.";
    default:
      return error.status >= 500
        ? "The daemon’s log has the details. Try again, or ask `almanac doctor`."
        : "Try again with another choice.";
  }
}

export function failure(what: string, error: unknown, again?: () => void): HTMLElement {
  const known = error instanceof ApiError ? error : new ApiError(-1, "page", String(error));
  return h(
    "div",
    { class: "state failure", role: "alert" },
    h("h2", {}, `${what} could not be read`),
    h("p", {}, known.message),
    h("p", { class: "prose" }, ...withCode(adviceFor(known))),
    again ? h("p", {}, button("Try again", again)) : null,
  );
}

// `code` between backquotes becomes a code element.
export function withCode(text: string): (string | Node)[] {
  return text.split("`").map((part, i) => (i % 2 === 1 ? h("code", {}, part) : part));
}

export function section(id: string, title: string, ...children: (Node | string | null)[]): HTMLElement {
  return h("section", { "aria-labelledby": id, class: id }, h("h2", { id }, title), ...children);
}

export function scrolling(label: string, ...children: Node[]): HTMLElement {
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, ...children);
}
