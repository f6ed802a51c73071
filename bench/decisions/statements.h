#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "scene.h"

namespace almanac::bench {

// What a calendar may state of an event's uplift, as a multiple of what came (so that the right statement is known in
// hindsight alone); empty: nothing.
struct Statement {
  std::string_view name;
  std::optional<double> times;
};
inline constexpr Statement kStatements[] = {
    {"nothing stated", std::nullopt}, {"what came", 1.0}, {"half of what came", 0.5}, {"twice what came", 2.0}};

// Every match of the knock-out rounds becomes the only one of its kind; kindred to the others, as in the true calendar.
void make_kinds_of_knock_out_matches(Scene& scene);

// Puts five events into the test window of the demo's generator, each of a kind of its own, between x1.5 and x4 of the
// load that is there, opening within three minutes to two hours; lifts the plant's maximum out of their way.
void add_invented_events(Scene& scene);

// The scene's calendar with this statement about each event of a new kind.
calendar::Calendar stating(const Scene& scene, const Statement& statement);

// Cost (billed / needed) and share of violating requests from half an hour before the new kinds' events until an hour
// after them, scored as simulation::score does.
struct AroundEvents {
  double cost = 0, share = 0;
};
AroundEvents around_new_kinds(const Scene& scene, const std::vector<simulation::CapacityChange>& decisions);

// The page's section.
std::string statements_section(const std::vector<nlohmann::json>& results);

}  // namespace almanac::bench
