#include "calendar/calendar.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "calendar/encoding.h"
#include "calendar/entry.h"
#include "calendar/gzip.h"
#include "calendar/text.h"
#include "core/mutex.h"

namespace almanac::calendar {
namespace {

// Recurring entries are expanded a chunk of starts at a time and kept: a backtest asks for the same weeks again and
// again.
constexpr Duration kChunk = 32 * kDay;
constexpr std::size_t kChunksKept = 512;

bool before(const Event& a, const Event& b) {
  return std::tie(a.span.start, a.name, a.uid, a.span.end) < std::tie(b.span.start, b.name, b.uid, b.span.end);
}

}  // namespace

struct Calendar::Data {
  Contents contents;
  std::vector<Event> singles;             // occurrences of entries that happen once, sorted
  std::vector<Timestamp> latest_end;      // latest_end[i] = the latest end of singles[0..i]
  std::vector<const Entry*> recurring;    // into contents.entries
  Timestamp recurring_from = kEndOfTime;  // no recurring entry starts earlier
  Duration longest{0};                    // longest recurring occurrence, clock changes included

  explicit Data(Contents given);

  void add_singles(TimeRange range, std::vector<Event>& events) const;
  void add_recurring(TimeRange range, std::vector<Event>& events) const;
  static Calendar wrap(Contents contents) {
    Calendar calendar;
    calendar.data_ = std::make_shared<const Data>(std::move(contents));
    return calendar;
  }

 private:
  using Chunk = std::shared_ptr<const std::vector<Event>>;
  Chunk chunk(Timestamp start) const;

  mutable Mutex mutex_;
  mutable std::map<Timestamp, Chunk> chunks_ ALMANAC_GUARDED_BY(mutex_);
};

Calendar::Data::Data(Contents given) : contents(std::move(given)) {
  std::stable_partition(contents.problems.begin(), contents.problems.end(), [](const Problem& p) { return p.lost; });
  for (const Entry& entry : contents.entries) {
    if (entry.recurring()) {
      recurring.push_back(&entry);
      const auto note = [&](Timestamp start, Duration length) {
        recurring_from = std::min(recurring_from, start - 2 * kDay);
        longest = std::max(longest, length);
      };
      note(entry.first.span.start,
           std::max(entry.length.civil + entry.length.exact + kDay, entry.first.span.duration()));
      for (const Listed& listed : entry.listed) note(listed.span.start, listed.span.duration());
      for (const Change& change : entry.changes)
        note(Timestamp{(change.from + change.shift).time_since_epoch()},
             change.length.civil + change.length.exact + kDay);
    } else {
      const std::vector<Event> once = expand(entry, {entry.first.span.start, entry.first.span.start + Duration{1}});
      singles.insert(singles.end(), once.begin(), once.end());
    }
  }
  std::stable_sort(singles.begin(), singles.end(), before);
  latest_end.reserve(singles.size());
  for (const Event& event : singles)
    latest_end.push_back(latest_end.empty() ? event.span.end : std::max(latest_end.back(), event.span.end));
}

void Calendar::Data::add_singles(TimeRange range, std::vector<Event>& events) const {
  // Everything before the first index whose running latest end passes the range's start has ended by then.
  const auto from = std::upper_bound(latest_end.begin(), latest_end.end(), range.start);
  for (auto i = static_cast<std::size_t>(from - latest_end.begin()); i < singles.size(); ++i) {
    if (singles[i].span.start >= range.end) break;
    if (singles[i].span.overlaps(range)) events.push_back(singles[i]);
  }
}

void Calendar::Data::add_recurring(TimeRange range, std::vector<Event>& events) const {
  if (recurring.empty() || range.end <= recurring_from || range.start >= kEndOfTime) return;
  const Timestamp from = range.start <= recurring_from + longest ? recurring_from : range.start - longest;
  const Timestamp to = std::min(range.end, kEndOfTime);
  for (Timestamp start = floor_to(from, kChunk); start < to; start += kChunk)
    for (const Event& event : *chunk(start))
      if (event.span.overlaps(range)) events.push_back(event);
}

Calendar::Data::Chunk Calendar::Data::chunk(Timestamp start) const {
  {
    const MutexLock lock(mutex_);
    if (const auto found = chunks_.find(start); found != chunks_.end()) return found->second;
  }
  auto events = std::make_shared<std::vector<Event>>();
  for (const Entry* entry : recurring) {
    std::vector<Event> more = expand(*entry, {start, std::min(start + kChunk, kEndOfTime)});
    std::move(more.begin(), more.end(), std::back_inserter(*events));
  }
  const MutexLock lock(mutex_);
  if (chunks_.size() >= kChunksKept) chunks_.clear();
  return chunks_.emplace(start, std::move(events)).first->second;
}

Calendar::Calendar() {
  static const auto empty = std::make_shared<const Data>(Contents{});
  data_ = empty;
}

Result<Calendar> Calendar::parse_json(std::string_view text, std::string_view name,
                                      const std::shared_ptr<const Zone>& group_zone) {
  if (const auto wide = from_wide_text(text)) return parse_json(*wide, name, group_zone);
  const bool one_byte_letters = in_one_byte_letters({text});
  auto contents = read_json(one_byte_letters ? from_windows_1252(text) : std::string{text}, name, group_zone);
  if (!contents) return tl::unexpected(contents.error());
  if (one_byte_letters) contents->problems.push_back({std::string{name}, std::string{kReadAsWindows1252}, false});
  return Data::wrap(*std::move(contents));
}

Result<Calendar> Calendar::parse_icalendar(std::string_view text, std::string_view name,
                                           const std::shared_ptr<const Zone>& group_zone) {
  return read_icalendar(text, name, group_zone).map([](Contents contents) { return Data::wrap(std::move(contents)); });
}

Result<Calendar> Calendar::parse(std::string_view text, std::string_view name,
                                 const std::shared_ptr<const Zone>& group_zone) {
  if (!text.starts_with("\x1f\x8b")) return parse_plain(text, name, group_zone);
  const auto plain = unpacked(std::string(text));
  if (!plain) return tl::unexpected(with_context(plain.error(), name));
  return parse_plain(*plain, name, group_zone);
}

Result<Calendar> Calendar::parse_plain(std::string_view text, std::string_view name,
                                       const std::shared_ptr<const Zone>& group_zone) {
  if (const auto wide = from_wide_text(text)) return parse_plain(*wide, name, group_zone);
  std::string_view rest = text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  const auto first = rest.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos)
    return fail(ErrorCode::invalid_input,
                fmt::format("{}: the file is empty; expected a JSON object or an iCalendar (BEGIN:VCALENDAR)", name));
  // A file of this name that is damaged at its front is still meant as JSON, and says what is wrong as such.
  const bool json = rest[first] == '{' || rest[first] == '[' || (name.ends_with(".json") && rest[first] != 'B');
  if (rest[first] == '<')
    return fail(ErrorCode::invalid_input,
                fmt::format("{}: found {}: a web page, not a calendar (is a login asked for?); expected JSON or "
                            "BEGIN:VCALENDAR",
                            name, in_quotes(rest.substr(first, rest.find('\n', first) - first))));
  return json ? parse_json(text, name, group_zone) : parse_icalendar(text, name, group_zone);
}

