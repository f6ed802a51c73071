#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "calendar/entry.h"
#include "calendar/text.h"

namespace almanac::calendar {
namespace {

using Json = nlohmann::json;

// Far more than a calendar needs; refused before the parser builds it.
constexpr int kDeepest = 32;

// A time as it is written: with a zone it is absolute, without one it is the wall clock's, and a bare date is a whole
// day.
struct Moment {
  enum class Kind { absolute, local, date };
  Kind kind = Kind::date;
  Timestamp utc;    // of an absolute one
  LocalTime local;  // of the others
};

Result<Moment> parse_moment(std::string_view text) {
  const auto parsed = parse_timestamp(text);
  const bool civil_shape = text.size() >= 10 && text[4] == '-';
  if (!parsed || !civil_shape)
    return fail(ErrorCode::invalid_input,
                fmt::format("found {}; expected a time such as 2026-11-27T09:00 (in the calendar's zone), "
                            "2026-11-27T08:00Z, 2026-11-27T09:00+01:00, or a date such as 2026-11-27",
                            in_quotes(text)));
  const LocalTime local{parsed->time_since_epoch()};
  if (text.size() == 10) return Moment{Moment::Kind::date, {}, local};
  if (text.find_first_of("Zz+-", 10) == std::string_view::npos) return Moment{Moment::Kind::local, {}, local};
  return Moment{Moment::Kind::absolute, *parsed, {}};
}

std::string describe(const Json& value) {
  switch (value.type()) {
    case Json::value_t::object:
      return "an object";
    case Json::value_t::array:
      return "a list";
    case Json::value_t::string:
      return in_quotes(value.get_ref<const std::string&>());
    case Json::value_t::null:
      return "null";
    default:
      return value.dump();
  }
}

struct Place {
  std::size_t line = 1;
  std::size_t column = 1;  // in bytes, as editors and compilers mostly count
};

Place place_of(std::string_view text, std::size_t offset) {
  Place place;
  for (char c : text.substr(0, offset)) {
    if (c == '\n') {
      ++place.line;
      place.column = 1;
    } else {
      ++place.column;
    }
  }
  return place;
}

// The offset where brackets nest deeper than kDeepest, npos where they do not.
std::size_t too_deep_at(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDeepest) return i;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return std::string_view::npos;
}

// Reads one document into Contents; every message names the file, the entry and the key.
class Reader {
 public:
  Reader(std::string_view text, std::string_view name) : text_(text), name_(name) {}

  Result<Contents> read() {
    auto document = parse();
    if (!document) return tl::unexpected(document.error());
    if (!document->is_object())
      return refuse(
          fmt::format("found {}; expected an object with \"events\" or \"is_sale_active\"", describe(*document)));
    read_top(*document);
    return std::move(contents_);
  }

 private:
  tl::unexpected<Error> refuse(std::string message) const {
    return fail(ErrorCode::invalid_input, fmt::format("{}: {}", name_, message));
  }

  void problem(std::string_view where, std::string message) {
    contents_.problems.push_back({fmt::format("{}: {}", name_, where), std::move(message)});
  }

  Result<Json> parse();
  void read_top(const Json& document);
  void read_zone(const Json& document);
  void read_switch(const Json& value);
  void read_event(const Json& event, std::size_t number);
  bool read_span(const Json& event, const std::string& where, Entry& entry);
  std::optional<Moment> read_moment(const Json& event, const char* key, const std::string& where);
  void read_labels(const Json& event, std::size_t number, const std::string& where, Event& first);
  void read_numbers(const Json& event, const std::string& where, Event& first);
  void read_rule(const Json& event, const std::string& where, Entry& entry);
  void read_exdates(const Json& event, const std::string& where, Entry& entry);
  void exclude(const Json& value, const std::string& where, Entry& entry);

