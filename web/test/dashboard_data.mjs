// Groups that behave like real ones, made from formulas of time alone: what dashboard_server.mjs answers with.

export const kStep = 300,
  kDay = 86400,
  kBoot = 8 * 60;

const hash = (text) => [...text].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7);
function noise(seed, i) {
  let t = Math.imul((seed + i * 0x9e3779b9) ^ (i >>> 7), 0x85ebca6b) >>> 0;
  t ^= t >>> 13;
  t = Math.imul(t, 0xc2b2ae35) >>> 0;
  return ((t ^ (t >>> 16)) >>> 0) / 4294967296 - 0.5;
}
export const round = (value) => (value === null ? null : Number(value.toPrecision(4)));

const kinds = {
  sale: { rise: 1.9, hours: 4, names: ["Spring sale", "Members' evening", "Black Friday", "Clearance"] },
  newsletter: { rise: 0.7, hours: 1.5, names: ["Tuesday letter", "Friday letter"] },
  maintenance: { rise: -0.2, hours: 2, names: ["Database maintenance"] },
};

// A newsletter on Tuesdays and Fridays, a sale every ninth day, from the days since the epoch alone.
export function eventsIn(from, to) {
  const found = [];
  for (let d = Math.floor(from / kDay) - 1; d * kDay < to; ++d) {
    const weekday = (d + 4) % 7;
    const add = (kind, hour, name) => {
      const start = d * kDay + hour * 3600,
        end = start + kinds[kind].hours * 3600;
      if (start < to && end > from) found.push({ id: `${kind}-${d}`, name, kind, start, end });
    };
    if (weekday === 2) add("newsletter", 8, "Tuesday letter");
    if (weekday === 5) add("newsletter", 15, "Friday letter");
    if (d % 9 === 0) add("sale", 17, kinds.sale.names[(d / 9) % 4]);
    if (d % 30 === 11) add("maintenance", 2, "Database maintenance");
  }
  return found.sort((a, b) => a.start - b.start);
}

export function demandAt(group, time) {
  const seed = hash(group.name),
    i = Math.floor(time / kStep);
  if (group.gap && time % (11 * kDay) > 4 * kDay && time % (11 * kDay) < 4 * kDay + 5400) return null;
  const spike = noise(seed + 3, Math.floor(i / 2)) > 0.497 ? 1.45 : 1;
  return spike * mean(group, time) * (1 + 0.1 * noise(seed, i) + 0.1 * noise(seed + 1, Math.floor(i / 6)));
}

function mean(group, time) {
  const hour = (time / 3600) % 24,
    weekday = (Math.floor(time / kDay) + 4) % 7;
  const weekend = weekday === 0 || weekday === 6 ? 0.72 : 1;
  const daily =
    0.25 + 0.75 * Math.max(0, Math.sin(((hour - 6.5) / 24) * 2 * Math.PI) * 0.6 + 0.42 + 0.18 * Math.sin(((hour - 4) / 12) * 2 * Math.PI));
  let value = group.size * daily * weekend;
  for (const event of eventsIn(time - 7200, time + 1800)) {
    const into = (time - event.start) / 3600,
      kind = kinds[event.kind];
    if (into < -0.2 || into > kind.hours + 0.5) continue;
    const shape =
      into < 0.25 ? Math.max(0, (into + 0.2) / 0.45) : into > kind.hours ? 1 - (into - kind.hours) * 2 : 1 - 0.45 * (into / kind.hours);
    value *= 1 + kind.rise * Math.max(0, shape);
  }
  return value;
}

const nearEvent = (time) => eventsIn(time - 1800, time + 1800).length > 0;

export function forecastAt(group, time) {
  const ahead = kBoot + kStep;
  const centre =
    Math.max(mean(group, time), mean(group, time + ahead)) * 1.03 * (1 + 0.04 * noise(hash(group.name) + 9, Math.floor(time / 900)));
  const spread = nearEvent(time) ? 1.6 : 1;
  return { q50: centre, q90: centre * (1 + 0.09 * spread), q99: centre * (1 + 0.2 * spread) };
}

export function desiredAt(group, time) {
  let highest = 0;
  for (let back = 0; back <= 2; ++back) highest = Math.max(highest, forecastAt(group, time - back * kStep).q99 * 0.97);
  return Math.min(group.max, Math.max(group.min, Math.ceil(highest / group.utilisation)));
}

export function inServiceAt(group, time) {
  return Math.min(desiredAt(group, time), Math.max(desiredAt(group, time - 2 * kStep), desiredAt(group, time - kStep) - 3));
}

