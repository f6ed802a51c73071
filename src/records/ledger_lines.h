#pragma once

#include <string>
#include <string_view>

#include "core/time.h"

namespace almanac::records {

// Where a group's ledger lies and how it is cut into lines, for whoever reads it.

// The folder of the group's days, and the object of the UTC day that holds `time`. Keys ascend with time.
std::string ledger_prefix(std::string_view group);
std::string ledger_key(std::string_view group, Timestamp time);

// Calls `visit` with every line that is not empty, without its line feed.
template <typename Visit>
void for_each_line(std::string_view bytes, Visit&& visit) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end);
    if (!line.empty()) visit(line);
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
  }
}

// The same from the last line to the first, until `visit` says false.
template <typename Visit>
void for_each_line_backwards(std::string_view bytes, Visit&& visit) {
  while (!bytes.empty()) {
    if (bytes.back() == '\n') bytes.remove_suffix(1);
    const std::size_t feed = bytes.rfind('\n');
    const std::string_view line = feed == std::string_view::npos ? bytes : bytes.substr(feed + 1);
    if (!line.empty() && !visit(line)) return;
    if (feed == std::string_view::npos) return;
    bytes = bytes.substr(0, feed + 1);
  }
}

}  // namespace almanac::records
