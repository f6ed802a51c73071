#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <map>
#include <tuple>

#include "calendar/entry.h"
#include "calendar/ical_text.h"
#include "calendar/ical_values.h"
#include "calendar/ical_zone.h"
#include "calendar/text.h"

namespace almanac::calendar {
namespace {

// A time property with the zone that its wall clock belongs to.
struct Moment {
  LocalTime local;  // in `zone`
  std::shared_ptr<const Zone> zone;
  bool is_date = false;
  bool floating = false;  // no zone of its own: the zone is the calendar's

  Timestamp utc() const { return zone->to_utc(local); }
};

// A VEVENT as read, before overrides are joined to the entries they change.
struct Draft {
  std::string where;
  Entry entry;
  int sequence = 0;
  bool cancelled = false;
  bool usable = true;  // has a span
  bool has_kind = false;
  bool has_name = false;
  std::optional<Moment> replaces;  // RECURRENCE-ID
  std::vector<std::string> rules;
  std::vector<std::pair<Moment, std::string>> extra;     // RDATE, as written
  std::vector<std::pair<Moment, std::string>> excluded;  // EXDATE, as written
};

class Reader {
 public:
  explicit Reader(std::string_view name) : name_(name) {}

  Result<Contents> read(std::string_view text) {
    auto calendars = split_icalendar(text, name_, contents_.problems);
    if (!calendars) return tl::unexpected(calendars.error());
    for (const IcalText& calendar : *calendars) read_calendar(calendar);
    join();
    return std::move(contents_);
  }

 private:
  void problem(std::string_view where, std::string message) {
    contents_.problems.push_back({fmt::format("{}: {}", name_, where), std::move(message)});
  }

  void read_calendar(const IcalText& calendar);
  void read_calendar_zone(const IcalText& calendar);
  std::shared_ptr<const Zone> zone_of(const std::string& tzid);

  void read_event(const IcalBlock& block);
  void read_labels(icalcomponent* event, Draft& draft);
  void read_extensions(icalcomponent* event, Draft& draft);
  void report_damage(icalcomponent* event, const Draft& draft);
  void read_recurrence(icalcomponent* event, const IcalBlock& block, Draft& draft);
  bool read_span(icalcomponent* event, Draft& draft);
  bool read_length(icalcomponent* event, const Moment& start, Draft& draft);
  std::optional<Moment> read_time(icalproperty* property, const icaltimetype& time, const Draft& draft,
                                  std::string_view consequence);

  void join();
  std::vector<const Draft*> latest_revisions();
  void join_override(const Draft& change, Entry* master, const Draft* master_draft);
  bool exclude(Entry& entry, const Moment& moment);
  void finish(const Draft& draft, Entry& entry);

