#include "records/calendar_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <set>

#include "calendar/gzip.h"
#include "calendar/zone.h"
#include "records/calendar_loss.h"
#include "records/calendar_watch.h"

namespace almanac::records {
namespace {

using calendar::Calendar;
using calendar::Zone;
using ports::NotificationKind;

// What stands for the copy of a calendar that was taken away and is not missed any more.
constexpr const char* kNoCalendar = "{\"events\": []}\n";

bool is_calendar_key(std::string_view key, std::string_view folder) {
  if (!key.starts_with(folder)) return false;
  const std::string_view name = key.substr(folder.size());
  return name == "business_calendar.json" || (name.ends_with(".ics") && name.find('/') == std::string_view::npos);
}

// FNV-1a: keeps feeds apart whose names differ only in characters that a key cannot hold.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325ULL;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return value;
}

std::string copies_folder(const std::string& group) {
  return group + "/calendar/last_good/";
}

std::string last_good_key(const std::string& group, const std::string& name) {
  std::string readable = name.substr(name.find_last_of('/') + 1).substr(0, 80);
  for (char& c : readable) {
    const bool fits = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
    if (!fits) c = '_';
  }
  return fmt::format("{}{:016x}-{}", copies_folder(group), hash(name), readable);
}

// Calendars of the store that left a copy and are not there any more.
std::vector<std::string> vanished(const std::string& group, const std::vector<std::string>& keys) {
  const std::string folder = group + "/", copies = copies_folder(group);
  std::vector<std::string> gone;
  for (const std::string& key : keys) {
    if (!key.starts_with(copies) || key.size() <= copies.size() + 17) continue;
    const std::string name = folder + key.substr(copies.size() + 17);  // 16 digits and a '-'
    const bool its_copy = is_calendar_key(name, folder) && last_good_key(group, name) == key;
    if (its_copy && !std::binary_search(keys.begin(), keys.end(), name)) gone.push_back(name);
  }
  return gone;
}

// One calendar, and what is to be said of it as a whole.
struct Source {
  std::string name;
  std::string bytes;                 // of what is in use
  std::optional<Calendar> calendar;  // empty: nothing can be used
  bool is_copy = false;              // its last good copy is in use
  std::vector<std::string> notices;
  std::vector<Condition> conditions;
};

std::string events(std::size_t count) {
  return fmt::format("{} {}", count, count == 1 ? "event" : "events");
}

std::string placed(const std::string& name, const std::string& text) {
  return text.starts_with(name) ? text : name + ": " + text;
}

// What may be why a calendar has less: of a version that is held back, nobody else tells it.
std::string first_lost(const Calendar& calendar) {
  const auto& problems = calendar.problems();
  if (problems.empty() || !problems.front().lost) return "";
  const std::string more = problems.size() == 1 ? "" : " (the first of its problems)";
  return fmt::format("; in it {}: {}{}", problems.front().where, problems.front().message, more);
}

// What the entries of all calendars lost, then what is in use with a doubt.
void tell_problems(const std::vector<Source>& sources, LoadedCalendar& loaded) {
  std::vector<Condition> lost;
  std::vector<std::string> doubts;
  for (const Source& source : sources) {
    if (!source.calendar) continue;
    for (const calendar::Problem& problem : source.calendar->problems()) {
      const std::string subject = placed(source.name, problem.where);
      if (problem.lost)
        lost.push_back({NotificationKind::event_not_applied, subject, problem.message, false});
      else
        doubts.push_back(fmt::format("{}: {}", subject, problem.message));
    }
  }
  for (const Condition& one : lost) loaded.notices.push_back(fmt::format("{}: {}", one.subject, one.text));
  loaded.notices.insert(loaded.notices.end(), doubts.begin(), doubts.end());
  if (lost.size() > kConditionsKept) {
    // One more names the rest. Its subject changes with them, so that a new one among them is told, too.
    constexpr std::size_t kLongest = 4000;
    std::string names, all;
    for (std::size_t i = kConditionsKept; i < lost.size(); ++i) {
      all += lost[i].subject + lost[i].text;
      if (names.size() < kLongest) names += (names.empty() ? "" : "; ") + lost[i].subject;
    }
    const std::size_t more = lost.size() - kConditionsKept;
    lost.resize(kConditionsKept);
    lost.push_back({NotificationKind::event_not_applied, fmt::format("and {} more (#{:08x})", more, hash(all) >> 32U),
                    names.size() < kLongest ? names : names + " ...", false});
  }
  loaded.conditions.insert(loaded.conditions.end(), lost.begin(), lost.end());
}

}  // namespace

