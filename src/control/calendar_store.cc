#include "control/calendar_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdint>

namespace almanac::control {
namespace {

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

}  // namespace

std::string CalendarStore::last_good_key(const std::string& name) const {
  std::string readable = name.substr(name.find_last_of('/') + 1).substr(0, 80);
  for (char& c : readable) {
    const bool fits = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
    if (!fits) c = '_';
  }
  return fmt::format("{}/calendar/last_good/{:016x}-{}", group_, hash(name), readable);
}

void CalendarStore::add(const std::string& name, const Result<std::string>& bytes, LoadedCalendar& loaded,
                        bool looking) {
  const std::string copy_key = last_good_key(name);
  const auto copy = store_.get(copy_key);
  Result<calendar::Calendar> parsed =
      bytes ? calendar::Calendar::parse(*bytes, name) : Result<calendar::Calendar>(tl::unexpected(bytes.error()));
  if (parsed) {
    for (const calendar::Problem& problem : parsed->problems()) {
      const std::string subject =
          problem.where.starts_with(name) ? problem.where : fmt::format("{}: {}", name, problem.where);
      loaded.notices.push_back(fmt::format("{}: {}", subject, problem.message));
      if (loaded.conditions.size() < kConditionsKept) {
        loaded.conditions.push_back({ports::NotificationKind::event_not_applied, subject, problem.message, false});
      }
    }
    loaded.parts.push_back(std::move(*parsed));
    loaded.sources.push_back(name);
    if (!looking && copies_ == Copies::kept && (!copy || copy->bytes != *bytes)) {
      // Of two writers either's copy is good, so no condition. A store that cannot be written only costs the copy.
      const auto kept = store_.put(copy_key, *bytes, ports::PutCondition::always());
      if (!kept) loaded.notices.push_back(fmt::format("{}: no copy could be kept: {}", name, kept.error().message));
    }
    return;
  }
  std::string why = parsed.error().message;
  if (!why.starts_with(name)) why = name + ": " + why;
  if (copy) {
    auto earlier = calendar::Calendar::parse(copy->bytes, name);
    if (earlier) {
      loaded.parts.push_back(std::move(*earlier));
      loaded.sources.push_back(name + " (last good copy)");
      loaded.notices.push_back(why + "; its last good copy stays in use");
      loaded.conditions.push_back({ports::NotificationKind::calendar_stale, name, loaded.notices.back(), false});
      return;
    }
  }
  loaded.notices.push_back(why + "; there is no earlier copy, its events are NOT applied");
  loaded.conditions.push_back({ports::NotificationKind::calendar_stale, name, loaded.notices.back(), false});
  loaded.complete = false;
}

Result<LoadedCalendar> CalendarStore::load() {
  return collect(false);
}

Result<LoadedCalendar> CalendarStore::recall() {
  return collect(true);
}

Result<LoadedCalendar> CalendarStore::collect(bool looking) {
  LoadedCalendar loaded;
  const std::string folder = group_ + "/";
  const auto keys = store_.list(folder);
  if (!keys) return tl::unexpected(with_context(keys.error(), "calendar of group " + group_));
  for (const std::string& key : *keys) {
    if (!is_calendar_key(key, folder)) continue;
    auto object = store_.get(key);
    add(key, object ? Result<std::string>(std::move(object->bytes)) : tl::unexpected(object.error()), loaded, looking);
  }
  for (const CalendarFeed& feed : feeds_) {
    if (looking && feed.remote) {
      auto copy = store_.get(last_good_key(feed.name));
      add(feed.name, copy ? Result<std::string>(std::move(copy->bytes)) : tl::unexpected(copy.error()), loaded,
          looking);
    } else {
      add(feed.name, feed.read(), loaded, looking);
    }
  }
  loaded.calendar = calendar::Calendar::merge(loaded.parts);
  return loaded;
}

}  // namespace almanac::control
