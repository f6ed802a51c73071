#include "insight/quality.h"

#include <algorithm>

#include "core/series.h"

namespace almanac::insight {
namespace {

constexpr Duration kBefore{30 * 60};
constexpr Duration kAfter{60 * 60};

// The highest minute of the window; kMissing unless all of it is known.
double peak_in(const forecast::History& history, const TimeRange& window) {
  if (window.start < history.start || window.end > history.end()) return kMissing;
  const auto first = static_cast<std::size_t>((window.start - history.start) / history.interval);
  const auto end = static_cast<std::size_t>((window.end - history.start) / history.interval);
  double peak = 0;
  for (std::size_t i = first; i < end; ++i) {
    if (is_missing(history.peak[i])) return kMissing;
    peak = std::max(peak, history.peak[i]);
  }
  return peak;
}

}  // namespace

ForecastQuality judge(const control::Knowledge& known, std::span<const records::DecisionPoint> points,
                      std::span<const calendar::Event> events) {
  ForecastQuality quality;
  std::array<std::array<int, 2>, 3> within{};
  for (const records::DecisionPoint& point : points) {
    if (is_missing(point.q50) || is_missing(point.q90) || is_missing(point.q99)) continue;
    const double peak = peak_in(known.history, point.cover);
    if (is_missing(peak)) continue;
    const bool near = std::any_of(events.begin(), events.end(), [&](const calendar::Event& event) {
      return event.span.start - kBefore < point.cover.end && point.cover.start < event.span.end + kAfter;
    });
    ++quality.windows;
    quality.near += near ? 1 : 0;
    const std::array quantiles{point.q50, point.q90, point.q99};
    for (std::size_t q = 0; q < quantiles.size(); ++q) within[q][near ? 1 : 0] += peak <= quantiles[q] ? 1 : 0;
  }
  const int away = quality.windows - quality.near;
  for (std::size_t q = 0; q < within.size(); ++q) {
    if (quality.near > 0) quality.coverage[q].near = static_cast<double>(within[q][1]) / quality.near;
    if (away > 0) quality.coverage[q].away = static_cast<double>(within[q][0]) / away;
  }
  return quality;
}

}  // namespace almanac::insight
