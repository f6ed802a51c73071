#include "calendar/ical_event.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <initializer_list>

#include "calendar/ical_values.h"
#include "calendar/reporter.h"
#include "calendar/text.h"

namespace almanac::calendar {
namespace {

class EventReader : Reporter {
 public:
  EventReader(const IcalContext& context, std::vector<Problem>& problems)
      : Reporter(context.name, problems), context_(context) {}

  std::optional<Draft> read(const IcalBlock& block);

 private:
  void read_labels(icalcomponent* event, Draft& draft);
  void read_extensions(icalcomponent* event, Draft& draft);
  void report_damage(icalcomponent* event, const Draft& draft);
  void read_recurrence(icalcomponent* event, const IcalBlock& block, Draft& draft);
  bool read_span(icalcomponent* event, Draft& draft);
  bool read_length(icalcomponent* event, const IcalMoment& start, Draft& draft);
  bool taken_as_cancelled(icalcomponent* event, const Draft& draft);
  std::shared_ptr<const Zone> wall_of_start(icalcomponent* event, icalproperty* start);
  std::optional<IcalMoment> read_time(icalproperty* property, const icaltimetype& time,
                                      const std::shared_ptr<const Zone>& wall, const Draft& draft,
                                      std::string_view consequence);
  std::optional<Timestamp> quiet_time(icalproperty* property, const icaltimetype& time);
  std::optional<Length> read_period(icalproperty* property, const IcalMoment& start, const Draft& draft);

