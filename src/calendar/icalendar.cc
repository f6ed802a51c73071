#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "calendar/entry.h"
#include "calendar/ical_event.h"
#include "calendar/ical_text.h"
#include "calendar/ical_zone.h"
#include "calendar/ical_zone_names.h"
#include "calendar/reporter.h"
#include "calendar/text.h"

namespace almanac::calendar {
namespace {

class Reader : Reporter {
 public:
  Reader(std::string_view name, const std::shared_ptr<const Zone>& group_zone)
      : Reporter(name, contents_.problems), name_(name), group_zone_(group_zone) {}

  Result<Contents> read(std::string_view text) {
    auto calendars = split_icalendar(text, name_, contents_.problems);
    if (!calendars) return tl::unexpected(calendars.error());
    for (const IcalText& calendar : *calendars) read_calendar(calendar);
    contents_.entries = join_drafts(std::move(drafts_), name_, contents_.problems);
    tell_zone_assumed();
    return std::move(contents_);
  }

 private:
  void read_calendar(const IcalText& calendar);
  void read_calendar_zone(const IcalText& calendar);
  void take_zone(std::shared_ptr<const Zone> zone, Contents::ZoneFrom from);
  void tell_unknown_zone(const std::string& tzid);
  void tell_zone_assumed();

  std::string_view name_;
  std::shared_ptr<const Zone> group_zone_;  // null: not known
  Contents contents_;
  std::shared_ptr<const Zone> zone_ = Zone::utc();  // of the VCALENDAR being read; null: given but not known
  bool zone_assumed_ = false;                       // it is UTC because none is known
  std::size_t events_in_assumed_zone_ = 0;
  ZoneNames zones_;
  std::vector<Draft> drafts_;
};

// The zone of one VCALENDAR; the file's is that of the first one, and what is stated goes before what is only named.
void Reader::take_zone(std::shared_ptr<const Zone> zone, Contents::ZoneFrom from) {
  zone_ = std::move(zone);
  if (zone_ && contents_.zone_from < from) {
    contents_.zone = zone_;
    contents_.zone_from = from;
  }
}

// A day in the group's zone is at most some hours off; a time of day would be taken for exact.
void Reader::tell_unknown_zone(const std::string& tzid) {
  const std::string found =
      fmt::format("{} is not a known time zone; expected an IANA name such as Europe/Paris", in_quotes(tzid));
  constexpr const char* kLeftOut = "events with times that have no zone of their own are left out";
  if (!group_zone_) return problem("X-WR-TIMEZONE", fmt::format("{}; {}", found, kLeftOut));
  doubt("X-WR-TIMEZONE",
        fmt::format("{}; days are read in {}, the group's zone; {}", found, group_zone_->name(), kLeftOut));
  if (contents_.zone_from == Contents::ZoneFrom::nowhere) contents_.zone = group_zone_;
}

void Reader::read_calendar_zone(const IcalText& calendar) {
  zone_assumed_ = false;
  for (const std::string& line : calendar.properties) {
    const std::string tzid = clean(property_value(line));
    if (property_name(line) != "X-WR-TIMEZONE" || tzid.empty()) continue;
    take_zone(zones_.find(tzid), Contents::ZoneFrom::stated);
    if (zone_) return;
    auto only = zones_.only_one(calendar);
    if (only)
      doubt("X-WR-TIMEZONE",
            fmt::format(
                "{} is not a known time zone; {}, the only one that the file names, is used for times without one",
                in_quotes(tzid), only->name()));
    else
      tell_unknown_zone(tzid);
    if (only) take_zone(std::move(only), Contents::ZoneFrom::only_zone_named);
    return;
  }
  if (auto only = zones_.only_one(calendar)) return take_zone(std::move(only), Contents::ZoneFrom::only_zone_named);
  zone_assumed_ = group_zone_ == nullptr;
  zone_ = zone_assumed_ ? Zone::utc() : group_zone_;
  if (contents_.zone_from == Contents::ZoneFrom::nowhere) contents_.zone = zone_;
}

void Reader::tell_zone_assumed() {
  const std::size_t events = events_in_assumed_zone_;
  if (events == 0) return;
  contents_.lacks_zone = true;
  doubt("X-WR-TIMEZONE", fmt::format("not given, and no zone of the group is known: {} {} without a zone {} read in "
                                     "UTC; state X-WR-TIMEZONE in the file, or timezone: for the group",
                                     events, events == 1 ? "event" : "events", events == 1 ? "is" : "are"));
}

// "METHOD:CANCEL": a program takes back what the file holds.
bool cancels_all(const std::string& line) {
  std::string method = clean(property_value(line));
  std::transform(method.begin(), method.end(), method.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return property_name(line) == "METHOD" && method == "CANCEL";
}

void Reader::read_calendar(const IcalText& calendar) {
  zones_ = {};
  for (const IcalBlock& block : calendar.zones) {
    auto zone = read_vtimezone(block);
    if (zone)
      zones_.define(zone->tzid, zone->zone);
    else
      doubt(fmt::format("VTIMEZONE at line {}", block.line), zone.error().message + "; the definition is not used");
  }
  read_calendar_zone(calendar);
  contents_.left_out += calendar.cut_off;
  if (!calendar.ends) contents_.cut_off = "the file ends before END:VCALENDAR";
  if (calendar.cut_off > 0 && contents_.cut_off.empty()) contents_.cut_off = "an event has no END:VEVENT";
  const bool cancels = std::any_of(calendar.properties.begin(), calendar.properties.end(), cancels_all);
  for (const IcalBlock& block : calendar.events) {
    auto draft = read_vevent(block, {name_, zone_, zones_, cancels, group_zone_}, contents_.problems);
    if (!draft || !draft->usable) ++contents_.left_out;
    if (zone_assumed_ && draft && draft->usable && draft->floats) ++events_in_assumed_zone_;
    if (draft) drafts_.push_back(*std::move(draft));
  }
  std::map<std::string, int> ignored;
  for (const std::string& kind : calendar.ignored) ++ignored[kind];
  for (const auto& [kind, count] : ignored) doubt(clean(kind), fmt::format("{} of them; only VEVENT is used", count));
}

}  // namespace

Result<Contents> read_icalendar(std::string_view text, std::string_view name,
                                const std::shared_ptr<const Zone>& group_zone) {
  return Reader(name, group_zone).read(text);
}

}  // namespace almanac::calendar
