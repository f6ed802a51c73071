#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "calendar/entry.h"
#include "calendar/json_document.h"
#include "calendar/json_moment.h"
#include "calendar/reporter.h"
#include "calendar/text.h"
#include "calendar/zone_name.h"
#include "core/nearest.h"

namespace almanac::calendar {
namespace {

using Json = nlohmann::json;
using Kind = JsonMoment::Kind;

const std::vector<std::string> kTopKeys = {"timezone", "events", "is_sale_active"};
const std::vector<std::string> kEventKeys = {
    "name", "kind", "start", "end", "timezone", "rrule", "exdate", "expected_uplift", "minimum_instances"};

// Lists of holidays and exports of other programs call these so.
constexpr std::pair<const char*, const char*> kOtherNames[] = {
    {"title", "name"}, {"summary", "name"}, {"date", "start"}};

// Words that other programs have for what we call so, as plain() writes them.
constexpr std::pair<const char*, const char*> kOtherWords[] = {
    {"recurrence", "rrule"},
    {"recurrencerule", "rrule"},
    {"recurring", "rrule"},
    {"repeat", "rrule"},
    {"repeats", "rrule"},
    {"replicas", "minimum_instances"},
    {"minreplicas", "minimum_instances"},
    {"desiredreplicas", "minimum_instances"},
    {"desiredcapacity", "minimum_instances"},
    {"mincapacity", "minimum_instances"},
    {"capacity", "minimum_instances"},
    {"minsize", "minimum_instances"},
    {"floor", "minimum_instances"},
    {"multiplier", "expected_uplift"},
    {"factor", "expected_uplift"},
    {"excluded", "exdate"},
    {"excludes", "exdate"},
    {"exceptions", "exdate"},
    {"startdate", "start"},
    {"starttime", "start"},
    {"startsat", "start"},
    {"begin", "start"},
    {"from", "start"},
    {"dtstart", "start"},
    {"enddate", "end"},
    {"endtime", "end"},
    {"endsat", "end"},
    {"to", "end"},
    {"until", "end"},
    {"dtend", "end"},
    {"tz", "timezone"},
    {"tzid", "timezone"},
    {"zone", "timezone"},
};

// In small letters, without "_", "-" and spaces: "desiredReplicas" and "desired_replicas" are one word.
std::string plain(std::string_view key) {
  std::string word;
  for (const char c : key)
    if (c != '_' && c != '-' && c != ' ') word += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return word;
}

// The known key that an unknown one was probably meant to be: another word for it, a slip of the finger, or a part of
// it
// ("uplift").
std::optional<std::string> meant_by(const std::string& key, const std::vector<std::string>& known) {
  const std::string word = plain(key);
  for (const auto& [other, meant] : kOtherWords)
    if (word == other && std::find(known.begin(), known.end(), meant) != known.end()) return meant;
  for (const std::string& candidate : known)
    if (word == plain(candidate)) return candidate;
  if (auto near = nearest(key, known)) return near;
  for (const std::string& candidate : known) {
    const bool part = key.size() >= 3 && candidate.find(key) != std::string::npos;
    if (part || key.starts_with(candidate)) return candidate;
  }
  return std::nullopt;
}

// A number, also one in quotes; empty for everything else.
std::optional<double> number_of(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  const std::string text = clean(value.get_ref<const std::string&>());
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// An empty value says nothing: a label, and a zone, are as good as left out.
bool is_blank(const Json& value) {
  return value.is_null() || (value.is_string() && clean(value.get_ref<const std::string&>()).empty());
}

// Reads one document into Contents; every message names the file, the entry and the key.
class Reader : Reporter {
 public:
  Reader(std::string_view text, std::string_view name, const std::shared_ptr<const Zone>& group_zone)
      : Reporter(name, contents_.problems), text_(text), name_(name), group_zone_(group_zone) {}

  Result<Contents> read() {
    auto document = parse_document(text_, [&](const std::string& key) {
      problem(key, "the key stands twice in one object; the last one is used");
    });
    if (!document) return tl::unexpected(with_context(document.error(), name_));
    if (document->is_array()) document = Json{{"events", std::move(*document)}};
    if (!document->is_object())
      return fail(ErrorCode::invalid_input,
                  fmt::format("{}: found {}; expected an object with \"events\" or \"is_sale_active\", or a list of "
                              "events",
                              name_, describe(*document)));
    read_top(*document);
    return std::move(contents_);
  }

 private:
  void read_top(const Json& document);
  void read_zone(const Json& document);
  void read_switch(const Json& value);
  void read_event(Json event, std::size_t number);
  bool read_entry_zone(const Json& event, const std::string& where, Entry& entry);
  void check_keys(const Json& event, const std::string& where);
  bool read_span(const Json& event, const std::string& where, Entry& entry);
  std::optional<JsonMoment> read_moment(const Json& event, const char* key, const std::string& where,
                                        const Entry& entry);
  void read_labels(const Json& event, std::size_t number, const std::string& where, Event& first);
  void read_numbers(const Json& event, const std::string& where, Event& first);
  void read_rule(const Json& event, const std::string& where, Entry& entry);
  void read_exdates(const Json& event, const std::string& where, Entry& entry);
  void exclude(const Json& value, const std::string& where, Entry& entry);
  bool lacks_zone_for(const JsonMoment& moment) const;
  void tell_unknown_keys();
  void tell_zone_assumed();

  std::string_view text_;
  std::string_view name_;
  std::shared_ptr<const Zone> group_zone_;  // null: not known
  bool zone_known_ = true;
  bool entry_zone_given_ = false;  // of the entry being read
  std::size_t zone_assumed_ = 0;   // entries read in UTC because no zone is known
  Contents contents_;
  std::map<std::string, int> uses_of_name_;
  std::map<std::string, std::pair<std::size_t, std::string>> unknown_keys_;  // how many entries, the first one's place
};

void Reader::read_top(const Json& document) {
  for (const auto& [key, value] : document.items()) {
    if (std::find(kTopKeys.begin(), kTopKeys.end(), key) != kTopKeys.end()) continue;
    auto meant = meant_by(key, kTopKeys);
    if (value.is_string() && Zone::iana(value.get_ref<const std::string&>())) meant = "timezone";
    if (meant && !document.contains(*meant))
      problem(in_quotes(key), fmt::format("unknown key, ignored; did you mean \"{}\"?", *meant));
    else
      doubt(in_quotes(key), "unknown key, ignored; expected \"timezone\", \"events\" or \"is_sale_active\"");
  }
  read_zone(document);
  if (document.contains("is_sale_active")) read_switch(document["is_sale_active"]);
  if (!document.contains("events")) {
    if (!document.contains("is_sale_active"))
      problem("document", "nothing to read; expected \"events\" (a list) or \"is_sale_active\" (0 or 1)");
    return;
  }
  const Json& events = document["events"];
  if (!events.is_array()) {
    ++contents_.left_out;
    return problem("events", fmt::format("found {}; expected a list of objects", describe(events)));
  }
  for (std::size_t i = 0; i < events.size(); ++i) read_event(events[i], i + 1);
  tell_unknown_keys();
  tell_zone_assumed();
}

void Reader::read_zone(const Json& document) {
  if (group_zone_) contents_.zone = group_zone_;
  if (!document.contains("timezone") || is_blank(document["timezone"])) return;
  const Json& value = document["timezone"];
  const auto zone =
      value.is_string()
          ? zone_named(clean(value.get_ref<const std::string&>()))
          : fail(ErrorCode::invalid_input,
                 fmt::format("found {}; expected an IANA name such as \"Europe/Paris\"", describe(value)));
  zone_known_ = zone.has_value();
  if (!zone && group_zone_)
    return doubt("timezone",
                 fmt::format("{}; dates are read in {}, the group's zone; entries with local times are left "
                             "out, those with absolute times are used",
                             zone.error().message, group_zone_->name()));
  if (!zone)
    return problem("timezone", zone.error().message +
                                   "; entries with local times are left out, those with absolute "
                                   "times are used");
  contents_.zone = *zone;
  contents_.zone_from = Contents::ZoneFrom::stated;
}

void Reader::read_switch(const Json& value) {
  const auto number = number_of(value);
  const std::string word = value.is_string() ? clean(value.get_ref<const std::string&>()) : "";
  if (value.is_boolean()) {
    contents_.sale_switch = value.get<bool>();
  } else if (word == "true" || word == "false") {
    contents_.sale_switch = word == "true";
  } else if (number && (*number == 0 || *number == 1)) {
    contents_.sale_switch = *number == 1;
  } else {
    problem("is_sale_active", fmt::format("found {}; expected 0 or 1; the switch is not used", describe(value)));
  }
}

void Reader::read_event(Json event, std::size_t number) {
  std::string where = fmt::format("entry {}", number);
  if (!event.is_object()) {
    ++contents_.left_out;
    return problem(where, fmt::format("found {}; expected an object with \"name\", \"start\" and \"end\"; left out",
                                      describe(event)));
  }
  for (const auto& [other, key] : kOtherNames) {
    if (!event.contains(other) || event.contains(key)) continue;
    event[key] = event[other];
    event.erase(other);
  }
  if (event.contains("name") && event["name"].is_string())
    where += fmt::format(" ({})", in_quotes(event["name"].get_ref<const std::string&>()));
  check_keys(event, where);
  Entry entry;
  read_labels(event, number, where, entry.first);
  if (!read_entry_zone(event, where, entry) || !read_span(event, where, entry)) {
    ++contents_.left_out;
    return;
  }
  read_numbers(event, where, entry.first);
  read_rule(event, where, entry);
  read_exdates(event, where, entry);
  contents_.entries.push_back(std::move(entry));
}

bool Reader::read_entry_zone(const Json& event, const std::string& where, Entry& entry) {
  entry.zone = contents_.zone;
  entry_zone_given_ = event.contains("timezone") && !is_blank(event["timezone"]);
  if (!entry_zone_given_) return true;
  const Json& value = event["timezone"];
  const auto zone = value.is_string() ? zone_named(clean(value.get_ref<const std::string&>()))
                                      : fail(ErrorCode::invalid_input, fmt::format("found {}", describe(value)));
  if (zone) return entry.zone = *zone, true;
  return problem(where + ": timezone", zone.error().message + "; entry left out"), false;
}

void Reader::check_keys(const Json& event, const std::string& where) {
  for (const auto& [key, value] : event.items()) {
    if (std::find(kEventKeys.begin(), kEventKeys.end(), key) != kEventKeys.end()) continue;
    const auto meant = meant_by(key, kEventKeys);
    if (meant && !event.contains(*meant)) {
      problem(where + ": " + in_quotes(key), fmt::format("unknown key, ignored; did you mean \"{}\"?", *meant));
    } else {
      auto& [entries, first] = unknown_keys_[key];
      if (entries++ == 0) first = where;
    }
  }
}

// Once for each key: an export of another program has its keys in every entry.
void Reader::tell_unknown_keys() {
  for (const auto& [key, uses] : unknown_keys_) {
    const auto& [entries, first] = uses;
    const std::string more = entries == 1 ? "" : fmt::format(" here and in {} more", entries - 1);
    doubt(first + ": " + in_quotes(key),
          fmt::format("unknown key{}, ignored; expected name, kind, start, end, timezone, rrule, exdate, "
                      "expected_uplift or minimum_instances",
                      more));
  }
}

void Reader::tell_zone_assumed() {
  if (zone_assumed_ == 0) return;
  contents_.lacks_zone = true;
  doubt("timezone",
        fmt::format("not given, and no zone of the group is known: {} {} without a zone {} read in UTC; "
                    "state \"timezone\" in the file, or timezone: for the group",
                    zone_assumed_, zone_assumed_ == 1 ? "entry" : "entries", zone_assumed_ == 1 ? "is" : "are"));
}

void Reader::read_labels(const Json& event, std::size_t number, const std::string& where, Event& first) {
  const auto text = [&](const char* key, std::string otherwise) {
    const bool given = event.contains(key);
    std::string found = given && event[key].is_string() ? clean(event[key].get_ref<const std::string&>()) : "";
    if (!found.empty()) return found;
    if (given && !is_blank(event[key]))
      doubt(where + ": " + key, fmt::format("found {}; expected a text that is not empty; {} is used",
                                            describe(event[key]), in_quotes(otherwise)));
    return otherwise;
  };
  first.kind = text("kind", "event");
  first.name = text("name", fmt::format("entry {}", number));
  if (!event.contains("name")) doubt(where, fmt::format("no \"name\"; {} is used", in_quotes(first.name)));
  const int uses = ++uses_of_name_[first.name];
  first.uid = uses == 1 ? first.name : fmt::format("{}#{}", first.name, uses);
}

// The file's zone is not known. A day in the group's zone is at most some hours off; a time of day would be taken for
// exact.
bool Reader::lacks_zone_for(const JsonMoment& moment) const {
  if (zone_known_ || entry_zone_given_ || moment.kind == Kind::absolute) return false;
  return moment.kind != Kind::date || !group_zone_;
}

std::optional<JsonMoment> Reader::read_moment(const Json& event, const char* key, const std::string& where,
                                              const Entry& entry) {
  const std::string place = where + ": " + key;
  if (!event[key].is_string()) {
    problem(place, fmt::format("found {}; expected a time in quotes, such as \"2026-11-27T09:00\"; entry left out",
                               describe(event[key])));
    return std::nullopt;
  }
  const auto moment = parse_json_moment(event[key].get_ref<const std::string&>());
  if (!moment) {
    problem(place, moment.error().message + "; entry left out");
    return std::nullopt;
  }
  if (lacks_zone_for(*moment)) {
    problem(place, "a local time, but the calendar's time zone is not known; entry left out");
    return std::nullopt;
  }
  if (moment->kind == Kind::local && entry.zone->skips(moment->local))
    doubt(place, fmt::format("{} does not exist in {}: clocks jump over it; {} is used", describe(event[key]),
                             entry.zone->name(), format_zoned(entry.zone->to_utc(moment->local), *entry.zone)));
  return *moment;
}

bool Reader::read_span(const Json& event, const std::string& where, Entry& entry) {
  if (!event.contains("start")) return problem(where, "no \"start\"; entry left out"), false;
  const auto start = read_moment(event, "start", where, entry);
  if (!start) return false;
  const bool starts_on_date = start->kind == Kind::date;
  std::optional<JsonMoment> end;
  if (event.contains("end")) {
    end = read_moment(event, "end", where, entry);
    if (!end) return false;
  } else if (!starts_on_date) {
    return problem(where, "no \"end\"; expected one unless \"start\" is a bare date; entry left out"), false;
  }
  const bool floating =
      start->kind != Kind::absolute || (end && end->kind != Kind::absolute) || event.contains("rrule");
  const bool assumed = contents_.zone_from == Contents::ZoneFrom::nowhere && !group_zone_ && !entry_zone_given_;
  if (floating && assumed) ++zone_assumed_;
  const Zone& zone = *entry.zone;
  const auto local = [&](const JsonMoment& moment) {
    return moment.kind == Kind::absolute ? zone.to_local(moment.utc) : moment.local;
  };
  const auto utc = [&](const JsonMoment& moment) {
    return moment.kind == Kind::absolute ? moment.utc : zone.to_utc(moment.local);
  };
  entry.start = local(*start);
  entry.first.all_day = starts_on_date && (!end || end->kind == Kind::date);
  entry.length.civil = end ? local(*end) - entry.start : kDay;
  if (entry.first.all_day && entry.length.civil == Duration{0}) {
    doubt(where + ": end",
          "the same date as \"start\"; an end date is the first day after the event (or left out for "
          "one day); used as one day");
    entry.length.civil = kDay;
    end.reset();
  }
  entry.first.span = end ? TimeRange{utc(*start), utc(*end)} : span_at(entry.start, entry.length, zone);
  if (!entry.first.span.empty()) return true;
  problem(where + ": end", fmt::format("{} is not after the start {}; entry left out", describe(event["end"]),
                                       describe(event["start"])));
  return false;
}

void Reader::read_numbers(const Json& event, const std::string& where, Event& first) {
  if (event.contains("expected_uplift")) {
    const Json& value = event["expected_uplift"];
    const double uplift = number_of(value).value_or(0);
    if (uplift > 0 && uplift <= kLargestUplift)
      first.expected_uplift = uplift;
    else
      problem(
          where + ": expected_uplift",
          fmt::format("found {}; expected a number above 0 and up to {} (3 means three times the usual peak); ignored",
                      describe(value), kLargestUplift));
  }
  if (event.contains("minimum_instances")) {
    const Json& value = event["minimum_instances"];
    const double minimum = number_of(value).value_or(-1);
    if (minimum >= 0 && minimum <= kLargestMinimum && minimum == std::floor(minimum))
      first.minimum_instances = static_cast<int>(minimum);
    else
      problem(where + ": minimum_instances",
              fmt::format("found {}; expected a whole number from 0 to {}; ignored", describe(value), kLargestMinimum));
  }
}

void Reader::read_rule(const Json& event, const std::string& where, Entry& entry) {
  if (!event.contains("rrule")) return;
  const std::string place = where + ": rrule";
  const Json& value = event["rrule"];
  if (!value.is_string())
    return problem(
        place, fmt::format("found {}; expected a text such as \"FREQ=WEEKLY;BYDAY=FR\"; used once", describe(value)));
  const bool fits = add_rule(entry, value.get_ref<const std::string&>(),
                             [&](std::string message) { problem(place, std::move(message)); });
  if (!fits) problem(place, "the start is none of the rule's own times; the event happens only at those");
}

void Reader::read_exdates(const Json& event, const std::string& where, Entry& entry) {
  if (!event.contains("exdate")) return;
  const Json& value = event["exdate"];
  if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) exclude(value[i], fmt::format("{}: exdate {}", where, i + 1), entry);
  } else {
    exclude(value, where + ": exdate", entry);
  }
  std::sort(entry.excluded.begin(), entry.excluded.end());
  std::sort(entry.excluded_days.begin(), entry.excluded_days.end());
}

void Reader::exclude(const Json& value, const std::string& where, Entry& entry) {
  if (!value.is_string())
    return problem(where, fmt::format("found {}; expected a time or a date in quotes; ignored", describe(value)));
  const auto moment = parse_json_moment(value.get_ref<const std::string&>());
  if (!moment) return problem(where, moment.error().message + "; ignored");
  if (lacks_zone_for(*moment))
    return problem(where, "a local time, but the calendar's time zone is not known; ignored");
  bool met = false;
  if (moment->kind == Kind::date) {
    met = occurs_on(entry, moment->local);
    entry.excluded_days.push_back(moment->local);
  } else {
    const Timestamp utc = moment->kind == Kind::absolute ? moment->utc : entry.zone->to_utc(moment->local);
    met = occurs_at(entry, utc);
    entry.excluded.push_back(utc);
  }
  if (!met) doubt(where, fmt::format("no occurrence starts at {}; nothing is excluded", describe(value)));
}

}  // namespace

Result<Contents> read_json(std::string_view text, std::string_view name,
                           const std::shared_ptr<const Zone>& group_zone) {
  return Reader(text, name, group_zone).read();
}

}  // namespace almanac::calendar
