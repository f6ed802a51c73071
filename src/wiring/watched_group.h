#pragma once

#include "control/knowledge.h"
#include "dataset/dataset.h"
#include "ports/object_store.h"
#include "ports/scaling_group.h"
#include "records/ledger.h"

namespace almanac::wiring {

// The group behind a CSV file: nobody can scale it, so it stands where our last decision would have put it; before the
// first one, where the newest row of the last day with an instance count that can be believed says. Where none does,
// its capacity is not known, and no minimum stands in for it.
class WatchedGroup final : public ports::ScalingGroup {
 public:
  // `store` must outlive the group.
  WatchedGroup(ports::ObjectStore& store, const control::GroupSettings& settings, Timestamp now)
      : ledger_(store, settings.name),
        dataset_(store, settings.name, settings.interval),
        settings_(settings),
        now_(now) {}

  void set_now(Timestamp now) { now_ = now; }

  ports::Capabilities capabilities() const override { return {}; }
  Result<ports::GroupState> describe() override;
  Result<void> set_desired(int) override;  // unsupported
  Result<void> raise_minimum(int minimum, Timestamp, Timestamp) override { return set_desired(minimum); }
  Result<std::vector<ports::LaunchFailure>> launch_failures(Timestamp) override { return {}; }
  Result<std::vector<ports::Launch>> launches(Timestamp) override { return {}; }

 private:
  records::Ledger ledger_;
  dataset::Dataset dataset_;
  control::GroupSettings settings_;
  Timestamp now_;
};

}  // namespace almanac::wiring
