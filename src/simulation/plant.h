#pragma once

#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "core/series.h"

namespace almanac::simulation {

// The simulated scaling group, exactly as the referee defines it (tests/referee/README.md):
//   time is cut in minutes; desired[t] is in force in minute t; an instance launched at the start of t serves from
//   t + boot on and is billed from its launch; scale-in is immediate and takes booting instances first, newest first,
//   so
//     ready[t] = min(desired[t - boot], ..., desired[t])      billed[t] = desired[t]
//   a request that arrives in a minute with demand / (unit_capacity x ready) above `objective` is violating;
//   cost = sum(billed) / sum(max(1, ceil(demand / (objective x unit_capacity)))).
struct Plant {
  double unit_capacity = 1;  // demand that one ready instance serves at 100 % CPU, in the trace's unit
  int boot = 5;              // minutes from launch to serving, >= 0
  double objective = 0.8;    // the utilisation above which requests are violating, (0, 1]
  int min = 1;
  int max = 1000;
};

// The q-quantile, 0 <= q <= 1, with numpy's default ("linear") interpolation. Values in any order, at least one.
double quantile(std::vector<double> values, double q);

// The capacity scale of a trace: the 99.9 % quantile of its 5-minute means needs 40 instances at 70 %. `demand` per
// minute, missing minutes are left out before the means are taken. 0 when fewer than five minutes are known.
double unit_capacity(std::span<const double> demand);

// Instances that keep `demand` at the objective: max(1, ceil(demand / (objective x unit_capacity))).
int need(double demand, const Plant& plant);

// A capacity as the group takes it: rounded up, cut to [min, max].
int clip_capacity(double desired, const Plant& plant);

std::vector<int> ready_from_desired(std::span<const int> desired, int boot);

struct Score {
  double cost = 0;             // billed / clairvoyant without a launch delay
  double violating_share = 0;  // of requests
  long long violation_minutes = 0;
  double instance_hours = 0;
  double changes_per_day = 0;
  double saturated_share = 0;  // of requests, arriving above 100 %
  double clairvoyant_hours = 0;
  long long minutes = 0;  // scored
};

// Scores desired[t] for minutes [from, to) whose demand is not missing; both series start at the same minute, what lies
// before `from` counts only through the launch delay. At least one scored minute with demand, else all zero.
Score score(std::span<const double> demand, std::span<const int> desired, const Plant& plant, std::size_t from,
            std::size_t to);

struct FrontPoint {
  double violating_share;
  double cost;
  bool operator==(const FrontPoint&) const = default;
};

// The Pareto front of a sweep: violating share ascending, cost strictly descending.
std::vector<FrontPoint> front(std::vector<FrontPoint> points);

// Cost at a violating share: linear between neighbours of the front (what sharing time between two knob settings would
// get). Empty when the policy never gets there.
std::optional<double> cost_at(const std::vector<FrontPoint>& points, double target);

// The same group minute by minute, for those who steer it. set() any number of times within a minute, then tick().
class PlantState {
 public:
  PlantState(const Plant& plant, int initial);

  void set(double desired) { desired_ = clip_capacity(desired, plant_); }
  // Ends the minute.
  void tick();

  int desired() const { return desired_; }
  // In service during the present minute, were `desired` kept.
  int ready() const;
  int booting() const { return desired() - ready(); }
  const Plant& plant() const { return plant_; }

 private:
  Plant plant_;
  int desired_;
  std::vector<int> past_;  // ring of the last `boot` minutes' desired
  std::size_t oldest_ = 0;
};

// CPU% that a group of `ready` instances shows: min(100, 100 x demand / (unit_capacity x ready)); NaN stays NaN.
double cpu_of(double demand, int ready, const Plant& plant);

}  // namespace almanac::simulation
