// What a group's capacity is counted in, as people say it. A group with weights counts units, vCPUs or MiB.

import { count } from "./format";

export type Unit = "instances" | "units" | "vcpus" | "mebibytes";

const names: Record<Unit, { one: string; many: string }> = {
  instances: { one: "instance", many: "instances" },
  units: { one: "unit", many: "units" },
  vcpus: { one: "vCPU", many: "vCPUs" },
  mebibytes: { one: "MiB", many: "MiB" },
};

export const unitName = (unit: Unit): string => names[unit].many;
// "1 instance", "12 vCPUs".
export const counted = (value: number | null, unit: Unit): string =>
  `${count(value)} ${value === 1 ? names[unit].one : names[unit].many}`;
// "instance-hours", "unit-hours".
export const unitHours = (unit: Unit): string => `${names[unit].one}-hours`;