  const IcalContext& context_;
};

// EST and MST: to the zone database offsets, to most people the clocks of New York and Denver.
bool has_no_summer_time(const std::string& tzid, const Zone& zone) {
  constexpr Timestamp kSummer = std::chrono::sys_days{std::chrono::year{2026} / 7 / 1};
  const Duration hours = zone.at(kSummer).utc_offset / kHour * kHour;
  return (tzid == "EST" && hours == -5 * kHour) || (tzid == "MST" && hours == -7 * kHour);
}

// `wall` is where a time without a zone belongs; null: not known.
std::optional<IcalMoment> EventReader::read_time(icalproperty* property, const icaltimetype& time,
                                                 const std::shared_ptr<const Zone>& wall, const Draft& draft,
                                                 std::string_view consequence) {
  const std::string place = fmt::format("{}: {}", draft.where, icalproperty_get_property_name(property));
  const auto value = to_time(time, property);
  if (!value) {
    problem(place,
            fmt::format("found {}; expected a time such as 20261127T090000Z; {}", written(property), consequence));
    return std::nullopt;
  }
  if (value->is_utc) return IcalMoment{value->local, Zone::utc(), false, false};
  bool floating = value->tzid.empty();
  const auto& here = wall || !value->is_date ? wall : context_.days_zone;
  auto zone = floating ? here : context_.zones.find(value->tzid);
  const auto kind = icalproperty_isa(property);
  const bool of_a_series = kind == ICAL_RECURRENCEID_PROPERTY || kind == ICAL_EXDATE_PROPERTY;
  if (!zone && here && (value->is_date || of_a_series)) {
    doubt(place, fmt::format("TZID {} is not a known time zone; {} is read in {}", in_quotes(value->tzid),
                             value->is_date ? "the day" : "what names an occurrence", here->name()));
    zone = here;
    floating = true;
  }
  if (zone) {
    if (kind == ICAL_DTSTART_PROPERTY && has_no_summer_time(value->tzid, *zone))
      doubt(place,
            fmt::format("TZID {} is an offset without summer time, as no VTIMEZONE in the file says otherwise; the "
                        "clocks of a place are named as America/New_York is",
                        in_quotes(value->tzid)));
    if (!value->is_date && zone->skips(value->local))
      doubt(place, fmt::format("{} does not exist in {}: clocks jump over it; {} is used", written(property),
                               zone->name(), format_zoned(zone->to_utc(value->local), *zone)));
    return IcalMoment{value->local, zone, value->is_date, floating};
  }
  problem(place, floating ? fmt::format("a time without a zone, and the calendar's zone is not known; {}", consequence)
                          : fmt::format("TZID {} is neither an IANA name such as Europe/Paris, nor a Windows zone such "
                                        "as \"W. Europe Standard Time\", nor defined by a VTIMEZONE in the file; {}",
                                        in_quotes(value->tzid), consequence));
  return std::nullopt;
}

// A time that nothing is lost without.
std::optional<Timestamp> EventReader::quiet_time(icalproperty* property, const icaltimetype& time) {
  const auto value = to_time(time, property);
  if (!value) return std::nullopt;
  auto zone = value->is_utc ? Zone::utc() : value->tzid.empty() ? context_.zone : context_.zones.find(value->tzid);
  return zone ? std::optional{zone->to_utc(value->local)} : std::nullopt;
}

// What libical says of the lines that it left out.
std::vector<std::string> damage_of(icalcomponent* event) {
  std::vector<std::string> messages;
  for (icalproperty* error = icalcomponent_get_first_property(event, ICAL_XLICERROR_PROPERTY); error != nullptr;
       error = icalcomponent_get_next_property(event, ICAL_XLICERROR_PROPERTY)) {
    const char* text = icalproperty_get_xlicerror(error);
    messages.push_back(text == nullptr ? "" : clean(std::string_view{text}.substr(0, 160)));
  }
  return messages;
}

// ": found ..." for a property that was there and could not be read, else nothing.
std::string found_instead(icalcomponent* event, std::string_view property) {
  constexpr std::string_view kBeforeValue = "Removing entire property: ";
  for (const std::string& message : damage_of(event)) {
    if (message.find(property) == std::string::npos) continue;
    const std::size_t value = message.find(kBeforeValue);
    return ": found " + in_quotes(value == std::string::npos ? message : message.substr(value + kBeforeValue.size()));
  }
  return "";
}

// Whether something that decides is lost with a line that libical left out: an empty description is none, a place that
// cannot be read neither.
bool matters(std::string_view damage) {
  constexpr std::string_view kDeciding[] = {"DTSTART", "DTEND",      "DURATION",      "RRULE",
                                            "RDATE",   "EXDATE",     "RECURRENCE-ID", "STATUS",
                                            "SUMMARY", "CATEGORIES", "SEQUENCE",      "X-ALMANAC-"};
  constexpr std::string_view kEmpty = "No value for ";
  const bool empty = damage.starts_with(kEmpty);
  return std::any_of(std::begin(kDeciding), std::end(kDeciding), [&](std::string_view property) {
    const bool required = property == "DTEND" || property == "DURATION" || property == "RECURRENCE-ID";
    return damage.find(property) != std::string_view::npos && (!empty || required);
  });
}

// Whether an event is what it would be without a line that libical left out: the property stands once more, a length
// stands in for an end, or an occurrence is named by nothing at all.
bool does_without(icalcomponent* event, std::string_view damage) {
  struct Property {
    std::string_view name;
    std::initializer_list<icalproperty_kind> stand_in;
  };
  const Property kOfOneValue[] = {{"DTSTART", {ICAL_DTSTART_PROPERTY}},
                                  {"DTEND", {ICAL_DTEND_PROPERTY, ICAL_DURATION_PROPERTY}},
                                  {"DURATION", {ICAL_DURATION_PROPERTY, ICAL_DTEND_PROPERTY}},
                                  {"RECURRENCE-ID", {ICAL_RECURRENCEID_PROPERTY}},
                                  {"STATUS", {ICAL_STATUS_PROPERTY}},
                                  {"SUMMARY", {ICAL_SUMMARY_PROPERTY}}};
  if (damage.starts_with("No value for RECURRENCE-ID ")) return true;
  return std::any_of(std::begin(kOfOneValue), std::end(kOfOneValue), [&](const Property& property) {
    return damage.find(fmt::format(" {} property", property.name)) != std::string_view::npos &&
           std::any_of(property.stand_in.begin(), property.stand_in.end(),
                       [&](icalproperty_kind kind) { return icalcomponent_count_properties(event, kind) > 0; });
  });
}

void EventReader::report_damage(icalcomponent* event, const Draft& draft) {
  // Told where they are missed, each with its own reason: the rule, a start, and an end that nothing stands in for.
  std::vector<std::string_view> elsewhere{"RRULE"};
  if (!draft.cancelled && icalcomponent_count_properties(event, ICAL_DTSTART_PROPERTY) == 0) {
    elsewhere.insert(elsewhere.end(), {"DTSTART", "DTEND", "DURATION"});
  } else if (!draft.cancelled && icalcomponent_count_properties(event, ICAL_DTEND_PROPERTY) == 0 &&
             icalcomponent_count_properties(event, ICAL_DURATION_PROPERTY) == 0) {
    const icalproperty* start = icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY);
    if (!icalproperty_get_dtstart(start).is_date) elsewhere.push_back("DTEND");
  }
  for (const std::string& message : damage_of(event)) {
    const bool told = std::any_of(elsewhere.begin(), elsewhere.end(), [&](std::string_view property) {
      return message.find(property) != std::string::npos;
    });
    if (told || !matters(message)) continue;
    const std::string text = "a line that cannot be read is not used: " + message;
    does_without(event, message) ? doubt(draft.where, text) : problem(draft.where, text);
  }
  for (const auto& [kind, label] : {std::pair{ICAL_DTSTART_PROPERTY, "DTSTART"},
                                    {ICAL_DTEND_PROPERTY, "DTEND"},
                                    {ICAL_DURATION_PROPERTY, "DURATION"},
                                    {ICAL_UID_PROPERTY, "UID"}})
    if (icalcomponent_count_properties(event, kind) > 1)
      doubt(draft.where + ": " + label, "stands more than once; the first one is used");
  if (icalcomponent_count_properties(event, ICAL_EXRULE_PROPERTY) > 0)
    problem(draft.where + ": EXRULE", "no longer part of iCalendar (RFC 5545); not used: list the dates as EXDATE");
}

std::string text_of(icalcomponent* event, icalproperty_kind kind) {
  icalproperty* property = icalcomponent_get_first_property(event, kind);
  if (property == nullptr) return {};
  const char* text = icalvalue_get_text(icalproperty_get_value(property));
  return text == nullptr ? "" : clean(text);
}

std::string value_of(icalcomponent* event, icalproperty_kind kind, std::string_view x_name = {}) {
  for (icalproperty* property = icalcomponent_get_first_property(event, kind); property != nullptr;
       property = icalcomponent_get_next_property(event, kind)) {
    const char* name = icalproperty_get_x_name(property);
    if (!x_name.empty() && property_name(name == nullptr ? "" : name) != x_name) continue;
    const char* text = icalproperty_get_value_as_string(property);
    return text == nullptr ? "" : clean(text);
  }
  return {};
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

// Outlook leaves a meeting that was called off in the calendars of those invited, as "Canceled: ..." and free time but
// with STATUS:CONFIRMED. Both marks together are its own; a name alone proves nothing.
bool EventReader::taken_as_cancelled(icalcomponent* event, const Draft& draft) {
  const std::string name = upper(draft.entry.first.name);
  if (!name.starts_with("CANCELED: ") && !name.starts_with("CANCELLED: ")) return false;
  const bool is_free = upper(value_of(event, ICAL_X_PROPERTY, "X-MICROSOFT-CDO-BUSYSTATUS")) == "FREE";
  doubt(draft.where,
        fmt::format("named {}, but STATUS is not CANCELLED; {}", in_quotes(draft.entry.first.name),
                    is_free ? "shown as free, as Outlook marks what is called off: taken as cancelled" : "used"));
  return is_free;
}

void EventReader::read_labels(icalcomponent* event, Draft& draft) {
  Event& first = draft.entry.first;
  if (icalproperty* sequence = icalcomponent_get_first_property(event, ICAL_SEQUENCE_PROPERTY); sequence != nullptr)
    draft.sequence = icalproperty_get_sequence(sequence);
  if (icalproperty* time = icalcomponent_get_first_property(event, ICAL_LASTMODIFIED_PROPERTY); time != nullptr)
    draft.last_modified = quiet_time(time, icalproperty_get_lastmodified(time));
  if (icalproperty* time = icalcomponent_get_first_property(event, ICAL_DTSTAMP_PROPERTY); time != nullptr)
    draft.stamp = quiet_time(time, icalproperty_get_dtstamp(time));
  first.name = text_of(event, ICAL_SUMMARY_PROPERTY);
  draft.has_name = !first.name.empty();
  first.kind = text_of(event, ICAL_CATEGORIES_PROPERTY);
  draft.has_kind = !first.kind.empty();
  if (!draft.has_kind) first.kind = "event";
  const std::string status = upper(value_of(event, ICAL_STATUS_PROPERTY));
  draft.by_method = context_.cancels;
  draft.cancelled = context_.cancels || status == "CANCELLED" || status == "CANCELED";
  if (!draft.cancelled) draft.cancelled = taken_as_cancelled(event, draft);
}

void EventReader::read_extensions(icalcomponent* event, Draft& draft) {
  for (icalproperty* property = icalcomponent_get_first_property(event, ICAL_X_PROPERTY); property != nullptr;
       property = icalcomponent_get_next_property(event, ICAL_X_PROPERTY)) {
    const char* raw_name = icalproperty_get_x_name(property);
    const std::string key = property_name(raw_name == nullptr ? "" : raw_name);
    if (!key.starts_with("X-ALMANAC-")) continue;
    const char* raw = icalproperty_get_value_as_string(property);
    const std::string value = clean(raw == nullptr ? "" : raw);
    const std::string place = draft.where + ": " + key;
    const char* end = value.data() + value.size();
    if (key == "X-ALMANAC-EXPECTED-UPLIFT") {
      double uplift = 0;
      const auto [stop, error] = std::from_chars(value.data(), end, uplift);
      if (error == std::errc{} && stop == end && uplift > 0 && uplift <= kLargestUplift)
        draft.entry.first.expected_uplift = uplift;
      else
        problem(place, fmt::format("found {}; expected a number above 0 and up to {} (3 means three times the usual "
                                   "peak); ignored",
                                   in_quotes(value), kLargestUplift));
    } else if (key == "X-ALMANAC-MINIMUM-INSTANCES") {
      int minimum = 0;
      const auto [stop, error] = std::from_chars(value.data(), end, minimum);
      if (error == std::errc{} && stop == end && minimum >= 0 && minimum <= kLargestMinimum)
        draft.entry.first.minimum_instances = minimum;
      else
        problem(place, fmt::format("found {}; expected a whole number from 0 to {}; ignored", in_quotes(value),
                                   kLargestMinimum));
    } else {
      problem(place, "unknown property, ignored; expected X-ALMANAC-EXPECTED-UPLIFT or X-ALMANAC-MINIMUM-INSTANCES");
    }
  }
}

// Days and weeks of a duration are of the wall clock, the rest is elapsed time. Empty where it is negative or absurd.
std::optional<Length> length_of(const icaldurationtype& d) {
  const Duration civil = static_cast<int>(d.days) * kDay + static_cast<int>(d.weeks) * kWeek;
  const Duration exact =
      static_cast<int>(d.hours) * kHour + static_cast<int>(d.minutes) * kMinute + Duration{static_cast<int>(d.seconds)};
  const bool sensible = !d.is_neg && civil >= Duration{0} && exact >= Duration{0} && civil < 36600 * kDay;
  return sensible ? std::optional{Length{civil, exact}} : std::nullopt;
}

bool EventReader::read_length(icalcomponent* event, const IcalMoment& start, Draft& draft) {
  Entry& entry = draft.entry;
  icalproperty* end = icalcomponent_get_first_property(event, ICAL_DTEND_PROPERTY);
  icalproperty* duration = icalcomponent_get_first_property(event, ICAL_DURATION_PROPERTY);
  if (end != nullptr) {
    if (duration != nullptr) doubt(draft.where + ": DURATION", "stands beside DTEND; DTEND is used");
    // An end without a zone is on the wall of the start.
    const auto until = read_time(end, icalproperty_get_dtend(end), start.zone, draft, "event left out");
    if (!until) return false;
    entry.first.all_day = start.is_date && until->is_date;
    const LocalTime local_end = until->zone == start.zone ? until->local : start.zone->to_local(until->utc());
    entry.length.civil = local_end - start.local;
    entry.first.span = {start.utc(), until->utc()};
    if (entry.first.all_day && entry.length.civil == Duration{0}) {
      doubt(draft.where + ": DTEND",
            "the same date as DTSTART; an end date is the first day after the event; used as "
            "one day");
      entry.length.civil = kDay;
      entry.first.span = span_at(start.local, entry.length, *start.zone);
    }
  } else if (duration != nullptr) {
    entry.length = length_of(icalproperty_get_duration(duration)).value_or(Length{});
    // Of whole days, which RFC 5545 asks for beside a date, 24 hours are one.
    if (start.is_date && entry.length.exact % kDay == Duration{0})
      entry.length = {entry.length.civil + entry.length.exact, Duration{0}};
    entry.first.all_day = start.is_date && entry.length.exact == Duration{0};
    entry.first.span = span_at(start.local, entry.length, *start.zone);
  } else if (start.is_date) {
    entry.first.all_day = true;
    entry.length.civil = kDay;
    entry.first.span = span_at(start.local, entry.length, *start.zone);
  } else {
    problem(draft.where,
            fmt::format("neither DTEND nor DURATION{}; expected one where DTSTART is no date; event left out",
                        found_instead(event, "DTEND")));
    return false;
  }
  if (!entry.first.span.empty()) return true;
  problem(draft.where,
          fmt::format("{} is not after the start {}; event left out", written(end != nullptr ? end : duration),
                      written(icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY))));
  return false;
}

// A start without a zone beside an end with one is on the wall of the end.
std::shared_ptr<const Zone> EventReader::wall_of_start(icalcomponent* event, icalproperty* start) {
  const auto own = to_time(icalproperty_get_dtstart(start), start);
  icalproperty* end = icalcomponent_get_first_property(event, ICAL_DTEND_PROPERTY);
  if (!own || own->is_utc || !own->tzid.empty() || end == nullptr) return context_.zone;
  const auto until = to_time(icalproperty_get_dtend(end), end);
  const auto zone = until && !until->tzid.empty() ? context_.zones.find(until->tzid) : nullptr;
  return zone ? zone : context_.zone;
}

bool EventReader::read_span(icalcomponent* event, Draft& draft) {
  icalproperty* property = icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY);
  if (property == nullptr) {
    problem(draft.where, fmt::format("no DTSTART{}; expected a time such as 20261127T090000Z; event left out",
                                     found_instead(event, "DTSTART")));
    return false;
  }
  const auto wall = wall_of_start(event, property);
  const auto start = read_time(property, icalproperty_get_dtstart(property), wall, draft, "event left out");
  if (!start) return false;
  draft.start = start->utc();
  draft.entry.zone = start->zone;
  draft.floats = start->floating && wall == context_.zone;
  draft.entry.start = start->local;
  return read_length(event, *start, draft);
}

