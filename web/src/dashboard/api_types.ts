// What the daemon answers, by the names that the pages use. The shapes are those of docs/openapi.yaml, from which the
// build writes dist/api.ts (tools/api_types.mjs); times are seconds since the epoch, as api.ts and live.ts read them.

import type { components } from "../../dist/api";

type Schemas = components["schemas"];

export type Status = Schemas["Status"];
export type Tick = Schemas["Tick"];
export type NamedSpan = Schemas["NamedSpan"];
export type Overrides = Schemas["Overrides"];
export type GroupSummary = Schemas["GroupSummary"];
export type Level = GroupSummary["attention"]["level"];
export type GroupList = Schemas["GroupList"];
export type Group = Schemas["Group"];
export type Quality = NonNullable<Group["quality"]>;
export type Series = Schemas["Series"];
export type Change = Series["changes"][number];
export type Decision = Schemas["Decision"];
export type Calendar = Schemas["Calendar"];
export type CalendarEntry = Calendar["events"][number];
export type Plan = Schemas["Plan"];
export type Savings = Schemas["Savings"];
export type Backtest = Schemas["Backtest"];
export type BacktestPolicy = NonNullable<Backtest["result"]>["policies"][number];
export type BacktestStarted = Schemas["BacktestStarted"];

// What the objective means when a group states none.
export const kUtilisation = 0.8;
