#include "records/calendar_loss.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace almanac::records {
namespace {

using calendar::Event;
using Place = std::pair<std::string, Timestamp>;  // name and start

Place place_of(const Event& event) {
  return {event.name, event.span.start};
}

std::string named(const Event& event) {
  return fmt::format("{} ({})", event.name, format_timestamp(event.span.start));
}

std::string joined(const std::vector<std::string>& texts) {
  constexpr std::size_t kNamed = 10;
  const auto end = texts.begin() + static_cast<std::ptrdiff_t>(std::min(kNamed, texts.size()));
  std::string text = fmt::format("{}", fmt::join(texts.begin(), end, ", "));
  if (texts.size() > kNamed) text += fmt::format(" and {} more", texts.size() - kNamed);
  return text;
}

// What has become less from one version of an event to the next, in words; empty where nothing has. What is not stated
// any more is counted apart.
std::string less_in(const Event& before, const Event& after) {
  std::vector<std::string> parts;
  if (after.minimum_instances && before.minimum_instances > after.minimum_instances)
    parts.push_back(fmt::format("minimum {} -> {}", *before.minimum_instances, *after.minimum_instances));
  if (after.expected_uplift && before.expected_uplift > after.expected_uplift)
    parts.push_back(fmt::format("uplift {} -> {}", *before.expected_uplift, *after.expected_uplift));
  // A whole day is an hour shorter where the clock goes forward.
  const bool moved = before.span.start != after.span.start;
  const Duration same = moved && before.all_day && after.all_day ? kHour : Duration{0};
  if (after.span.duration() + same < before.span.duration())
    parts.push_back(
        moved ? fmt::format("now {} to {}, before until {}", format_timestamp(after.span.start),
                            format_timestamp(after.span.end), format_timestamp(before.span.end))
              : fmt::format("ends {}, not {}", format_timestamp(after.span.end), format_timestamp(before.span.end)));
  return fmt::format("{}", fmt::join(parts, ", "));
}

// Compares the two versions of each event that is still there.
class Statements {
 public:
  explicit Statements(CalendarLoss& loss) : loss_(loss) {}

  void compare(const Event& before, const Event& after) {
    const bool no_minimum = minima_.lost(before.minimum_instances.has_value(), after.minimum_instances.has_value());
    const bool no_uplift = uplifts_.lost(before.expected_uplift.has_value(), after.expected_uplift.has_value());
    if (no_minimum || no_uplift) loss_.stripped.push_back(before);
    if (const std::string less = less_in(before, after); !less.empty())
      loss_.lessened.push_back(fmt::format("{}: {}", named(before), less));
    loss_.all_stripped = minima_.all() || uplifts_.all();
  }

 private:
  struct Tally {
    std::size_t kept = 0, gone = 0;
    bool lost(bool before, bool after) {
      if (before) ++(after ? kept : gone);
      return before && !after;
    }
    bool all() const { return gone > 0 && kept == 0; }
  };

  CalendarLoss& loss_;
  Tally minima_, uplifts_;
};

}  // namespace

CalendarLoss loss_between(const calendar::Calendar& before, const calendar::Calendar& after, Timestamp now) {
  const TimeRange coming{now, now + kComingAhead};
  const std::vector<Event> old_events = before.between(coming), new_events = after.between(coming);
  CalendarLoss loss;
  loss.coming_before = old_events.size();
  loss.coming_after = new_events.size();
  loss.switch_gone = before.sale_switch() && !after.sale_switch();

  std::multimap<Place, const Event*> unmatched;
  for (const Event& event : new_events) unmatched.emplace(place_of(event), &event);
  std::vector<const Event*> missing;
  Statements statements(loss);
  for (const Event& event : old_events) {
    const auto same = unmatched.find(place_of(event));
    if (same == unmatched.end()) {
      missing.push_back(&event);
      continue;
    }
    statements.compare(event, *same->second);
    unmatched.erase(same);
  }
  std::multimap<std::string, const Event*> moved_to;  // by UID
  for (const auto& [place, event] : unmatched) moved_to.emplace(event->uid, event);
  for (const Event* event : missing) {
    const auto moved = moved_to.find(event->uid);
    if (moved == moved_to.end()) {
      loss.gone.push_back(*event);
      continue;
    }
    statements.compare(*event, *moved->second);
    moved_to.erase(moved);
  }
  return loss;
}

std::string describe(const CalendarLoss& loss) {
  std::vector<std::string> parts;
  if (!loss.gone.empty())
    parts.push_back(fmt::format("{} of the {} {} to come are gone from it: {}", loss.gone.size(), loss.coming_before,
                                loss.coming_before == 1 ? "event" : "events", names_of(loss.gone)));
  if (!loss.stripped.empty())
    parts.push_back(fmt::format("the minimum or uplift stated for {} {} to come is gone from it: {}",
                                loss.stripped.size(), loss.stripped.size() == 1 ? "event" : "events",
                                names_of(loss.stripped)));
  if (!loss.lessened.empty())
    parts.push_back(fmt::format("less is stated for {} {} to come: {}", loss.lessened.size(),
                                loss.lessened.size() == 1 ? "event" : "events", joined(loss.lessened)));
  if (loss.switch_gone) parts.emplace_back("the switch is_sale_active is gone from it");
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::string names_of(const std::vector<Event>& events) {
  std::vector<std::string> names;
  names.reserve(events.size());
  for (const Event& event : events) names.push_back(named(event));
  return joined(names);
}

}  // namespace almanac::records
