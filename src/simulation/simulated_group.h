#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "core/result.h"
#include "core/row.h"
#include "core/time.h"
#include "ports/clock.h"
#include "ports/metric_source.h"
#include "ports/scaling_group.h"
#include "simulation/plant.h"
#include "simulation/policy.h"
#include "simulation/trace.h"

namespace almanac::simulation {

struct CloudOptions {
  Plant plant;
  Timestamp start;                 // when the group begins to be watched, within the trace; on a whole minute of it
  int initial = 0;                 // instances in service at `start`; cut to the plant's limits
  std::vector<TimeRange> outages;  // metrics of minutes that start in here are never known, though the load is there
  std::string network_column = "network_in";
  // How long after its end an interval's request_count and request_peak are published, and how long its
  // cpu_utilization, in_service_instances and network_in.
  Duration requests_late{0}, group_late{0};
  // observed_trace(trace, outages), where many clouds of one trace share it; made anew where it is null.
  std::shared_ptr<const Trace> observed;
};

// A trace as metrics tell it: nothing is known of minutes that start in an outage.
Trace observed_trace(const Trace& trace, const std::vector<TimeRange>& outages);

// A cloud that exists only in simulated time: one scaling group under a trace's load, by the rules of the plant, with
// the faces that production sees. Time moves only through advance_to(). A decision taken at a time is in force from the
// minute that starts then, or else from the next one. Not thread-safe.
class SimulatedCloud {
 public:
  // The trace must outlive the cloud.
  SimulatedCloud(const Trace& trace, CloudOptions options);
  SimulatedCloud(const SimulatedCloud&) = delete;
  SimulatedCloud& operator=(const SimulatedCloud&) = delete;

  Timestamp now() const { return now_.now(); }
  // Plays the minutes up to `until`, later than now and not after the trace's end. `operator_policy`, where given,
  // steers the group at each minute, above a raised minimum (someone else's autoscaler, before ours is installed or
  // beside it).
  void advance_to(Timestamp until, Policy* operator_policy = nullptr);

  ports::Clock& clock() { return now_; }
  ports::ScalingGroup& group() { return group_; }
  ports::MetricSource& metrics() { return metrics_; }

  // Played so far, by minute of the trace; before `start` the initial capacity.
  const std::vector<int>& desired() const { return desired_; }
  const std::vector<int>& ready() const { return ready_; }
  // The demand as metrics tell it: the trace's, missing during outages.
  const Series& observed() const { return seen_->demand; }
  // Scores the minutes in `range` that were played.
  Score score(TimeRange range) const;

 private:
  class Group final : public ports::ScalingGroup {
   public:
    explicit Group(SimulatedCloud& cloud) : cloud_(cloud) {}
    // Of the capacity now, with a raise in force.
    int minimum() const;

    ports::Capabilities capabilities() const override {
      return {.set_desired = true, .raise_minimum = true, .tell_launches = true};
    }
    Result<ports::GroupState> describe() override;
    Result<void> set_desired(int desired) override;
    // A raise in force lifts the desired capacity, and keeps it up against an operator's policy. When it ends the
    // capacity stays until somebody lowers it.
    Result<void> raise_minimum(int minimum, Timestamp now, Timestamp until) override;
    Result<std::vector<ports::LaunchFailure>> launch_failures(Timestamp) override { return {}; }
    Result<std::vector<ports::Launch>> launches(Timestamp since) override;

   private:
    SimulatedCloud& cloud_;
    int raised_ = 0;
    Timestamp raised_until_{};
  };
  // Rows from `start` on: request_count, request_peak and network_in as collected_rows() gives them, cpu_utilization
  // and in_service_instances averaged over the interval's known minutes. A CPU-only trace has no request_count: its
  // busy instances are what cpu and in-service say. Intervals that have not finished, or of which nothing is published
  // yet, are left out.
  class Metrics final : public ports::MetricSource {
   public:
    explicit Metrics(SimulatedCloud& cloud) : cloud_(cloud) {}
    Result<std::vector<Row>> read(TimeRange range, Duration interval) override;

   private:
    void hide_unpublished(std::vector<Row>& rows, Duration interval) const;

    SimulatedCloud& cloud_;
  };

  void note_launches(int before, int after);

  const Trace& trace_;
  CloudOptions options_;
  ports::ManualClock now_;
  PlantState state_;
  int in_force_;                       // desired capacity of the last minute played
  std::shared_ptr<const Trace> seen_;  // the trace as metrics tell it
  std::vector<int> desired_;
  std::vector<int> ready_;
  std::vector<ports::Launch> launches_;  // finished, ascending
  std::deque<Timestamp> booting_;        // launched, not yet serving; oldest first
  Group group_;
  Metrics metrics_;
};

}  // namespace almanac::simulation
