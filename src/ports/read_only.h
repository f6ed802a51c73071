#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ports/object_store.h"
#include "ports/scaling_group.h"

namespace almanac::ports {

// A store as those see it who only look: what is read is what stands there, and every write is refused with
// permission_denied, which names the key. Nothing of the inner store can change through it.
class ReadOnlyStore final : public ObjectStore {
 public:
  // Keys that may be put all the same: the ledger's line of a dry run. Nothing may be removed.
  using Exception = std::function<bool(std::string_view key)>;

  explicit ReadOnlyStore(std::shared_ptr<ObjectStore> inner, Exception exception = {})
      : inner_(std::move(inner)), exception_(std::move(exception)) {}

  Result<Object> get(std::string_view key) override { return inner_->get(key); }
  Result<std::vector<std::string>> list(std::string_view prefix) override { return inner_->list(prefix); }
  Result<std::string> put(std::string_view key, std::string_view bytes, const PutCondition& condition) override;
  Result<void> remove(std::string_view key) override;

 private:
  std::shared_ptr<ObjectStore> inner_;
  Exception exception_;
};

// A scaling group as those see it who only look: it says what stands there and what the group itself can do, and every
// request is refused with permission_denied.
class ReadOnlyGroup final : public ScalingGroup {
 public:
  explicit ReadOnlyGroup(std::shared_ptr<ScalingGroup> inner) : inner_(std::move(inner)) {}

  Capabilities capabilities() const override { return inner_->capabilities(); }
  Result<GroupState> describe() override { return inner_->describe(); }
  Result<std::vector<LaunchFailure>> launch_failures(Timestamp since) override {
    return inner_->launch_failures(since);
  }
  Result<std::vector<Launch>> launches(Timestamp since) override { return inner_->launches(since); }
  Result<void> set_desired(int desired) override;
  Result<void> raise_minimum(int minimum, Timestamp now, Timestamp until) override;

 private:
  std::shared_ptr<ScalingGroup> inner_;
};

}  // namespace almanac::ports