export function series(group, from, to, step, now) {
  const columns = { time: [], demand: [], peak: [], q50: [], q90: [], q99: [], desired: [], in_service: [], violating: [], health: [] };
  const changes = [];
  const begin = Math.ceil(Math.max(from, now - 70 * kDay) / step) * step,
    end = Math.min(to, now);
  for (let time = begin; time < end; time += step) {
    const demand = demandAt(group, time),
      f = forecastAt(group, time),
      have = inServiceAt(group, time),
      want = desiredAt(group, time);
    const peak = demand === null ? null : demand * (1.04 + 0.06 * Math.abs(noise(5, time / step)));
    const need = peak === null ? 0 : peak / group.utilisation;
    columns.time.push(time);
    columns.demand.push(round(demand));
    columns.peak.push(round(peak));
    columns.q50.push(round(f.q50));
    columns.q90.push(round(f.q90));
    columns.q99.push(round(f.q99));
    columns.desired.push(want);
    columns.in_service.push(have);
    columns.violating.push(peak === null ? null : need > have ? round(Math.min(1, (need / have - 1) * 3)) : 0);
    columns.health.push(demand === null ? "hold" : "full");
  }
  for (let i = 1; i < columns.time.length; ++i) {
    if (columns.desired[i] !== columns.desired[i - 1])
      changes.push({ time: columns.time[i], before: columns.desired[i - 1], after: columns.desired[i] });
  }
  return {
    from: begin,
    to: Math.max(begin, end),
    step_seconds: step,
    ...columns,
    events: eventsIn(from, to >= now ? now + 6 * 3600 : to).map(({ name, kind, start, end: last }) => ({ name, kind, start, end: last })),
    changes,
    planned: planned(group, now, 6 * 3600),
    boundary: now,
  };
}

export function planned(group, now, ahead, scale = 1) {
  const result = { time: [], q50: [], q90: [], q99: [], capacity: [] };
  for (let time = now; time < now + ahead; time += kStep) {
    const f = forecastAt(group, time),
      wider = 1 + 0.12 * Math.sqrt((time - now) / 21600);
    result.time.push(time);
    result.q50.push(round(f.q50 * scale));
    result.q90.push(round(f.q90 * wider * scale));
    result.q99.push(round(f.q99 * wider * wider * scale));
    result.capacity.push(Math.min(group.max, Math.max(group.min, Math.ceil((f.q99 * wider * scale) / group.utilisation))));
  }
  return result;
}

export function makeGroups(count) {
  const named = [
    { name: "shop", size: 24, min: 2, max: 90, timezone: "Europe/Paris", mode: "own" },
    {
      name: "checkout",
      size: 9,
      min: 2,
      max: 40,
      timezone: "Europe/Paris",
      mode: "floor",
      level: "warning",
      reasons: ["violating 0.31 % of requests in 7 days, objective 0.1 %"],
    },
    {
      name: "search-api",
      size: 60,
      min: 6,
      max: 240,
      timezone: "America/New_York",
      mode: "own",
      level: "critical",
      reasons: ["no metrics for 35 min: capacity is held", "model is 3 days old"],
      health: "hold",
      gap: true,
    },
    {
      name: "media-transcode",
      size: 14,
      min: 0,
      max: 60,
      timezone: "UTC",
      mode: "observe",
      level: "notice",
      reasons: ["paused until 18:00: load test"],
    },
    { name: "auth", size: 5, min: 3, max: 20, timezone: "Asia/Kolkata", mode: "own" },
    {
      name: "recommendations-europe-west-canary",
      size: 3,
      min: 1,
      max: 12,
      timezone: "Europe/Berlin",
      mode: "observe",
      health: "reactive",
      level: "notice",
      reasons: ["2 days of history: it follows what arrives"],
    },
  ];
  const groups = named.slice(0, count);
  const words = ["ingest", "render", "billing", "mail", "geo", "feed", "push", "image", "edge", "score"];
  for (let i = groups.length; i < count; ++i) {
    const level = i % 97 === 0 ? "critical" : i % 41 === 0 ? "warning" : i % 23 === 0 ? "notice" : "ok";
    groups.push({
      name: `${words[i % 10]}-${String(i).padStart(4, "0")}`,
      size: 2 + (hash(`g${i}`) % 40),
      min: 1,
      max: 200,
      timezone: "UTC",
      mode: ["own", "floor", "observe"][i % 3],
      level,
      reasons: level === "ok" ? [] : ["violating 0.2 % of requests in 7 days, objective 0.1 %"],
    });
  }
  return groups.map((group) => ({
    utilisation: 0.8,
    level: "ok",
    reasons: [],
    health: "full",
    overrides: { pause: null, floor: null, mode: null },
    ...group,
  }));
}
