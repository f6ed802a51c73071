// What the fleet's page says about its groups: counting, wording, no drawing.

import { clock, count, day, duration, instances } from "../shared/format";
import { unitName } from "../shared/unit";
import type { GroupSummary, Level, Overrides } from "./api_types";

export const levels: Level[] = ["critical", "warning", "notice", "ok"];

const words: Record<Level, [string, string]> = {
  critical: ["critical", "critical"],
  warning: ["warning", "warnings"],
  notice: ["notice", "notices"],
  ok: ["fine", "fine"],
};

// "6 groups: 1 critical, 2 warnings, 3 fine". Groups come by attention, so what is not loaded yet is at most as urgent as
// the last one that is; counts that could still grow are left out.
export function fleetSentence(loaded: GroupSummary[], total: number): string {
  const noun = `${count(total)} ${total === 1 ? "group" : "groups"}`;
  if (loaded.length === 0) return noun;
  const worstMissing = loaded.length < total ? levels.indexOf(loaded[loaded.length - 1]?.attention.level ?? "ok") : levels.length;
  const parts: string[] = [];
  levels.forEach((level, i) => {
    const n =
      i === 3 && loaded.length < total && worstMissing === 3
        ? total - loaded.filter((group) => group.attention.level !== "ok").length
        : loaded.filter((group) => group.attention.level === level).length;
    if (n > 0 && (i < worstMissing || (i === 3 && worstMissing === 3))) parts.push(`${count(n)} ${words[level][n === 1 ? 0 : 1]}`);
  });
  return parts.length > 0 ? `${noun}: ${parts.join(", ")}` : noun;
}

// "in 3 h", "now", "in 2 d": the nearest whole unit.
export function until(start: number, end: number, now: number): string {
  if (start <= now) return end > now ? "now" : "over";
  const wait = start - now;
  if (wait < 3600) return `in ${Math.max(1, Math.round(wait / 60))} min`;
  return wait < 86400 ? `in ${Math.round(wait / 3600)} h` : `in ${Math.round(wait / 86400)} d`;
}

// "18:00", or with its day when that is not today.
export function nearTime(time: number, now: number, zone: string): string {
  return day(time, zone) === day(now, zone) ? clock(time, zone) : `${day(time, zone)} ${clock(time, zone)}`;
}

// What people have laid over the group, each as a few words.
export function overrideWords(overrides: Overrides, now: number, zone: string): string[] {
  const end = (time: number | null): string => (time === null ? "" : ` until ${nearTime(time, now, zone)}`);
  const { pause, floor, mode } = overrides;
  return [
    pause ? `paused${end(pause.until)}` : null,
    floor ? `at least ${count(floor.capacity)}${end(floor.until)}` : null,
    mode ? `mode ${mode.mode} by hand${end(mode.until)}` : null,
  ].filter((text): text is string => text !== null);
}

// A reason without the advice that follows its colon: the group's page has both.
export function shortReason(reason: string): string {
  const end = reason.indexOf(": ");
  return end < 12 ? reason : reason.slice(0, end);
}

export function sparkLabel(group: GroupSummary): string {
  const line = group.demand.sparkline;
  const values = (line?.values ?? []).filter((value): value is number => value !== null);
  if (!line || values.length === 0) return "no load was measured";
  const span = duration(line.step_seconds * line.values.length);
  return `load of the last ${span}: ${instances(Math.min(...values))} to ${instances(Math.max(...values))} busy ${unitName(group.capacity.unit)}`;
}

// Keeps the order of arrival; a group that came again is replaced.
export function mergedGroups(old: GroupSummary[], more: GroupSummary[]): GroupSummary[] {
  const known = new Map(old.map((group) => [group.name, group]));
  for (const group of more) known.set(group.name, group);
  return [...known.values()];
}
