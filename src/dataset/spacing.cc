#include "dataset/spacing.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>

namespace almanac::dataset {
namespace {

constexpr std::array<int, 24> kUsual{1,   2,   5,    10,   15,   20,   30,    60,    120,   180,   240,   300,
                                     600, 900, 1200, 1800, 3600, 7200, 10800, 14400, 21600, 28800, 43200, 86400};
constexpr std::size_t kRun = 3;  // so many equal distances in a row are hardly gaps by chance

// The usual spacing that a distance means: within 5 %, else itself.
Duration usual(Duration distance) {
  for (const int seconds : kUsual)
    if (20 * std::abs(distance.count() - seconds) <= seconds) return Duration{seconds};
  return distance;
}

// What all distances of one usual spacing have in common.
struct Class {
  std::size_t count = 0;
  std::size_t in_runs = 0;                 // of these, in runs of at least kRun
  std::size_t in_pairs = 0;                // the same of at least two
  std::map<Duration, std::size_t> actual;  // to the second

  Duration most_frequent() const {
    return std::max_element(actual.begin(), actual.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
  }
};

// The distances between neighbours, by what they are usually called.
struct Distances {
  std::vector<Duration> actual, usual;
  std::vector<std::size_t> run;  // how many equal usual ones stand together
  std::map<Duration, Class> classes;

  explicit Distances(std::span<const Row> rows) {
    for (std::size_t i = 1; i < rows.size(); ++i) {
      actual.push_back(rows[i].start - rows[i - 1].start);
      usual.push_back(dataset::usual(actual.back()));
    }
    run.resize(actual.size());
    for (std::size_t first = 0; first < usual.size();) {
      std::size_t last = first;
      while (last < usual.size() && usual[last] == usual[first]) ++last;
      for (std::size_t i = first; i < last; ++i) run[i] = last - first;
      if (usual[first] <= kDay) {
        Class& same = classes[usual[first]];
        same.count += last - first;
        if (last - first >= kRun) same.in_runs += last - first;
        if (last - first >= 2) same.in_pairs += last - first;
        for (std::size_t i = first; i < last; ++i) ++same.actual[actual[i]];
      }
      first = last;
    }
  }

  // The usual distances that are spacings of this file, ascending.
  std::vector<Duration> spacings(Duration interval) const {
    std::vector<Duration> found;
    for (const auto& [distance, same] : classes) {
      // No gap is shorter than the finest spacing, so that one needs less to be believed: fine rows with many gaps.
      const bool finest = found.empty() && same.count >= kRun && 2 * same.in_pairs >= same.count;
      if (finest || (2 * same.in_runs >= same.count && same.in_runs > 0)) found.push_back(distance);
    }
    if (!found.empty()) return found;
    const auto best = std::max_element(classes.begin(), classes.end(),
                                       [](const auto& a, const auto& b) { return a.second.count < b.second.count; });
    if (best == classes.end()) return {};
    if (best->first > interval && classes.contains(interval)) return {interval};
    return {best->first};
  }
};

std::vector<Spacing::Part> parts_of(std::span<const Duration> of_row) {
  std::map<Duration, std::size_t> counts;
  for (const Duration d : of_row) ++counts[usual(d)];
  std::vector<Spacing::Part> parts;
  for (const auto& [step, rows] : counts) parts.push_back({step, rows});
  std::stable_sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.rows > b.rows; });
  return parts;
}

}  // namespace

Spacing infer_spacing(std::span<const Row> rows, Duration interval) {
  const Distances distances(rows);
  const std::vector<Duration> spacings = distances.spacings(interval);
  if (spacings.empty()) return same_spacing(rows.size(), interval);
  const auto length = [&](Duration spacing) {
    const auto same = distances.classes.find(spacing);
    return same == distances.classes.end() ? spacing : same->second.most_frequent();
  };
  // The finest spacing is one wherever it occurs; a longer distance that stands alone is a gap between finer rows.
  const auto steady = [&](std::size_t i) {
    const Duration distance = distances.usual[i];
    if (distance == spacings.front()) return true;
    return distances.run[i] >= 2 && std::binary_search(spacings.begin(), spacings.end(), distance);
  };
  const std::size_t count = rows.size();
  std::vector<std::optional<Duration>> after(count);  // the spacing from the row on, or where that is next known
  for (std::size_t i = count; i-- > 0;)
    after[i] = i + 1 < count && steady(i) ? distances.usual[i] : i + 1 < count ? after[i + 1] : std::nullopt;

  Spacing result;
  result.of_row.reserve(count);
  std::optional<Duration> before;  // the spacing of the rows before
  for (std::size_t i = 0; i < count; ++i) {
    if (i + 1 < count && steady(i)) {
      before = distances.usual[i];
      result.of_row.push_back(distances.actual[i]);
      continue;
    }
    const Duration assumed = length(before.value_or(after[i].value_or(spacings.front())));
    if (before && after[i] && *before != *after[i] && i + 1 < count) result.unsure.push_back(rows[i].start);
    result.of_row.push_back(i + 1 < count ? std::min(assumed, distances.actual[i]) : assumed);
  }
  result.parts = parts_of(result.of_row);
  return result;
}

Spacing same_spacing(std::size_t rows, Duration step) {
  Spacing result;
  result.of_row.assign(rows, step);
  if (rows > 0) result.parts.push_back({step, rows});
  return result;
}

std::string describe(const Spacing& spacing) {
  if (spacing.parts.empty()) return "no rows";
  if (spacing.parts.size() == 1) return format_duration(spacing.step());
  constexpr std::size_t kShown = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, spacing.parts.size()); ++i) {
    const bool last = i + 1 == spacing.parts.size();
    text += fmt::format("{}{} ({} row{})",
                        i == 0 ? ""
                        : last ? " and "
                               : ", ",
                        format_duration(spacing.parts[i].step), spacing.parts[i].rows,
                        spacing.parts[i].rows == 1 ? "" : "s");
  }
  if (spacing.parts.size() > kShown) text += fmt::format(" and {} others", spacing.parts.size() - kShown);
  return text;
}

}  // namespace almanac::dataset
