#include "calendar/ical_event.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "calendar/ical_values.h"
#include "calendar/text.h"

namespace almanac::calendar {
namespace {

class EventReader {
 public:
  EventReader(const IcalContext& context, std::vector<Problem>& problems) : context_(context), problems_(problems) {}

  std::optional<Draft> read(const IcalBlock& block);

 private:
  void problem(std::string_view where, std::string message) {
    problems_.push_back({fmt::format("{}: {}", context_.name, where), std::move(message)});
  }
  // Of what is in use, though perhaps not as it was meant.
  void doubt(std::string_view where, std::string message) {
    problems_.push_back({fmt::format("{}: {}", context_.name, where), std::move(message), false});
  }

  void read_labels(icalcomponent* event, Draft& draft);
  void read_extensions(icalcomponent* event, Draft& draft);
  void report_damage(icalcomponent* event, const Draft& draft);
  void read_recurrence(icalcomponent* event, const IcalBlock& block, Draft& draft);
  bool read_span(icalcomponent* event, Draft& draft);
  bool read_length(icalcomponent* event, const IcalMoment& start, Draft& draft);
  std::optional<IcalMoment> read_time(icalproperty* property, const icaltimetype& time, const Draft& draft,
                                      std::string_view consequence);

  const IcalContext& context_;
  std::vector<Problem>& problems_;
};

std::optional<IcalMoment> EventReader::read_time(icalproperty* property, const icaltimetype& time, const Draft& draft,
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
  auto zone = floating ? context_.zone : context_.zones.find(value->tzid);
  if (!zone && value->is_date && context_.zone) {
    doubt(place, fmt::format("TZID {} is not a known time zone; the day is read in {}", in_quotes(value->tzid),
                             context_.zone->name()));
    zone = context_.zone;
    floating = true;
  }
  if (zone) {
    if (!value->is_date && zone->skips(value->local))
      doubt(place, fmt::format("{} does not exist in {}: clocks jump over it; {} is used", written(property),
                               zone->name(), format_zoned(zone->to_utc(value->local), *zone)));
    return IcalMoment{value->local, zone, value->is_date, floating};
  }
  problem(place, floating ? fmt::format("a time without a zone, and the calendar's zone is not known; {}", consequence)
                          : fmt::format("TZID {} is neither an IANA name such as Europe/Paris nor defined by a "
                                        "VTIMEZONE in the file; {}",
                                        in_quotes(value->tzid), consequence));
  return std::nullopt;
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
    if (!told && matters(message)) problem(draft.where, "a line that cannot be read is not used: " + message);
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

void EventReader::read_labels(icalcomponent* event, Draft& draft) {
  Event& first = draft.entry.first;
  draft.where = fmt::format("VEVENT {}", first.uid);
  if (icalproperty* sequence = icalcomponent_get_first_property(event, ICAL_SEQUENCE_PROPERTY); sequence != nullptr)
    draft.sequence = icalproperty_get_sequence(sequence);
  if (icalproperty* status = icalcomponent_get_first_property(event, ICAL_STATUS_PROPERTY); status != nullptr)
    draft.cancelled = icalproperty_get_status(status) == ICAL_STATUS_CANCELLED;
  first.name = text_of(event, ICAL_SUMMARY_PROPERTY);
  draft.has_name = !first.name.empty();
  first.kind = text_of(event, ICAL_CATEGORIES_PROPERTY);
  draft.has_kind = !first.kind.empty();
  if (!draft.has_kind) first.kind = "event";
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

bool EventReader::read_length(icalcomponent* event, const IcalMoment& start, Draft& draft) {
  Entry& entry = draft.entry;
  icalproperty* end = icalcomponent_get_first_property(event, ICAL_DTEND_PROPERTY);
  icalproperty* duration = icalcomponent_get_first_property(event, ICAL_DURATION_PROPERTY);
  if (end != nullptr) {
    if (duration != nullptr) doubt(draft.where + ": DURATION", "stands beside DTEND; DTEND is used");
    const auto until = read_time(end, icalproperty_get_dtend(end), draft, "event left out");
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
    const icaldurationtype d = icalproperty_get_duration(duration);
    const Duration civil = static_cast<int>(d.days) * kDay + static_cast<int>(d.weeks) * kWeek;
    const Duration exact = static_cast<int>(d.hours) * kHour + static_cast<int>(d.minutes) * kMinute +
                           Duration{static_cast<int>(d.seconds)};
    const bool sensible = !d.is_neg && civil >= Duration{0} && exact >= Duration{0} && civil < 36600 * kDay;
    if (sensible) entry.length = {civil, exact};
    entry.first.all_day = start.is_date && exact == Duration{0};
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

bool EventReader::read_span(icalcomponent* event, Draft& draft) {
  icalproperty* property = icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY);
  if (property == nullptr) {
    problem(draft.where, fmt::format("no DTSTART{}; expected a time such as 20261127T090000Z; event left out",
                                     found_instead(event, "DTSTART")));
    return false;
  }
  const auto start = read_time(property, icalproperty_get_dtstart(property), draft, "event left out");
  if (!start) return false;
  draft.entry.zone = start->zone;
  draft.floats = start->floating;
  draft.entry.start = start->local;
  return read_length(event, *start, draft);
}

void EventReader::read_recurrence(icalcomponent* event, const IcalBlock& block, Draft& draft) {
  // Rules are taken from the text: libical leaves out those it cannot read, and wraps numbers that are too large.
  std::string_view rest = block.text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    if (property_name(line) == "RRULE") draft.rules.emplace_back(property_value(line));
  }
  const auto collect = [&](icalproperty_kind kind, auto value, std::vector<std::pair<IcalMoment, std::string>>& out) {
    for (icalproperty* property = icalcomponent_get_first_property(event, kind); property != nullptr;
         property = icalcomponent_get_next_property(event, kind)) {
      auto moment = read_time(property, value(property), draft, "ignored");
      if (!moment) continue;
      // A floating exception means the wall clock of the event it belongs to.
      if (moment->floating && draft.entry.zone) moment->zone = draft.entry.zone;
      out.emplace_back(*moment, written(property));
    }
  };
  collect(ICAL_EXDATE_PROPERTY, icalproperty_get_exdate, draft.excluded);
  const auto rdate = [](icalproperty* property) {
    const icaldatetimeperiodtype value = icalproperty_get_rdate(property);
    return icaltime_is_null_time(value.time) ? value.period.start : value.time;
  };
  collect(ICAL_RDATE_PROPERTY, rdate, draft.extra);
  if (icalproperty* id = icalcomponent_get_first_property(event, ICAL_RECURRENCEID_PROPERTY); id != nullptr) {
    draft.replaces = read_time(id, icalproperty_get_recurrenceid(id), draft, "used as an event of its own");
    if (icalproperty_get_first_parameter(id, ICAL_RANGE_PARAMETER) != nullptr)
      problem(draft.where + ": RECURRENCE-ID", "RANGE is not supported; only this one occurrence is changed");
  }
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
  read_labels(event.get(), draft);
  draft.where += fmt::format(" (line {})", block.line);
  report_damage(event.get(), draft);
  // A cancelled occurrence needs no more than its RECURRENCE-ID, a cancelled event nothing at all.
  if (!draft.cancelled) {
    draft.usable = read_span(event.get(), draft);
    read_extensions(event.get(), draft);
  }
  read_recurrence(event.get(), block, draft);
  return draft;
}

}  // namespace

std::optional<Draft> read_vevent(const IcalBlock& block, const IcalContext& context, std::vector<Problem>& problems) {
  return EventReader(context, problems).read(block);
}

}  // namespace almanac::calendar
