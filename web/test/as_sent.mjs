// Answers made of formulas count in seconds; the daemon and the report write ISO 8601. The same value with the properties
// of these names as those write them.

export const iso = (time) => new Date(time * 1000).toISOString().replace(/\.\d+Z$/, "Z");

export function asSent(value, names) {
  if (Array.isArray(value)) return value.map((each) => asSent(each, names));
  if (typeof value !== "object" || value === null) return value;
  // "now" is a time of an answer and the demand of a group, which no group has as large.
  const written = (field) => (typeof field === "number" && field > 1e8 ? iso(field) : field);
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      if (!names.has(name) || typeof field === "object" && field !== null && !Array.isArray(field)) return [name, asSent(field, names)];
      return [name, Array.isArray(field) ? field.map(written) : written(field)];
    }),
  );
}
