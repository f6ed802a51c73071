// Numbers and times as people read them. Missing is a dash, unreachable is "never", neither is 0.

const kMissing = "–";

const grouped = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 0 });

export function count(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return kMissing;
  return grouped.format(value);
}

// Instances needed are fractions, instances running are not: one decimal below 100, none above.
export function instances(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return kMissing;
  return Number.isInteger(value) || Math.abs(value) >= 100 ? grouped.format(value) : value.toFixed(1);
}

export function ratio(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return kMissing;
  return value >= 100 ? grouped.format(value) : value.toFixed(2);
}

// 0.00084 -> "0.084 %": two significant digits below 1 %, so that small shares stay apart. Never rounds to 0 or to 100.
export function share(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return kMissing;
  const percent = value * 100;
  if (percent === 0) return "0 %";
  if (percent < 0.0001) return "< 0.0001 %";
  if (percent < 1) return `${trimZeros(percent.toPrecision(2))} %`;
  if (percent < 10) return `${trimZeros(percent.toFixed(1))} %`;
  return `${percent > 99 && percent < 100 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

function trimZeros(text: string): string {
  if (text.includes("e")) return text;
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

// 5400 -> "1 h 30 min".
export function duration(seconds: number): string {
  const units: [number, string][] = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const parts: string[] = [];
  let rest = Math.round(seconds);
  for (const [size, name] of units) {
    const whole = Math.floor(rest / size);
    if (whole > 0) parts.push(`${whole} ${name}`);
    rest -= whole * size;
    if (parts.length === 2) break;
  }
  return parts.length > 0 ? parts.join(" ") : "0 s";
}

export type Zone = string; // an IANA name

const formats = new Map<string, Intl.DateTimeFormat>();

function formatter(zone: Zone, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", ...options });
    formats.set(key, found);
  }
  return found;
}

function parts(seconds: number, zone: Zone, options: Intl.DateTimeFormatOptions): Record<string, string> {
  const result: Record<string, string> = {};
  for (const part of formatter(zone, options).formatToParts(new Date(seconds * 1000))) result[part.type] = part.value;
  return result;
}

// "Fri 27 Nov"
export function day(seconds: number, zone: Zone): string {
  const p = parts(seconds, zone, { weekday: "short", day: "numeric", month: "short" });
  return `${p["weekday"]} ${p["day"]} ${monthName(p["month"])}`;
}

// "27 Nov 2026"
export function date(seconds: number, zone: Zone): string {
  const p = parts(seconds, zone, { day: "numeric", month: "short", year: "numeric" });
  return `${p["day"]} ${monthName(p["month"])} ${p["year"]}`;
}

// British English alone abbreviates one month to four letters.
function monthName(name: string | undefined): string {
  return name === "Sept" ? "Sep" : name ?? "";
}

// "08:00"
export function clock(seconds: number, zone: Zone): string {
  const p = parts(seconds, zone, { hour: "2-digit", minute: "2-digit" });
  return `${p["hour"]}:${p["minute"]}`;
}

// "Fri 27 Nov 08:00"
export function moment(seconds: number, zone: Zone): string {
  return `${day(seconds, zone)} ${clock(seconds, zone)}`;
}

// Sentences that come from the program have their times in UTC; on a page they are in the page's zone, like all others.
export function withTimesIn(text: string, zone: Zone): string {
  return text.replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z/g, (iso) => moment(Date.parse(iso) / 1000, zone));
}

// "18 Jun 1998 – 14 Jul 1998"; an end at midnight belongs to the day before.
export function span(start: number, end: number, zone: Zone): string {
  const last = end - 1;
  const from = date(start, zone), to = date(Math.max(start, last), zone);
  return from === to ? from : `${from} – ${to}`;
}
