#include "calendar/phases.h"

#include <fmt/format.h>

#include <algorithm>

namespace almanac::calendar {
namespace {

std::string in_words(Duration distance) {
  const auto minutes = distance.count() / 60;
  if (minutes >= 2 * 24 * 60) return fmt::format("{} days", minutes / (24 * 60));
  if (minutes >= 3 * 60 && minutes % 60 == 0) return fmt::format("{} h", minutes / 60);
  if (minutes >= 3 * 60) return fmt::format("{} h {} min", minutes / 60, minutes % 60);
  return minutes == 1 ? "1 minute" : fmt::format("{} minutes", minutes);
}

}  // namespace

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::before:
      return "before";
    case Phase::opening:
      return "opening";
    case Phase::middle:
      return "middle";
    case Phase::closing:
      return "closing";
    case Phase::after:
      return "after";
  }
  return "unknown";
}

PhaseWindows phase_windows(const TimeRange& span) {
  const Duration edge = std::min(kLongestEdge, span.duration() / 4);
  return {span.start - kNear, span.start + edge, span.end - edge, span.end + kNear};
}

PhaseAt phase_at(const TimeRange& span, Timestamp t) {
  const PhaseWindows windows = phase_windows(span);
  if (t < span.start) return {Phase::before, span.start - t};
  if (t >= span.end) return {Phase::after, t - span.end};
  if (t < windows.opening_until) return {Phase::opening, t - span.start};
  if (t < windows.closing_from) return {Phase::middle, t - span.start};
  return {Phase::closing, span.end - t};
}

std::string describe(const PhaseAt& at) {
  const std::string distance = in_words(at.distance);
  switch (at.phase) {
    case Phase::before:
      return fmt::format("before, {} to the start", distance);
    case Phase::closing:
      return fmt::format("closing, {} to the end", distance);
    case Phase::after:
      return fmt::format("after, {} since the end", distance);
    default:
      return fmt::format("{}, {} after the start", to_string(at.phase), distance);
  }
}

std::string describe(const Event& event, Timestamp t) {
  return fmt::format("{} ({}): {}", event.name, event.kind, describe(phase_at(event.span, t)));
}

}  // namespace almanac::calendar