Calendar Calendar::of(std::vector<Event> events, std::string_view timezone) {
  Contents contents;
  if (auto zone = Zone::iana(timezone)) {
    contents.zone = *zone;
    contents.zone_from = Contents::ZoneFrom::stated;
  } else {
    contents.problems.push_back({"timezone", zone.error().message + "; UTC is used"});
  }
  for (Event& event : events) {
    if (event.span.empty()) {
      contents.problems.push_back({fmt::format("event \"{}\"", event.name), "ends before it starts; left out"});
      ++contents.left_out;
      continue;
    }
    Entry entry;
    entry.first = std::move(event);
    entry.zone = contents.zone;
    entry.start = contents.zone->to_local(entry.first.span.start);
    contents.entries.push_back(std::move(entry));
  }
  return Data::wrap(std::move(contents));
}

std::shared_ptr<const Zone> Calendar::zone_of(const std::vector<Calendar>& calendars) {
  for (const auto from : {Contents::ZoneFrom::stated, Contents::ZoneFrom::only_zone_named})
    for (const Calendar& calendar : calendars)
      if (calendar.data_->contents.zone_from == from) return calendar.data_->contents.zone;
  return nullptr;
}

Calendar Calendar::merge(const std::vector<Calendar>& calendars, const std::shared_ptr<const Zone>& group_zone) {
  Contents all;
  if (const auto zone = group_zone ? group_zone : zone_of(calendars)) {
    all.zone = zone;
    all.zone_from = Contents::ZoneFrom::stated;
  }
  for (const Calendar& calendar : calendars) {
    const Contents& one = calendar.data_->contents;
    all.entries.insert(all.entries.end(), one.entries.begin(), one.entries.end());
    all.problems.insert(all.problems.end(), one.problems.begin(), one.problems.end());
    all.left_out += one.left_out;
    all.lacks_zone = all.lacks_zone || one.lacks_zone;
    if (all.cut_off.empty()) all.cut_off = one.cut_off;
    if (one.sale_switch) all.sale_switch = all.sale_switch.value_or(false) || *one.sale_switch;
  }
  return Data::wrap(std::move(all));
}

std::vector<Event> Calendar::between(TimeRange range) const {
  std::vector<Event> events;
  if (range.empty()) return events;
  data_->add_singles(range, events);
  data_->add_recurring(range, events);
  std::stable_sort(events.begin(), events.end(), before);
  return events;
}

std::optional<bool> Calendar::sale_switch() const {
  return data_->contents.sale_switch;
}
const std::string& Calendar::timezone() const {
  return data_->contents.zone->name();
}
bool Calendar::lacks_zone() const {
  return data_->contents.lacks_zone;
}
const std::string& Calendar::cut_off() const {
  return data_->contents.cut_off;
}
const std::vector<Problem>& Calendar::problems() const {
  return data_->contents.problems;
}
std::size_t Calendar::left_out() const {
  return data_->contents.left_out;
}
std::string Calendar::local_time(Timestamp t) const {
  return format_zoned(t, *data_->contents.zone);
}
Duration Calendar::utc_offset(Timestamp t) const {
  return data_->contents.zone->at(t).utc_offset;
}

}  // namespace almanac::calendar