// Takes the parts that a program has of its own ("X-FOO=1") out of a rule; empty where there are none.
std::string take_own_parts(std::string& rule) {
  std::string kept, taken;
  for (std::string_view rest = rule; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    std::string& list = upper(std::string{part.substr(0, 2)}) == "X-" ? taken : kept;
    list += (list.empty() ? "" : ";") + std::string{part};
  }
  if (!taken.empty()) rule = kept;
  return taken;
}

void EventReader::read_recurrence(icalcomponent* event, const IcalBlock& block, Draft& draft) {
  // Rules are taken from the text: libical leaves out those it cannot read, and wraps numbers that are too large.
  std::string_view rest = block.text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    const bool empty = clean(property_value(line)).empty();  // says nothing, and many a program writes it
    if (property_name(line) != "RRULE" || empty) continue;
    std::string& rule = draft.rules.emplace_back(property_value(line));
    if (const std::string own = take_own_parts(rule); !own.empty())
      doubt(draft.where + ": RRULE", fmt::format("{} is no part of a rule (RFC 5545); passed over", in_quotes(own)));
    // Small letters are read; what is no rule at all is told as it was found.
    if (std::string shouted = upper(rule); shouted.find("FREQ=") != std::string::npos) rule = std::move(shouted);
  }
  // An exception without a zone means the wall clock of the event it belongs to.
  const auto wall = draft.entry.zone ? draft.entry.zone : context_.zone;
  for (icalproperty* property = icalcomponent_get_first_property(event, ICAL_EXDATE_PROPERTY); property != nullptr;
       property = icalcomponent_get_next_property(event, ICAL_EXDATE_PROPERTY))
    if (const auto moment = read_time(property, icalproperty_get_exdate(property), wall, draft, "ignored"))
      draft.excluded.push_back({*moment, std::nullopt, written(property)});
  for (icalproperty* property = icalcomponent_get_first_property(event, ICAL_RDATE_PROPERTY); property != nullptr;
       property = icalcomponent_get_next_property(event, ICAL_RDATE_PROPERTY)) {
    const icaldatetimeperiodtype value = icalproperty_get_rdate(property);
    const bool period = icaltime_is_null_time(value.time);
    const auto moment = read_time(property, period ? value.period.start : value.time, wall, draft, "ignored");
    if (!moment) continue;
    const auto length = period ? read_period(property, *moment, draft) : std::nullopt;
    if (period && !length) continue;
    draft.listed.push_back({*moment, length, written(property)});
  }
  icalproperty* id = icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY);
  if (id == nullptr) return;
  draft.replaces =
      read_time(id, icalproperty_get_recurrenceid(id), wall ? wall : Zone::utc(), draft, "used as an event of its own");
  if (!draft.replaces) draft.entry.first.uid += fmt::format("#line-{}", block.line);  // no revision of its series
  icalparameter* range = icalproperty_get_first_parameter(id, ICAL_RANGE_PARAMETER);
  if (range == nullptr) return;
  draft.this_and_future = icalparameter_get_range(range) == ICAL_RANGE_THISANDFUTURE;
  if (!draft.this_and_future)
    problem(draft.where + ": RECURRENCE-ID",
            "a RANGE other than THISANDFUTURE is no longer part of iCalendar (RFC 5545); only this one occurrence is "
            "changed");
}

