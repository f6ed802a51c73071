#include <fmt/format.h>

#include <map>

#include "calendar/entry.h"
#include "calendar/ical_event.h"
#include "calendar/ical_text.h"
#include "calendar/ical_zone.h"
#include "calendar/ical_zone_names.h"
#include "calendar/text.h"

namespace almanac::calendar {
namespace {

class Reader {
 public:
  Reader(std::string_view name, const std::shared_ptr<const Zone>& group_zone) : name_(name), group_zone_(group_zone) {}

  Result<Contents> read(std::string_view text) {
    auto calendars = split_icalendar(text, name_, contents_.problems);
    if (!calendars) return tl::unexpected(calendars.error());
    for (const IcalText& calendar : *calendars) read_calendar(calendar);
    contents_.entries = join_drafts(std::move(drafts_), name_, contents_.problems);
    return std::move(contents_);
  }

 private:
  void problem(std::string_view where, std::string message) {
    contents_.problems.push_back({fmt::format("{}: {}", name_, where), std::move(message)});
  }

  void read_calendar(const IcalText& calendar);
  void read_calendar_zone(const IcalText& calendar);

  std::string_view name_;
  std::shared_ptr<const Zone> group_zone_;  // null: not known
  Contents contents_;
  bool calendar_zone_given_ = false;
  std::shared_ptr<const Zone> zone_ = Zone::utc();  // of the VCALENDAR being read; null: given but not known
  ZoneNames zones_;
  std::vector<Draft> drafts_;
};

void Reader::read_calendar_zone(const IcalText& calendar) {
  zone_ = group_zone_ ? group_zone_ : Zone::utc();
  for (const std::string& line : calendar.properties) {
    if (property_name(line) != "X-WR-TIMEZONE") continue;
    const std::string tzid = clean(property_value(line));
    zone_ = zones_.find(tzid);
    if (!zone_)
      problem("X-WR-TIMEZONE",
              fmt::format("{} is not a known time zone; expected an IANA name such as Europe/Paris; events with times "
                          "that have no zone of their own are left out",
                          in_quotes(tzid)));
    if (zone_ && !calendar_zone_given_) {
      contents_.zone = zone_;
      contents_.zone_from = Contents::ZoneFrom::stated;
      calendar_zone_given_ = true;
    }
    return;
  }
}

void Reader::read_calendar(const IcalText& calendar) {
  zones_ = {};
  for (const IcalBlock& block : calendar.zones) {
    auto zone = read_vtimezone(block);
    if (zone)
      zones_.define(zone->tzid, zone->zone);
    else
      problem(fmt::format("VTIMEZONE at line {}", block.line), zone.error().message + "; the definition is not used");
  }
  read_calendar_zone(calendar);
  contents_.left_out += calendar.cut_off;
  for (const IcalBlock& block : calendar.events) {
    auto draft = read_vevent(block, {name_, zone_, zones_}, contents_.problems);
    if (!draft || !draft->usable) ++contents_.left_out;
    if (draft) drafts_.push_back(*std::move(draft));
  }
  std::map<std::string, int> ignored;
  for (const std::string& kind : calendar.ignored) ++ignored[kind];
  for (const auto& [kind, count] : ignored) problem(clean(kind), fmt::format("{} of them; only VEVENT is used", count));
}

}  // namespace

Result<Contents> read_icalendar(std::string_view text, std::string_view name,
                                const std::shared_ptr<const Zone>& group_zone) {
  return Reader(name, group_zone).read(text);
}

}  // namespace almanac::calendar
