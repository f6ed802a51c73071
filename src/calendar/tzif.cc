#include "calendar/tzif.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "calendar/posix_rule.h"

namespace almanac::calendar {
namespace {

constexpr std::size_t kHeaderBytes = 44;
constexpr std::size_t kMostEntries = 100'000;  // of one table; no zone has a hundredth of it
constexpr int kLargestOffset = 26 * 3600;
constexpr std::chrono::year kKnownFrom{1900}, kKnownTo{2100};

// Takes big-endian numbers off the front of a text; `ok` turns false where it is too short.
struct Bytes {
  std::string_view left;
  bool ok = true;

  std::string_view take(std::size_t count) {
    if (count > left.size()) {
      ok = false;
      return {};
    }
    const auto taken = left.substr(0, count);
    left.remove_prefix(count);
    return taken;
  }
  std::int64_t number(std::size_t bytes) {
    const auto taken = take(bytes);
    if (taken.empty()) return 0;
    std::uint64_t value = static_cast<unsigned char>(taken[0]) >= 0x80 ? ~std::uint64_t{0} : 0;  // the sign
    for (const char c : taken) value = value << 8U | static_cast<unsigned char>(c);
    return static_cast<std::int64_t>(value);
  }
};

struct Counts {
  std::size_t is_ut = 0, is_std = 0, leaps = 0, times = 0, types = 0, characters = 0;

  // Of the data that follows the header, with times of so many bytes.
  std::size_t data_bytes(std::size_t time) const {
    return times * (time + 1) + types * 6 + characters + leaps * (time + 4) + is_std + is_ut;
  }
};

// Header of section 3.1; gives the version's digit, or 0 where it is none.
char read_header(Bytes& bytes, Counts& counts) {
  const auto header = bytes.take(kHeaderBytes);
  if (!header.starts_with("TZif")) return 0;
  Bytes numbers{header.substr(20)};
  for (auto* count : {&counts.is_ut, &counts.is_std, &counts.leaps, &counts.times, &counts.types, &counts.characters}) {
    const auto value = numbers.number(4);
    if (value < 0 || value > static_cast<std::int64_t>(kMostEntries)) return 0;
    *count = static_cast<std::size_t>(value);
  }
  return header[4] == '\0' ? '1' : header[4];
}

struct Table {
  std::vector<Zone::Offset> types;
  std::vector<Zone::Transition> transitions;
};

Result<Table> read_table(Bytes& bytes, const Counts& counts, std::size_t time_bytes) {
  const auto damaged = [] { return fail(ErrorCode::invalid_input, "damaged: an index is out of bounds"); };
  Table table;
  std::vector<std::int64_t> times(counts.times);
  for (auto& time : times) time = bytes.number(time_bytes);
  const auto indices = bytes.take(counts.times);
  const auto records = bytes.take(counts.types * 6);
  const auto names = bytes.take(counts.characters);
  if (!bytes.ok) return fail(ErrorCode::invalid_input, "cut off");
  for (Bytes record{records}; !record.left.empty();) {
    const auto offset = record.number(4);
    record.take(1);  // whether it is daylight saving time
    const auto name = static_cast<unsigned char>(record.take(1).front());
    if (offset <= -kLargestOffset || offset >= kLargestOffset || name >= names.size()) return damaged();
    const auto abbreviation = names.substr(name);
    table.types.push_back({Duration{offset}, std::string(abbreviation.substr(0, abbreviation.find('\0')))});
  }
  if (table.types.empty()) return damaged();
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto type = static_cast<unsigned char>(indices[i]);
    if (type >= table.types.size() || (i > 0 && times[i] <= times[i - 1])) return damaged();
    table.transitions.push_back({Timestamp{Duration{times[i]}}, table.types[type]});
  }
  return table;
}

// What the footer says of the time after the table.
void extend(std::vector<Zone::Transition>& transitions, const PosixRule& rule) {
  auto year = kKnownFrom;
  if (!transitions.empty()) {
    const std::chrono::year_month_day last{std::chrono::floor<std::chrono::days>(transitions.back().at)};
    year = std::max(year, last.year());
  }
  const auto after = transitions.empty() ? Timestamp::min() : transitions.back().at;
  for (; year < kKnownTo; ++year) {
    for (auto& transition : rule.transitions(year)) {
      if (transition.at > after) transitions.push_back(std::move(transition));
    }
  }
}

}  // namespace

Result<std::shared_ptr<const Zone>> read_tzif(std::string name, std::string_view bytes) {
  const auto refuse = [](std::string_view why) {
    return fail(ErrorCode::invalid_input, fmt::format("not a compiled time zone (RFC 8536): {}", why));
  };
  Bytes rest{bytes};
  Counts counts;
  const char version = read_header(rest, counts);
  if (version == 0) return refuse("its header is another's");
  std::size_t time_bytes = 4;
  if (version >= '2') {  // the same again, with times of 64 bits
    rest.take(counts.data_bytes(time_bytes));
    time_bytes = 8;
    if (read_header(rest, counts) == 0) return refuse("its second header is missing");
  }
  if (counts.leaps != 0) return refuse("it counts leap seconds, which no other clock here does");
  auto table = read_table(rest, counts, time_bytes);
  if (!table) return refuse(table.error().message);
  rest.take(counts.is_std + counts.is_ut);
  if (!rest.ok) return refuse("cut off");
  if (version >= '2' && rest.left.size() > 2) {  // "\nEST5EDT,M3.2.0,M11.1.0\n"
    const auto footer = rest.left.substr(1, rest.left.find('\n', 1) - 1);
    const auto rule = PosixRule::parse(footer);
    if (!rule) return refuse(rule.error().message);
    extend(table->transitions, *rule);
  }
  return Zone::custom(std::move(name), table->types.front(), std::move(table->transitions));
}

}  // namespace almanac::calendar