// Reads one calendar after the other, each against its copy.
class CalendarStore::Reader {
 public:
  Reader(CalendarStore& owner, const std::vector<std::string>& keys, Timestamp now, Purpose purpose,
         std::shared_ptr<const Zone> zone)
      : store_(owner.store_),
        group_(owner.group_),
        keys_(keys),
        now_(now),
        purpose_(purpose),
        writes_(purpose != Purpose::look && owner.copies_ == Copies::kept),
        zone_(std::move(zone)) {}

  Source read(const std::string& name, const Result<std::string>& bytes);
  // A calendar of the store that is not there any more; empty where nothing of it was to come.
  std::optional<Source> missing(const std::string& name);

 private:
  Source unreadable(const std::string& name, std::string why);
  bool holds_back(Source& source, CalendarWatch& watch);
  std::optional<std::string> why_held(const Calendar& earlier, const Source& source, CalendarWatch& watch);
  bool wait_for_emptied(CalendarWatch& watch) const;
  void use_copy(Source& source, const std::string& why);
  void say_loss(const CalendarWatch& watch, Source& source) const;

  Result<Calendar> parse(const std::string& bytes, const std::string& name) const {
    return Calendar::parse(bytes, name, zone_);
  }
  CalendarWatch watch_of(const std::string& name) const;
  void remember(const CalendarWatch& watch, const CalendarWatch& before, Source& source);
  void keep_copy(const std::string& name, const std::string& bytes, Source& source);

  ports::ObjectStore& store_;
  const std::string& group_;
  const std::vector<std::string>& keys_;
  Timestamp now_;
  Purpose purpose_;
  bool writes_;
  std::shared_ptr<const Zone> zone_;  // that is set for the group, null: none
  std::optional<std::string> copy_;   // of the calendar being read
};

Source CalendarStore::Reader::read(const std::string& name, const Result<std::string>& bytes) {
  auto copy = store_.get(last_good_key(group_, name));
  copy_ = copy ? std::optional(std::move(copy->bytes)) : std::nullopt;
  const auto plain = bytes ? calendar::unpacked(*bytes) : bytes;
  const auto parsed = plain ? parse(*plain, name) : Result<Calendar>(tl::unexpected(plain.error()));
  if (!parsed) return unreadable(name, placed(name, parsed.error().message));

  Source source;
  source.name = name;
  source.bytes = *plain;
  source.calendar = *parsed;
  const CalendarWatch before = watch_of(name);
  CalendarWatch watch = before;
  const bool same = copy_ == source.bytes;
  const bool held = !same && holds_back(source, watch);
  if (!held) watch.emptied_since.reset();
  if (purpose_ == Purpose::accept || (watch.loss && now_ - watch.loss->at >= kLossIsSaidFor)) watch.loss.reset();
  // The watch goes first: a loss must not be forgotten between the two.
  remember(watch, before, source);
  if (!same && !held) keep_copy(name, source.bytes, source);
  say_loss(watch, source);
  return source;
}

std::optional<Source> CalendarStore::Reader::missing(const std::string& name) {
  auto copy = store_.get(last_good_key(group_, name));
  copy_ = copy ? std::optional(std::move(copy->bytes)) : std::nullopt;
  const auto earlier = copy_ ? parse(*copy_, name) : fail(ErrorCode::not_found, "");
  if (!earlier) return std::nullopt;
  const CalendarLoss loss = loss_between(*earlier, Calendar(), now_);
  const CalendarWatch before = watch_of(name);
  CalendarWatch watch = before;
  Source source;
  source.name = name;
  if (loss.all() && purpose_ != Purpose::accept && wait_for_emptied(watch)) {
    use_copy(source, fmt::format("{}: is no longer in the store, and had {} to come ({}); its last good copy stays in "
                                 "use until {}, or until `almanac calendar accept`",
                                 name, events(loss.coming_before), names_of(loss.gone),
                                 format_timestamp(*watch.emptied_since + kEmptiedOnPurpose)));
  } else {
    watch.emptied_since.reset();
    if (loss.all() && purpose_ != Purpose::accept)
      watch.loss = {now_, fmt::format("is no longer in the store; {} to come are gone: {}", events(loss.coming_before),
                                      names_of(loss.gone))};
    if (watch.loss && now_ - watch.loss->at >= kLossIsSaidFor) watch.loss.reset();
  }
  remember(watch, before, source);
  if (!source.calendar && *copy_ != kNoCalendar) keep_copy(name, kNoCalendar, source);
  say_loss(watch, source);
  const bool silent = !source.calendar && source.notices.empty();
  return silent ? std::nullopt : std::optional(std::move(source));
}

