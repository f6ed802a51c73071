#include "dataset/lines_ahead.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace almanac::dataset {
namespace {

// Systems that send late or in pieces mix up their lines by hours.
constexpr Duration kMixedUp{kDay};

// Of each row, whether a later line is earlier by more than kMixedUp.
std::vector<bool> out_of_place(const ParsedRows& parsed) {
  std::vector<bool> result(parsed.rows.size(), false);
  std::size_t earlier = 0, last_line = 0;  // the rows that are earlier by so much, and the last line of them
  for (std::size_t i = 0; i < parsed.rows.size(); ++i) {
    for (; parsed.rows[earlier].start + kMixedUp < parsed.rows[i].start; ++earlier)
      last_line = std::max(last_line, parsed.lines[earlier]);
    result[i] = last_line > parsed.lines[i];
  }
  return result;
}

}  // namespace

std::optional<LinesAhead> take_out_lines_ahead(ParsedRows& parsed, Timestamp now) {
  if (parsed.rows.empty() || parsed.rows.back().start < now) return std::nullopt;
  const std::vector<bool> misplaced = out_of_place(parsed);
  LinesAhead ahead;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < parsed.rows.size(); ++i) {
    const Timestamp start = parsed.rows[i].start;
    if (start < now || !misplaced[i]) {
      parsed.rows[kept] = parsed.rows[i];
      parsed.lines[kept++] = parsed.lines[i];
      continue;
    }
    if (ahead.lines++ == 0) ahead.earliest_start = start;
    if (ahead.first_line != 0 && ahead.first_line < parsed.lines[i]) continue;
    ahead.first_line = parsed.lines[i];
    ahead.start_of_first = start;
  }
  parsed.rows.resize(kept);
  parsed.lines.resize(kept);
  return ahead.lines > 0 ? std::optional(ahead) : std::nullopt;
}

std::string describe(const LinesAhead& ahead, std::string_view name, Timestamp now) {
  const std::string which = ahead.lines == 1
                                ? fmt::format("line {} lies ahead", ahead.first_line)
                                : fmt::format("{} lines lie ahead, the first line {}", ahead.lines, ahead.first_line);
  return fmt::format("{}: {} ({}, it is {} now), not used; is a date mistyped?", name, which,
                     format_timestamp(ahead.start_of_first), format_timestamp(now));
}

}  // namespace almanac::dataset