// The length of a period, start and end or start and duration.
std::optional<Length> EventReader::read_period(icalproperty* property, const IcalMoment& start, const Draft& draft) {
  const icalperiodtype period = icalproperty_get_rdate(property).period;
  std::optional<Length> length;
  if (icaltime_is_null_time(period.end)) {
    length = length_of(period.duration);
  } else {
    const auto end = read_time(property, period.end, start.zone, draft, "ignored");
    if (!end) return std::nullopt;
    length = Length{start.zone->to_local(end->utc()) - start.local, Duration{0}};
  }
  if (length && length->civil + length->exact > Duration{0}) return length;
  problem(draft.where + ": RDATE",
          fmt::format("{}: the period does not end after it starts; ignored", written(property)));
  return std::nullopt;
}

std::optional<Draft> EventReader::read(const IcalBlock& block) {
  Draft draft;
  const Component event = parse_component(block.text);
  if (!event) {
    problem(fmt::format("VEVENT at line {}", block.line), "cannot be read; left out");
    return std::nullopt;
  }
  draft.entry.first.uid = text_of(event.get(), ICAL_UID_PROPERTY);
  if (draft.entry.first.uid.empty()) draft.entry.first.uid = fmt::format("line-{}", block.line);
  draft.line = block.line;
  draft.where = fmt::format("VEVENT {} (line {})", draft.entry.first.uid, block.line);
  read_labels(event.get(), draft);
  report_damage(event.get(), draft);
  // A cancelled occurrence needs no more than its RECURRENCE-ID, a cancelled event nothing at all.
  icalproperty* start = icalcomponent_get_first_property(event.get(), ICAL_DTSTART_PROPERTY);
  if (!draft.cancelled) {
    draft.usable = read_span(event.get(), draft);
    read_extensions(event.get(), draft);
  } else if (start != nullptr) {
    draft.start = quiet_time(start, icalproperty_get_dtstart(start));
  }
  read_recurrence(event.get(), block, draft);
  return draft;
}

}  // namespace

std::optional<Draft> read_vevent(const IcalBlock& block, const IcalContext& context, std::vector<Problem>& problems) {
  return EventReader(context, problems).read(block);
}

}  // namespace almanac::calendar