Source CalendarStore::Reader::unreadable(const std::string& name, std::string why) {
  Source source;
  source.name = name;
  if (copy_) use_copy(source, why + "; its last good copy stays in use");
  if (source.calendar) return source;
  source.notices.push_back(why + "; there is no earlier copy, its events are NOT applied");
  source.conditions.push_back({NotificationKind::calendar_stale, name, source.notices.back(), false});
  return source;
}

// Puts the copy in the place of a version that has less; false where the version is to be used, with what it lost in
// `watch`.
bool CalendarStore::Reader::holds_back(Source& source, CalendarWatch& watch) {
  if (!copy_ || purpose_ == Purpose::accept) return false;
  const auto earlier = parse(*copy_, source.name);
  if (!earlier) return false;
  const auto why = why_held(*earlier, source, watch);
  if (why) use_copy(source, fmt::format("{}: {}", source.name, *why));
  return why.has_value();
}

std::optional<std::string> CalendarStore::Reader::why_held(const Calendar& earlier, const Source& source,
                                                           CalendarWatch& watch) {
  const Calendar& present = *source.calendar;
  if (!present.cut_off().empty() && earlier.cut_off().empty())
    return fmt::format(
        "is cut off ({}); its last good copy stays in use until it is whole, or until `almanac calendar "
        "accept`",
        present.cut_off());
  const CalendarLoss loss = loss_between(earlier, present, now_);
  if (loss.all() && wait_for_emptied(watch))
    return fmt::format(
        "had {} to come and now has none{} ({}){}; its last good copy stays in use until {}, or until "
        "`almanac calendar accept`",
        events(loss.coming_before), loss.coming_after == 0 ? "" : " of them", names_of(loss.gone), first_lost(present),
        format_timestamp(*watch.emptied_since + kEmptiedOnPurpose));
  if (loss.all_stripped && wait_for_emptied(watch))
    return fmt::format("{}{}; its last good copy stays in use until {}, or until `almanac calendar accept`",
                       describe(loss), first_lost(present), format_timestamp(*watch.emptied_since + kEmptiedOnPurpose));
  if (!loss.nothing()) watch.loss = {now_, describe(loss) + "; it is in use as it is now"};
  return std::nullopt;
}

bool CalendarStore::Reader::wait_for_emptied(CalendarWatch& watch) const {
  if (!watch.emptied_since) watch.emptied_since = now_;
  return now_ - *watch.emptied_since < kEmptiedOnPurpose;
}

void CalendarStore::Reader::use_copy(Source& source, const std::string& why) {
  auto earlier = parse(*copy_, source.name);
  if (!earlier) return;
  source.bytes = *copy_;
  source.calendar = std::move(*earlier);
  source.is_copy = true;
  source.notices.push_back(why);
  source.conditions.push_back({NotificationKind::calendar_stale, source.name, why, false});
}

void CalendarStore::Reader::say_loss(const CalendarWatch& watch, Source& source) const {
  if (!watch.loss) return;
  const std::string subject = fmt::format("{} (changed {})", source.name, format_timestamp(watch.loss->at));
  source.notices.push_back(fmt::format("{}: {}", subject, watch.loss->text));
  source.conditions.push_back({NotificationKind::event_not_applied, subject, watch.loss->text, false});
}

CalendarWatch CalendarStore::Reader::watch_of(const std::string& name) const {
  const std::string key = last_good_key(group_, name) + ".watch";
  if (!std::binary_search(keys_.begin(), keys_.end(), key)) return {};
  const auto object = store_.get(key);
  return object ? watch_from_json(object->bytes).value_or(CalendarWatch{}) : CalendarWatch{};
}