  std::string_view text_;
  std::string_view name_;
  bool zone_known_ = true;
  Contents contents_;
  std::map<std::string, int> uses_of_name_;
};

Result<Json> Reader::parse() {
  if (text_.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return refuse("the file is empty; expected a JSON object with \"events\" or \"is_sale_active\"");
  const auto at = [&](std::size_t offset) {
    const Place place = place_of(text_, offset);
    return fmt::format("line {}, column {}", place.line, place.column);
  };
  if (const std::size_t deep = too_deep_at(text_); deep != std::string_view::npos)
    return refuse(fmt::format("{}: brackets nest deeper than {} levels", at(deep), kDeepest));

  std::vector<std::set<std::string>> keys;  // of the objects that are open
  const auto note_keys = [&](int, Json::parse_event_t event, Json& parsed) {
    if (event == Json::parse_event_t::object_start) keys.emplace_back();
    if (event == Json::parse_event_t::object_end) keys.pop_back();
    if (event == Json::parse_event_t::key && !keys.back().insert(parsed.get<std::string>()).second)
      problem(describe(parsed), "the key stands twice in one object; the last one is used");
    return true;
  };
  try {
    return Json::parse(text_.begin(), text_.end(), note_keys);
  } catch (const Json::parse_error& error) {
    std::string reason = error.what();  // "[json.exception...] parse error at line 1, column 2: syntax error ..."
    if (const auto colon = reason.find(": "); colon != std::string::npos) reason = reason.substr(colon + 2);
    return refuse(fmt::format("{}: not JSON: {}", at(error.byte > 0 ? error.byte - 1 : 0), clean(reason)));
  } catch (const Json::exception& error) {
    std::string reason = error.what();
    if (const auto bracket = reason.find("] "); bracket != std::string::npos) reason = reason.substr(bracket + 2);
    return refuse(fmt::format("not usable JSON: {}", clean(reason)));
  }
}

void Reader::read_top(const Json& document) {
  for (const auto& [key, value] : document.items())
    if (key != "timezone" && key != "events" && key != "is_sale_active")
      problem(in_quotes(key), "unknown key, ignored; expected \"timezone\", \"events\" or \"is_sale_active\"");
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
}

void Reader::read_zone(const Json& document) {
  if (!document.contains("timezone")) return;
  const Json& value = document["timezone"];
  const char* consequence = "entries with local times are left out, those with absolute times are used";
  if (!value.is_string()) {
    zone_known_ = false;
    return problem("timezone", fmt::format("found {}; expected an IANA name such as \"Europe/Paris\"; {}",
                                           describe(value), consequence));
  }
  if (auto zone = Zone::iana(value.get_ref<const std::string&>())) {
    contents_.zone = *zone;
  } else {
    zone_known_ = false;
    problem("timezone", fmt::format("{} is not a known time zone; expected an IANA name such as \"Europe/Paris\"; {}",
                                    describe(value), consequence));
  }
}

void Reader::read_switch(const Json& value) {
  if (value.is_boolean()) {
    contents_.sale_switch = value.get<bool>();
  } else if (value.is_number() && (value.get<double>() == 0 || value.get<double>() == 1)) {
    contents_.sale_switch = value.get<double>() == 1;
  } else {
    problem("is_sale_active", fmt::format("found {}; expected 0 or 1; the switch is not used", describe(value)));
  }
}

void Reader::read_event(const Json& event, std::size_t number) {
  std::string where = fmt::format("entry {}", number);
  if (!event.is_object()) {
    ++contents_.left_out;
    return problem(where, fmt::format("found {}; expected an object with \"name\", \"start\" and \"end\"; left out",
                                      describe(event)));
  }
  if (event.contains("name") && event["name"].is_string())
    where += fmt::format(" ({})", in_quotes(event["name"].get_ref<const std::string&>()));
  static const std::set<std::string> known = {"name",  "kind",   "start",           "end",
                                              "rrule", "exdate", "expected_uplift", "minimum_instances"};
  for (const auto& [key, value] : event.items())
    if (!known.contains(key))
      problem(
          where + ": " + in_quotes(key),
          "unknown key, ignored; expected name, kind, start, end, rrule, exdate, expected_uplift or minimum_instances");
  Entry entry;
  entry.zone = contents_.zone;
  read_labels(event, number, where, entry.first);
  if (!read_span(event, where, entry)) {
    ++contents_.left_out;
    return;
  }
  read_numbers(event, where, entry.first);
  read_rule(event, where, entry);
  read_exdates(event, where, entry);
  contents_.entries.push_back(std::move(entry));
}

void Reader::read_labels(const Json& event, std::size_t number, const std::string& where, Event& first) {
  const auto text = [&](const char* key, std::string otherwise) {
    const bool given = event.contains(key);
    std::string found = given && event[key].is_string() ? clean(event[key].get_ref<const std::string&>()) : "";
    if (!found.empty()) return found;
    if (given)
      problem(where + ": " + key, fmt::format("found {}; expected a text that is not empty; {} is used",
                                              describe(event[key]), in_quotes(otherwise)));
    return otherwise;
  };
  first.kind = text("kind", "event");
  first.name = text("name", fmt::format("entry {}", number));
  if (!event.contains("name")) problem(where, fmt::format("no \"name\"; {} is used", in_quotes(first.name)));
  const int uses = ++uses_of_name_[first.name];
  first.uid = uses == 1 ? first.name : fmt::format("{}#{}", first.name, uses);
}

std::optional<Moment> Reader::read_moment(const Json& event, const char* key, const std::string& where) {
  const std::string place = where + ": " + key;
  if (!event[key].is_string()) {
    problem(place, fmt::format("found {}; expected a time in quotes, such as \"2026-11-27T09:00\"; entry left out",
                               describe(event[key])));
    return std::nullopt;
  }
  const auto moment = parse_moment(event[key].get_ref<const std::string&>());
  if (!moment) {
    problem(place, moment.error().message + "; entry left out");
    return std::nullopt;
  }
  if (moment->kind != Moment::Kind::absolute && !zone_known_) {
    problem(place, "a local time, but the calendar's time zone is not known; entry left out");
    return std::nullopt;
  }
  if (moment->kind == Moment::Kind::local && contents_.zone->skips(moment->local))
    problem(place,
            fmt::format("{} does not exist in {}: clocks jump over it; {} is used", describe(event[key]),
                        contents_.zone->name(), format_zoned(contents_.zone->to_utc(moment->local), *contents_.zone)));
  return *moment;
}

bool Reader::read_span(const Json& event, const std::string& where, Entry& entry) {
  if (!event.contains("start")) return problem(where, "no \"start\"; entry left out"), false;
  const auto start = read_moment(event, "start", where);
  if (!start) return false;
  const bool starts_on_date = start->kind == Moment::Kind::date;
  std::optional<Moment> end;
  if (event.contains("end")) {
    end = read_moment(event, "end", where);
    if (!end) return false;
  } else if (!starts_on_date) {
    return problem(where, "no \"end\"; expected one unless \"start\" is a bare date; entry left out"), false;
  }
  const Zone& zone = *entry.zone;
  const auto local = [&](const Moment& moment) {
    return moment.kind == Moment::Kind::absolute ? zone.to_local(moment.utc) : moment.local;
  };
  const auto utc = [&](const Moment& moment) {
    return moment.kind == Moment::Kind::absolute ? moment.utc : zone.to_utc(moment.local);
  };
  entry.start = local(*start);
  entry.first.all_day = starts_on_date && (!end || end->kind == Moment::Kind::date);
  entry.length.civil = end ? local(*end) - entry.start : kDay;
  if (entry.first.all_day && entry.length.civil == Duration{0}) {
    problem(where + ": end",
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
    const double uplift = value.is_number() ? value.get<double>() : 0;
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
    if (value.is_number_integer() && value.get<double>() >= 0 && value.get<double>() <= kLargestMinimum)
      first.minimum_instances = value.get<int>();
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
  add_rule(entry, value.get_ref<const std::string&>(),
           [&](std::string message) { problem(place, std::move(message)); });
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
  const auto moment = parse_moment(value.get_ref<const std::string&>());
  if (!moment) return problem(where, moment.error().message + "; ignored");
  if (moment->kind != Moment::Kind::absolute && !zone_known_)
    return problem(where, "a local time, but the calendar's time zone is not known; ignored");
  bool met = false;
  if (moment->kind == Moment::Kind::date) {
    met = occurs_on(entry, moment->local);
    entry.excluded_days.push_back(moment->local);
  } else {
    const Timestamp utc = moment->kind == Moment::Kind::absolute ? moment->utc : entry.zone->to_utc(moment->local);
    met = occurs_at(entry, utc);
    entry.excluded.push_back(utc);
  }
  if (!met) problem(where, fmt::format("no occurrence starts at {}; nothing is excluded", describe(value)));
}

}  // namespace

Result<Contents> read_json(std::string_view text, std::string_view name) {
  return Reader(text, name).read();
}

}  // namespace almanac::calendar
