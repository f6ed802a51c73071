#pragma once

#include <cmath>
#include <numbers>

#include "calendar/calendar.h"
#include "core/random.h"
#include "forecast/history.h"

namespace almanac::forecast {

inline constexpr Timestamp kMonday{Duration{1'700'438'400}};  // 2023-11-20T00:00:00Z

// Days of a smooth daily season around ten busy instances with a little noise; half-hour intervals keep tests quick.
inline History season(int days, Duration interval = Duration{1800}, std::uint64_t seed = 1) {
  History history;
  history.start = kMonday;
  history.interval = interval;
  Random random(seed);
  const int steps = days * static_cast<int>(kDay / interval);
  for (int i = 0; i < steps; ++i) {
    const double hour =
        static_cast<double>((history.time_at(static_cast<std::size_t>(i)) - kMonday).count() % 86400) / 3600.0;
    const double level = 10 + 5 * std::sin(2 * std::numbers::pi * (hour - 9) / 24);
    history.mean.push_back(level * (1 + 0.02 * random.normal()));
    history.peak.push_back(history.mean.back() * (1.05 + 0.02 * random.uniform()));
    history.network.push_back(history.mean.back() * 1e6);
    history.active.push_back(0);
  }
  return history;
}

inline calendar::Event event_at(Timestamp start, Duration length, std::string kind = "sale",
                                std::string name = "Sale") {
  return {.uid = name, .name = std::move(name), .kind = std::move(kind), .span = {start, start + length}};
}

// Triples the demand while one of the events lasts.
inline void play_events(History& history, const std::vector<calendar::Event>& events) {
  for (std::size_t i = 0; i < history.size(); ++i)
    for (const calendar::Event& event : events)
      if (event.span.contains(history.time_at(i))) history.mean[i] *= 3, history.peak[i] *= 3;
}

}  // namespace almanac::forecast
