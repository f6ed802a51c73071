// What an operator may do to a group, each as a dialog that asks why and until when; sent with the token.

import { h } from "../shared/dom";
import { iso } from "../shared/times";
import { ApiError, send } from "./api";
import type { Group, Overrides } from "./api_types";
import { button } from "./controls";
import { prefs, token } from "./prefs";

export type ActionName = "pause" | "floor" | "mode" | "train";

interface Form {
  title: string;
  words: string;
  verb: string;
  until: "needed" | "optional" | "none";
}

const forms: Record<ActionName, Form> = {
  pause: {
    title: "Pause",
    words: "Almanac goes on deciding and recording, but sends nothing until the pause ends.",
    verb: "Pause",
    until: "needed",
  },
  floor: {
    title: "Hold a floor",
    words: "Capacity stays at or above this number until then; the forecast may still ask for more.",
    verb: "Hold",
    until: "needed",
  },
  mode: {
    title: "Change the mode",
    words:
      "Until it ends, this replaces the mode of almanac.yaml. Observe records only; floor raises the group’s minimum; own sets its capacity.",
    verb: "Change",
    until: "optional",
  },
  train: {
    title: "Train again",
    words:
      "Trains the forecasters on the whole history now instead of at the quiet hour. Decisions go on with the present model meanwhile.",
    verb: "Train",
    until: "none",
  },
};

export const untilChoices: { name: string; seconds: number }[] = [
  { name: "for 1 hour", seconds: 3600 },
  { name: "for 4 hours", seconds: 4 * 3600 },
  { name: "for 12 hours", seconds: 12 * 3600 },
  { name: "for 1 day", seconds: 86400 },
  { name: "for 3 days", seconds: 3 * 86400 },
  { name: "for 7 days", seconds: 7 * 86400 },
];

// What is sent; null stands for "until it is taken back".
export function actionBody(
  name: ActionName,
  fields: { seconds: number | null; capacity: number; mode: string; why: string; who: string },
  now: number,
): Record<string, unknown> {
  const until = fields.seconds === null ? null : iso(Math.ceil((now + fields.seconds) / 60) * 60);
  return {
    why: fields.why.trim(),
    who: fields.who.trim(),
    ...(forms[name].until === "none" ? {} : { until }),
    ...(name === "floor" ? { capacity: fields.capacity } : {}),
    ...(name === "mode" ? { mode: fields.mode } : {}),
  };
}

export interface ActionHost {
  now(): number;
  done(overrides: Overrides | null, words: string): void;
}

function field(label: string, control: HTMLElement, hint = ""): HTMLElement {
  return h("label", { class: "field" }, h("span", {}, label), control, hint ? h("small", {}, hint) : null);
}

function tokenField(): { element: HTMLElement; input: HTMLInputElement } {
  const input = h("input", { type: "password", name: "token", autocomplete: "off", required: true, spellcheck: "false" });
  input.value = token.get() ?? "";
  return { element: field("Token", input, "kept in this tab only, until you close it"), input };
}

interface Question {
  title: string;
  verb: string;
  fields: (HTMLElement | null)[]; // what this action asks beside why, who and the token
  whyNeeded: boolean;
  send(secret: string, why: string, who: string): Promise<Overrides | null | ApiError>;
  done(answer: Overrides | null): void;
}

// The dialog that every action is: who, why, the token, and the daemon's refusal in words. It removes itself when closed.
function ask(group: Group, question: Question): HTMLDialogElement {
  const why = h("input", { type: "text", name: "why", required: question.whyNeeded, maxlength: 1000, autocomplete: "off" });
  const who = h("input", { type: "text", name: "who", required: true, maxlength: 200, autocomplete: "username", value: prefs.who });
  const secret = tokenField();
  const problem = h("p", { class: "problem", role: "alert" });
  const go = h("button", { type: "submit", class: "primary" }, question.verb);
  const dialog = h("dialog", { "aria-labelledby": "action-title", class: "action" });
  const cancel = button("Cancel", () => dialog.close());
  const inputs = h(
    "form",
    {},
    h("h2", { id: "action-title" }, `${question.title}: ${group.name}`),
    ...question.fields,
    field("Why", why, "recorded in the ledger"),
    field("Who", who),
    secret.element,
    problem,
    h("p", { class: "actions" }, cancel, go),
  );
  inputs.addEventListener("submit", (event) => {
    event.preventDefault();
    prefs.who = who.value.trim();
    go.disabled = true;
    problem.textContent = "";
    void question.send(secret.input.value, why.value.trim(), who.value.trim()).then((answer) => {
      go.disabled = false;
      if (answer instanceof ApiError) {
        problem.textContent = answer.message;
        if (token.get() === null) secret.input.select();
        return;
      }
      dialog.close();
      question.done(answer);
    });
  });
  dialog.append(inputs);
  return opened(dialog);
}

export function openAction(name: ActionName, group: Group, host: ActionHost): HTMLDialogElement {
  const form = forms[name];
  const capacity = h("input", {
    type: "number",
    name: "capacity",
    min: 0,
    step: 1,
    required: true,
    value: group.capacity.desired ?? 1,
    ...(group.capacity.max === null ? {} : { max: group.capacity.max }),
  });
  const mode = h(
    "select",
    { name: "mode" },
    ...["observe", "floor", "own"].map((each) => h("option", { value: each, selected: each === group.mode }, each)),
  );
  const until = h(
    "select",
    { name: "until" },
    ...untilChoices.map(({ name: text, seconds }) => h("option", { value: seconds }, text)),
    form.until === "optional" ? h("option", { value: "" }, "until it is taken back") : null,
  );
  return ask(group, {
    title: form.title,
    verb: form.verb,
    whyNeeded: true,
    fields: [
      h("p", { class: "prose" }, form.words),
      name === "floor" ? field("Instances", capacity) : null,
      name === "mode" ? field("Mode", mode) : null,
      form.until === "none" ? null : field("How long", until),
    ],
    send: (secret, why, who) => {
      const seconds = until.value === "" ? null : Number(until.value);
      const body = actionBody(name, { seconds, capacity: Number(capacity.value), mode: mode.value, why, who }, host.now());
      return attempt("POST", group.name, name, secret, body);
    },
    done: (answer) => host.done(answer, name === "train" ? "Training has been asked for." : `${form.title}: done.`),
  });
}

// Takes an override back; asks for the token, which may be known.
export function openClear(name: "pause" | "floor" | "mode", group: Group, host: ActionHost): HTMLDialogElement {
  const title = { pause: "End the pause", floor: "End the floor", mode: "Back to the configured mode" }[name];
  return ask(group, {
    title,
    verb: title,
    whyNeeded: false,
    fields: [],
    send: (secret, why, who) => attempt("DELETE", group.name, name, secret, undefined, { why, who }),
    done: (answer) => host.done(answer, `${title}: done.`),
  });
}

function opened(dialog: HTMLDialogElement): HTMLDialogElement {
  document.body.append(dialog);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.showModal();
  return dialog;
}

async function attempt(
  method: "POST" | "DELETE",
  group: string,
  what: string,
  secret: string,
  body?: unknown,
  query?: Record<string, string>,
): Promise<Overrides | null | ApiError> {
  try {
    const answer = await send<Overrides | null>(method, ["groups", group, what], body, { token: secret, ...(query ? { query } : {}) });
    token.set(secret);
    return answer;
  } catch (error) {
    const known = error instanceof ApiError ? error : new ApiError(-1, "page", String(error));
    if (known.status === 401 || known.status === 403) token.set(null);
    return known;
  }
}
