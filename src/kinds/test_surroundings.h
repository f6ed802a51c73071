#pragma once

#include "kinds/kind.h"
#include "ports/memory_object_store.h"

namespace almanac::kinds {

// A group's surroundings in memory, for tests of kinds.
struct TestSurroundings {
  explicit TestSurroundings(const TargetKind& target, settings::Values values = {}, Timestamp now = Timestamp{})
      : target_values(std::move(values)),
        clock(std::make_shared<ports::ManualClock>(now)),
        around{.group = "shop",
               .steering = {2, 60, true, false},
               .target = target,
               .target_values = target_values,
               .store = store,
               .clock = clock,
               .transport = {},
               .session = session} {}

  ports::MemoryObjectStore store;
  Shelf session;
  settings::Values target_values;
  std::shared_ptr<ports::ManualClock> clock;
  Surroundings around;
};

}  // namespace almanac::kinds
