#include "wiring/column_shares.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace almanac::wiring {
namespace {

using kinds::Columns;

constexpr std::string_view kCount = "request_count";
constexpr std::string_view kPeak = "request_peak";

bool has(const Columns& columns, std::string_view column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

// What a source names for itself; empty: nothing. Where metrics are said by `source:` there is no such key.
std::optional<Columns> named_by(const MetricsConfig& source) {
  const auto& keys = source.values.names();
  return has(keys, "columns") ? source.values.find<Columns>("columns") : std::nullopt;
}

}  // namespace

void share_columns(std::vector<MetricsConfig>& sources, settings::Mistakes& mistakes) {
  std::map<std::string, std::size_t, std::less<>> feeds;  // by whom
  std::set<std::string, std::less<>> named;
  for (std::size_t i = 0; i < sources.size(); ++i) {
    const auto columns = named_by(sources[i]);
    if (!columns) continue;
    const Columns known = sources[i].kind->columns(sources[i].values);
    const settings::Place place = sources[i].values.place("columns");
    for (const std::string& column : *columns) {
      named.insert(column);
      const auto [at, is_new] = feeds.emplace(column, i);
      if (!has(known, column)) {
        mistakes.add(place, fmt::format("{} does not know {} as it is set here; it knows {}", sources[i].kind->thing(),
                                        column, fmt::join(known, ", ")));
      } else if (!is_new && at->second != i) {
        mistakes.add(place, fmt::format("{} is fed by {} already; expected each column of one source", column,
                                        sources[at->second].kind->thing()));
      }
    }
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    if (named_by(sources[i])) continue;
    for (const std::string& column : sources[i].kind->columns(sources[i].values)) feeds.emplace(column, i);
  }
  const auto count = feeds.find(kCount), peak = feeds.find(kPeak);
  if (!named.contains(kPeak) && count != feeds.end()) {
    const std::size_t who = count->second;
    if (peak != feeds.end()) feeds.erase(peak);
    if (has(sources[who].kind->columns(sources[who].values), kPeak)) feeds.emplace(kPeak, who);
  }
  for (std::size_t i = 0; i < sources.size(); ++i) {
    for (const std::string& column : kinds::all_columns()) {
      const auto who = feeds.find(column);
      if (who != feeds.end() && who->second == i) sources[i].columns.push_back(column);
    }
    if (sources[i].columns.empty() && named_by(sources[i]).value_or(Columns()).empty()) {
      mistakes.add(sources[i].values.place(),
                   fmt::format("{} would feed nothing: the other sources know all that it does; name its columns, such "
                               "as columns: [request_count]",
                               sources[i].kind->thing()));
    }
  }
}

}  // namespace almanac::wiring
