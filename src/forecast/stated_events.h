#pragma once

#include <optional>
#include <string>

#include "calendar/calendar.h"
#include "forecast/event_analogue.h"
#include "forecast/group_model.h"
#include "forecast/history.h"
#include "forecast/profile.h"
#include "forecast/uplift.h"

namespace almanac::forecast {

// What a stated uplift says about one window.
struct Announcement {
  StatedUplift belief;
  Course course;
  double level = 0;   // logarithm of the peak demand (busy instances) in the window if the uplift were 1
  double fresh = 1;   // 1 while nothing of the event was seen; from then on it fades
  double seen = 0;    // logarithm of the highest demand seen since the event began; kMissing before
  bool alone = true;  // no other event runs or has just ended
};

// Brings the uplifts that a calendar states into forecasts. A forecaster knows of an event what earlier events taught
// it; of a kind that never was before that is nothing, and what other kinds did says little. So where a window touches
// an event with a stated uplift, the forecast is moved towards usual level x uplift, by quantiles: each is the weighted
// mean, in logarithms, of the model's and of a normal distribution around it. The model has the weight
// (1 - w) x min(1, n / kKnownEvents): n earlier events of the kind move the statement (StatedUplift), and are what the
// model learned the kind from. As soon as the event has begun what is seen of it counts more than what was stated.
//
// The usual level is the profile's for that time of the week, at the level that load had before the event. An event
// goes to its uplift at once, unless events of its kind or kindred ones have shown how they went (Course).
class StatedEvents {
 public:
  // `window` in intervals. All must outlive it.
  StatedEvents(const History& history, const EventIndex& events, const calendar::Calendar& calendar, int window);

  // What is stated for the cover window that begins at `anchor`, from rows before it; of several events that of the
  // highest level. Empty where no event of the window states anything.
  std::optional<Announcement> at(std::size_t anchor);

  // Moves `forecast`, made at `anchor`. `learns`: the forecaster learns from earlier events. Untouched where nothing is
  // stated.
  void apply(std::size_t anchor, bool learns, Forecast& forecast);

  // Of each event of the window, what the forecast goes by: "Fair" like earlier events of other kinds.
  std::string words(std::size_t anchor);

 private:
  Course course_at(std::size_t event, std::size_t at, std::size_t anchor);
  double fresh_at(std::size_t event, std::size_t anchor);
  double level_at(std::size_t event, std::size_t anchor);
  const Profile& windows();  // of cover windows
  const Profile& steps();    // of single intervals
  Beliefs& beliefs();
  Timestamp seen_until(std::size_t anchor) const;

  const History& history_;
  const EventIndex& events_;
  calendar::Calendar calendar_;
  int window_;
  // Made when they are first asked for.
  std::optional<Profile> windows_, steps_;
  std::optional<Beliefs> beliefs_;
};

}  // namespace almanac::forecast