// Nothing is ever removed: the functions that tick may put objects, not delete them.
void CalendarStore::Reader::remember(const CalendarWatch& watch, const CalendarWatch& before, Source& source) {
  if (!writes_ || to_json(watch) == to_json(before)) return;
  const auto kept =
      store_.put(last_good_key(group_, source.name) + ".watch", to_json(watch), ports::PutCondition::always());
  if (!kept)
    source.notices.push_back(
        fmt::format("{}: what changed in it cannot be remembered: {}", source.name, kept.error().message));
}

// Of two writers either's copy is good, so no condition. A store that cannot be written only costs the copy.
void CalendarStore::Reader::keep_copy(const std::string& name, const std::string& bytes, Source& source) {
  if (!writes_) return;
  const auto kept = store_.put(last_good_key(group_, name), bytes, ports::PutCondition::always());
  if (!kept) source.notices.push_back(fmt::format("{}: no copy could be kept: {}", name, kept.error().message));
}

Result<LoadedCalendar> CalendarStore::load(Timestamp now) {
  return collect(now, Purpose::use);
}

Result<LoadedCalendar> CalendarStore::recall(Timestamp now) {
  return collect(now, Purpose::look);
}

Result<LoadedCalendar> CalendarStore::accept(Timestamp now) {
  return collect(now, Purpose::accept);
}

Result<LoadedCalendar> CalendarStore::collect(Timestamp now, Purpose purpose) {
  const std::string folder = group_ + "/";
  const auto keys = store_.list(folder);
  if (!keys) return tl::unexpected(with_context(keys.error(), "calendar of group " + group_));
  LoadedCalendar loaded;
  std::shared_ptr<const Zone> set_zone;
  if (zone_name_) {
    const auto zone = Zone::iana(*zone_name_);
    if (zone) set_zone = *zone;
    if (!zone) loaded.notices.push_back("timezone of the group: " + zone.error().message);
  }
  Reader reader(*this, *keys, now, purpose, set_zone);
  std::vector<Source> sources;
  for (const std::string& key : *keys) {
    if (!is_calendar_key(key, folder)) continue;
    auto object = store_.get(key);
    sources.push_back(
        reader.read(key, object ? Result<std::string>(std::move(object->bytes)) : tl::unexpected(object.error())));
  }
  for (const std::string& key : vanished(group_, *keys))
    if (auto source = reader.missing(key)) sources.push_back(std::move(*source));
  for (const CalendarFeed& feed : feeds_) {
    if (purpose == Purpose::look && feed.remote) {
      auto copy = store_.get(last_good_key(group_, feed.name));
      sources.push_back(
          reader.read(feed.name, copy ? Result<std::string>(std::move(copy->bytes)) : tl::unexpected(copy.error())));
      continue;
    }
    sources.push_back(reader.read(feed.name, feed.read()));
    if (feed.distrust && (sources.back().is_copy || !sources.back().calendar)) feed.distrust();
  }

  for (const Source& source : sources)
    if (source.calendar) loaded.parts.push_back(*source.calendar);
  const auto zone = set_zone ? set_zone : Calendar::zone_of(loaded.parts);
  loaded.parts.clear();
  for (Source& source : sources) {
    loaded.notices.insert(loaded.notices.end(), source.notices.begin(), source.notices.end());
    loaded.conditions.insert(loaded.conditions.end(), source.conditions.begin(), source.conditions.end());
    const bool lost = std::any_of(source.conditions.begin(), source.conditions.end(), [](const Condition& condition) {
      return condition.kind == NotificationKind::calendar_stale;
    });
    if (!source.calendar && lost) loaded.complete = false;
    if (!source.calendar) continue;
    // A file without a zone decides none: it is read again in the one that the others give.
    if (zone && source.calendar->lacks_zone())
      if (auto again = Calendar::parse(source.bytes, source.name, zone)) source.calendar = std::move(*again);
    loaded.parts.push_back(*source.calendar);
    loaded.sources.push_back(source.name + (source.is_copy ? " (last good copy)" : ""));
  }
  tell_problems(sources, loaded);
  loaded.calendar = Calendar::merge(loaded.parts, zone);
  return loaded;
}

}  // namespace almanac::records
