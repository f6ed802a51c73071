#include "calendar/zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

#include "calendar/tzif.h"
#include "core/check.h"
#include "core/mutex.h"

namespace almanac::calendar {
namespace {

constexpr std::size_t kLargestZoneFile = 1U << 20U;

std::filesystem::path database_folder() {
  const char* named = std::getenv("TZDIR");
  return named != nullptr && *named != '\0' ? named : "/usr/share/zoneinfo";
}

// "Europe/Paris", "Etc/GMT+5", "America/Argentina/Buenos_Aires": never a path out of the database.
bool is_zone_name(std::string_view name) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
           c == '-' || c == '/';
  };
  return !name.empty() && name.size() < 64 && std::all_of(name.begin(), name.end(), fits) && name.front() != '/';
}

Result<std::shared_ptr<const Zone>> read_zone(std::string_view name) {
  const auto folder = database_folder();
  const auto path = folder / name;
  std::error_code error;
  if (!is_zone_name(name) || !std::filesystem::is_regular_file(path, error)) {
    if (!std::filesystem::is_directory(folder, error)) {
      return fail(
          ErrorCode::invalid_input,
          fmt::format("time zone \"{}\": there is no database of zones in {}; install tzdata, or name its folder "
                      "in TZDIR",
                      name, folder.string()));
    }
    return fail(ErrorCode::invalid_input,
                fmt::format("\"{}\" is not a known time zone; expected an IANA name such as Europe/Paris", name));
  }
  std::ifstream file(path, std::ios::binary);
  std::string bytes(kLargestZoneFile, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  auto zone = read_tzif(std::string(name), bytes);
  if (!zone) return tl::unexpected(with_context(zone.error(), path.string()));
  return zone;
}

class TableZone final : public Zone {
 public:
  TableZone(std::string name, Offset before, std::vector<Transition> transitions)
      : Zone(std::move(name)), before_(std::move(before)), transitions_(std::move(transitions)) {
    ALMANAC_CHECK(std::is_sorted(transitions_.begin(), transitions_.end(),
                                 [](const Transition& a, const Transition& b) { return a.at < b.at; }),
                  "a zone's transitions ascend");
  }

  Offset at(Timestamp t) const override { return offset_after(transitions_until(t)); }

  Timestamp to_utc(LocalTime local) const override {
    // Candidates are the offsets that held within two days around the wall time read as UTC, earliest first. The first
    // one whose answer lies before its own end is right: for a unique or repeated time that is plain; for a skipped
    // time the offset before the gap gives an answer after the gap, as the one after the gap gives one before it.
    const Timestamp guess{local.time_since_epoch()};
    const std::size_t last = transitions_until(guess + 2 * kDay);
    for (std::size_t i = transitions_until(guess - 2 * kDay); i < last; ++i) {
      const Timestamp answer = guess - offset_after(i).utc_offset;
      const Timestamp until = transitions_[i].at;
      if (answer < until) return answer;
      const Timestamp with_next = guess - offset_after(i + 1).utc_offset;
      if (with_next < until) return answer;  // skipped: neither offset contains it
    }
    return guess - offset_after(last).utc_offset;
  }

 private:
  // How many transitions have happened at `t`.
  std::size_t transitions_until(Timestamp t) const {
    const auto next =
        std::upper_bound(transitions_.begin(), transitions_.end(), t,
                         [](Timestamp time, const Transition& transition) { return time < transition.at; });
    return static_cast<std::size_t>(next - transitions_.begin());
  }
  const Offset& offset_after(std::size_t count) const { return count == 0 ? before_ : transitions_[count - 1].offset; }

  Offset before_;
  std::vector<Transition> transitions_;
};

}  // namespace

std::shared_ptr<const Zone> Zone::utc() {
  static const std::shared_ptr<const Zone> zone =
      std::make_shared<TableZone>("UTC", Offset{Duration{0}, "UTC"}, std::vector<Transition>{});
  return zone;
}

Result<std::shared_ptr<const Zone>> Zone::iana(std::string_view name) {
  if (name == "UTC" || name == "Etc/UTC" || name == "Z") return utc();
  // A calendar names the same few zones with every entry.
  static Mutex mutex;
  static std::map<std::string, std::shared_ptr<const Zone>, std::less<>> known ALMANAC_GUARDED_BY(mutex);
  const MutexLock lock(mutex);
  if (const auto found = known.find(name); found != known.end()) return found->second;
  auto zone = read_zone(name);
  if (zone) known.emplace(name, *zone);
  return zone;
}

std::shared_ptr<const Zone> Zone::custom(std::string name, Offset before, std::vector<Transition> transitions) {
  return std::make_shared<TableZone>(std::move(name), std::move(before), std::move(transitions));
}

std::string format_zoned(Timestamp t, const Zone& zone) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const Zone::Offset offset = zone.at(t);
  const Timestamp local = t + offset.utc_offset;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date{day};
  const auto seconds = (local - day).count();
  std::string text = fmt::format("{} {:04}-{:02}-{:02} {:02}:{:02}", kDays[std::chrono::weekday{day}.c_encoding()],
                                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                 static_cast<unsigned>(date.day()), seconds / 3600, seconds / 60 % 60);
  if (seconds % 60 != 0) text += fmt::format(":{:02}", seconds % 60);
  return text + " " + offset.abbreviation;
}

}  // namespace almanac::calendar