  std::string_view name_;
  Contents contents_;
  bool calendar_zone_given_ = false;
  std::shared_ptr<const Zone> zone_ = Zone::utc();  // of the VCALENDAR being read; null: given but not known
  std::map<std::string, std::shared_ptr<const Zone>> file_zones_;
  std::map<std::string, std::shared_ptr<const Zone>> known_zones_;  // null: not known
  std::vector<Draft> drafts_;
};

// "Europe/Paris" of "/mozilla.org/20050126_1/Europe/Paris": some programs put their name in front.
std::vector<std::string_view> endings(std::string_view tzid) {
  std::vector<std::string_view> result;
  if (!tzid.starts_with('/')) return result;
  for (std::size_t slash = tzid.find('/'); slash != std::string_view::npos; slash = tzid.find('/', slash + 1))
    result.push_back(tzid.substr(slash + 1));
  return result;
}

std::shared_ptr<const Zone> Reader::zone_of(const std::string& tzid) {
  if (const auto found = known_zones_.find(tzid); found != known_zones_.end()) return found->second;
  std::shared_ptr<const Zone> zone;
  if (auto iana = Zone::iana(tzid)) {
    zone = *iana;
  } else if (const auto own = file_zones_.find(tzid); own != file_zones_.end()) {
    zone = own->second;
  } else {
    for (std::string_view ending : endings(tzid))
      if (auto known = Zone::iana(ending); known && !zone) zone = *known;
  }
  return known_zones_[tzid] = zone;
}

void Reader::read_calendar_zone(const IcalText& calendar) {
  zone_ = Zone::utc();
  for (const std::string& line : calendar.properties) {
    if (property_name(line) != "X-WR-TIMEZONE") continue;
    const std::string tzid = clean(property_value(line));
    zone_ = zone_of(tzid);
    if (!zone_)
      problem("X-WR-TIMEZONE",
              fmt::format("{} is not a known time zone; expected an IANA name such as Europe/Paris; events with times "
                          "that have no zone of their own are left out",
                          in_quotes(tzid)));
    if (zone_ && !calendar_zone_given_) {
      contents_.zone = zone_;
      calendar_zone_given_ = true;
    }
    return;
  }
}

void Reader::read_calendar(const IcalText& calendar) {
  file_zones_.clear();
  known_zones_.clear();
  for (const IcalBlock& block : calendar.zones) {
    auto zone = read_vtimezone(block);
    if (zone)
      file_zones_[zone->tzid] = zone->zone;
    else
      problem(fmt::format("VTIMEZONE at line {}", block.line), zone.error().message + "; the definition is not used");
  }
  read_calendar_zone(calendar);
  contents_.left_out += calendar.cut_off;
  for (const IcalBlock& block : calendar.events) read_event(block);
  std::map<std::string, int> ignored;
  for (const std::string& kind : calendar.ignored) ++ignored[kind];
  for (const auto& [kind, count] : ignored) problem(clean(kind), fmt::format("{} of them; only VEVENT is used", count));
}

std::optional<Moment> Reader::read_time(icalproperty* property, const icaltimetype& time, const Draft& draft,
                                        std::string_view consequence) {
  const std::string place = fmt::format("{}: {}", draft.where, icalproperty_get_property_name(property));
  const auto value = to_time(time, property);
  if (!value) {
    problem(place,
            fmt::format("found {}; expected a time such as 20261127T090000Z; {}", written(property), consequence));
    return std::nullopt;
  }
  if (value->is_utc) return Moment{value->local, Zone::utc(), false, false};
  const bool floating = value->tzid.empty() || value->is_date;
  const auto zone = floating ? zone_ : zone_of(value->tzid);
  if (zone) {
    if (!value->is_date && zone->skips(value->local))
      problem(place, fmt::format("{} does not exist in {}: clocks jump over it; {} is used", written(property),
                                 zone->name(), format_zoned(zone->to_utc(value->local), *zone)));
    return Moment{value->local, zone, value->is_date, floating};
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

void Reader::report_damage(icalcomponent* event, const Draft& draft) {
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
    if (!told) problem(draft.where, "a line that cannot be read is not used: " + message);
  }
  for (const auto& [kind, label] : {std::pair{ICAL_DTSTART_PROPERTY, "DTSTART"},
                                    {ICAL_DTEND_PROPERTY, "DTEND"},
                                    {ICAL_DURATION_PROPERTY, "DURATION"},
                                    {ICAL_UID_PROPERTY, "UID"}})
    if (icalcomponent_count_properties(event, kind) > 1)
      problem(draft.where + ": " + label, "stands more than once; the first one is used");
  if (icalcomponent_count_properties(event, ICAL_EXRULE_PROPERTY) > 0)
    problem(draft.where + ": EXRULE", "no longer part of iCalendar (RFC 5545); not used: list the dates as EXDATE");
}

std::string text_of(icalcomponent* event, icalproperty_kind kind) {
  icalproperty* property = icalcomponent_get_first_property(event, kind);
  if (property == nullptr) return {};
  const char* text = icalvalue_get_text(icalproperty_get_value(property));
  return text == nullptr ? "" : clean(text);
}

void Reader::read_labels(icalcomponent* event, Draft& draft) {
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

void Reader::read_extensions(icalcomponent* event, Draft& draft) {
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

bool Reader::read_length(icalcomponent* event, const Moment& start, Draft& draft) {
  Entry& entry = draft.entry;
  icalproperty* end = icalcomponent_get_first_property(event, ICAL_DTEND_PROPERTY);
  icalproperty* duration = icalcomponent_get_first_property(event, ICAL_DURATION_PROPERTY);
  if (end != nullptr) {
    if (duration != nullptr) problem(draft.where + ": DURATION", "stands beside DTEND; DTEND is used");
    const auto until = read_time(end, icalproperty_get_dtend(end), draft, "event left out");
    if (!until) return false;
    entry.first.all_day = start.is_date && until->is_date;
    const LocalTime local_end = until->zone == start.zone ? until->local : start.zone->to_local(until->utc());
    entry.length.civil = local_end - start.local;
    entry.first.span = {start.utc(), until->utc()};
    if (entry.first.all_day && entry.length.civil == Duration{0}) {
      problem(draft.where + ": DTEND",
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

bool Reader::read_span(icalcomponent* event, Draft& draft) {
  icalproperty* property = icalcomponent_get_first_property(event, ICAL_DTSTART_PROPERTY);
  if (property == nullptr) {
    problem(draft.where, fmt::format("no DTSTART{}; expected a time such as 20261127T090000Z; event left out",
                                     found_instead(event, "DTSTART")));
    return false;
  }
  const auto start = read_time(property, icalproperty_get_dtstart(property), draft, "event left out");
  if (!start) return false;
  draft.entry.zone = start->zone;
  draft.entry.start = start->local;
  return read_length(event, *start, draft);
}

void Reader::read_recurrence(icalcomponent* event, const IcalBlock& block, Draft& draft) {
  // Rules are taken from the text: libical leaves out those it cannot read, and wraps numbers that are too large.
  std::string_view rest = block.text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(rest.size(), line.size() + 2));
    if (property_name(line) == "RRULE") draft.rules.emplace_back(property_value(line));
  }
  const auto collect = [&](icalproperty_kind kind, auto value, std::vector<std::pair<Moment, std::string>>& out) {
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

void Reader::read_event(const IcalBlock& block) {
  Draft draft;
  const Component event = parse_component(block.text);
  if (!event) {
    ++contents_.left_out;
    return problem(fmt::format("VEVENT at line {}", block.line), "cannot be read; left out");
  }
  draft.entry.first.uid = text_of(event.get(), ICAL_UID_PROPERTY);
  if (draft.entry.first.uid.empty()) draft.entry.first.uid = fmt::format("line-{}", block.line);
  read_labels(event.get(), draft);
  draft.where += fmt::format(" (line {})", block.line);
  report_damage(event.get(), draft);
  // A cancelled occurrence needs no more than its RECURRENCE-ID, a cancelled event nothing at all.
  if (!draft.cancelled) {
    draft.usable = read_span(event.get(), draft);
    if (!draft.usable) ++contents_.left_out;
    read_extensions(event.get(), draft);
  }
  read_recurrence(event.get(), block, draft);
  drafts_.push_back(std::move(draft));
}

// Keeps the highest SEQUENCE among entries of one UID, and among changes of one occurrence. Two entries that share a
// UID and a SEQUENCE are two events by mistake: both are kept.
std::vector<const Draft*> Reader::latest_revisions() {
  using Key = std::tuple<std::string, bool, Timestamp>;
  std::map<Key, std::vector<const Draft*>> groups;
  std::vector<Key> order;
  for (const Draft& draft : drafts_) {
    Key key{draft.entry.first.uid, draft.replaces.has_value(), draft.replaces ? draft.replaces->utc() : Timestamp{}};
    auto& group = groups[key];
    if (group.empty()) order.push_back(key);
    group.push_back(&draft);
  }
  std::vector<const Draft*> result;
  for (const Key& key : order) {
    const auto& group = groups[key];
    const auto by_sequence = [](const Draft* a, const Draft* b) { return a->sequence < b->sequence; };
    const int highest = (*std::max_element(group.begin(), group.end(), by_sequence))->sequence;
    bool first = true;
    for (const Draft* draft : group) {
      if (draft->sequence < highest) {
        problem(draft->where, fmt::format("SEQUENCE {} is older than {} of the same UID; the newer one is used",
                                          draft->sequence, highest));
        continue;
      }
      if (!first) problem(draft->where, "another VEVENT has the same UID and SEQUENCE; both are used");
      first = false;
      result.push_back(draft);
    }
  }
  return result;
}

bool Reader::exclude(Entry& entry, const Moment& moment) {
  if (moment.is_date) {
    entry.excluded_days.push_back(moment.local);
    return occurs_on(entry, moment.local);
  }
  if (entry.first.all_day) {
    const LocalTime day = std::chrono::floor<std::chrono::days>(entry.zone->to_local(moment.utc()));
    entry.excluded_days.push_back(day);
    return occurs_on(entry, day);
  }
  entry.excluded.push_back(moment.utc());
  return occurs_at(entry, moment.utc());
}

void Reader::finish(const Draft& draft, Entry& entry) {
  for (const std::string& rule : draft.rules)
    add_rule(entry, rule, [&](std::string message) { problem(draft.where + ": RRULE", std::move(message)); });
  if (!draft.extra.empty() && entry.length.civil + entry.length.exact > kLongestRecurring) {
    problem(draft.where + ": RDATE",
            fmt::format("an event that repeats may last at most {}; ignored", format_duration(kLongestRecurring)));
  } else {
    for (const auto& [moment, text] : draft.extra) {
      const bool time_of_start = moment.is_date && !entry.first.all_day;  // a date alone: at the usual time of day
      const LocalTime day_start = std::chrono::floor<std::chrono::days>(entry.start);
      entry.more_starts.push_back(time_of_start ? moment.local + (entry.start - day_start)
                                                : entry.zone->to_local(moment.utc()));
    }
  }
  for (const auto& [moment, text] : draft.excluded)
    if (!exclude(entry, moment))
      problem(draft.where, fmt::format("no occurrence starts at {}; nothing is excluded", text));
}

void Reader::join_override(const Draft& change, Entry* master, const Draft* master_draft) {
  if (master != nullptr && (change.usable || change.cancelled)) {
    Moment replaced = *change.replaces;
    if (replaced.floating) replaced.zone = master->zone;
    if (!exclude(*master, replaced))
      problem(change.where + ": RECURRENCE-ID",
              fmt::format("{} has no occurrence then; {}", in_quotes(master->first.name),
                          change.cancelled ? "nothing is cancelled" : "used as one event more"));
  }
  if (change.cancelled || !change.usable) return;
  Entry entry = change.entry;
  if (!change.rules.empty() || !change.extra.empty())
    problem(change.where, "an occurrence that is changed cannot repeat; used once");
  if (master_draft != nullptr) {
    const Event& usual = master_draft->entry.first;
    if (!change.has_name) entry.first.name = usual.name;
    if (!change.has_kind) entry.first.kind = usual.kind;
    if (!entry.first.expected_uplift) entry.first.expected_uplift = usual.expected_uplift;
    if (!entry.first.minimum_instances) entry.first.minimum_instances = usual.minimum_instances;
  }
  if (entry.first.name.empty()) entry.first.name = entry.first.uid;
  contents_.entries.push_back(std::move(entry));
}

void Reader::join() {
  for (Draft& draft : drafts_) {
    if (draft.has_name || draft.replaces || draft.cancelled) continue;
    draft.entry.first.name = draft.entry.first.uid;
    if (draft.usable) problem(draft.where, fmt::format("no SUMMARY; {} is used", in_quotes(draft.entry.first.uid)));
  }
  const std::vector<const Draft*> drafts = latest_revisions();
  std::map<std::string, std::size_t> masters;  // UID -> index into contents_.entries
  std::map<std::string, const Draft*> master_drafts;
  std::map<std::string, int> uses;
  for (const Draft* draft : drafts) {
    if (draft->replaces) continue;
    master_drafts.emplace(draft->entry.first.uid, draft);
    if (draft->cancelled || !draft->usable) continue;
    Entry entry = draft->entry;
    finish(*draft, entry);
    masters.emplace(entry.first.uid, contents_.entries.size());
    if (const int count = ++uses[entry.first.uid]; count > 1) entry.first.uid += fmt::format("#{}", count);
    contents_.entries.push_back(std::move(entry));
  }
  for (const Draft* draft : drafts) {
    if (!draft->replaces) continue;
    const auto master_draft = master_drafts.find(draft->entry.first.uid);
    const bool known = master_draft != master_drafts.end();
    if (known && master_draft->second->cancelled) continue;  // the whole series is off
    const auto master = masters.find(draft->entry.first.uid);
    join_override(*draft, master == masters.end() ? nullptr : &contents_.entries[master->second],
                  known ? master_draft->second : nullptr);
  }
  for (Entry& entry : contents_.entries) {
    std::sort(entry.excluded.begin(), entry.excluded.end());
    std::sort(entry.excluded_days.begin(), entry.excluded_days.end());
  }
}

}  // namespace

Result<Contents> read_icalendar(std::string_view text, std::string_view name) {
  return Reader(name).read(text);
}

}  // namespace almanac::calendar
