#include "adapters/watched/watched_kind.h"

#include "adapters/watched/watched_group.h"
#include "settings/key.h"

namespace almanac::adapters::watched {
namespace {

class WatchedKind final : public kinds::TargetKind {
 public:
  std::string name() const override { return "watched"; }
  std::string doc() const override {
    return "Nothing that can be scaled: in mode observe every decision is recorded, and none is carried out.";
  }
  settings::Keys keys() const override { return {}; }
  ports::Capabilities capabilities() const override { return {}; }

  Result<std::shared_ptr<ports::ScalingGroup>> make(const settings::Values&,
                                                    const kinds::Surroundings& around) const override {
    return std::make_shared<WatchedGroup>(around.store, around.clock,
                                          WatchedOptions{around.group, around.interval, around.steering.min,
                                                         around.steering.max, around.capacity_per_instance});
  }
};

}  // namespace

const kinds::TargetKind& watched_kind() {
  static const WatchedKind kind;
  return kind;
}

}  // namespace almanac::adapters::watched
