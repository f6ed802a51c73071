#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/time.h"
#include "dataset/dataset.h"
#include "ports/clock.h"
#include "ports/object_store.h"
#include "ports/scaling_group.h"
#include "records/ledger.h"

namespace almanac::adapters::watched {

// What is known of a group besides its rows.
struct WatchedOptions {
  std::string group;
  Duration interval{300};
  int min = 0;
  int max = 0;
  std::optional<double> capacity_per_instance;
};

// The group behind metrics alone: nobody can scale it, so it stands where our last decision would have put it; before
// the first one, where the newest row of the last day with an instance count that can be believed says. Where none
// does, its capacity is not known, and no minimum stands in for it.
class WatchedGroup final : public ports::ScalingGroup {
 public:
  // `store` must outlive the group.
  WatchedGroup(ports::ObjectStore& store, std::shared_ptr<const ports::Clock> clock, WatchedOptions options)
      : ledger_(store, options.group),
        dataset_(store, options.group, options.interval),
        clock_(std::move(clock)),
        options_(std::move(options)) {}

  ports::Capabilities capabilities() const override { return {}; }
  Result<ports::GroupState> describe() override;
  Result<void> set_desired(int) override;  // unsupported
  Result<void> raise_minimum(int minimum, Timestamp, Timestamp) override { return set_desired(minimum); }
  Result<std::vector<ports::LaunchFailure>> launch_failures(Timestamp) override { return {}; }
  Result<std::vector<ports::Launch>> launches(Timestamp) override { return {}; }

 private:
  records::Ledger ledger_;
  dataset::Dataset dataset_;
  std::shared_ptr<const ports::Clock> clock_;
  WatchedOptions options_;
};

}  // namespace almanac::adapters::watched
