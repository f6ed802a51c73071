#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "core/mutex.h"
#include "core/random.h"
#include "ports/object_store.h"

namespace almanac::ports {

// One misfortune. `after_effect` is the ambiguous kind: the operation took place, but the caller is told that it failed
// (a connection that broke after the request was served).
struct Fault {
  ErrorCode code = ErrorCode::unavailable;
  bool after_effect = false;
};

// Chances per operation of the seeded faults; reads are never `after` (there is no effect).
struct FaultRates {
  double before = 0;
  double after = 0;
  ErrorCode code = ErrorCode::unavailable;
};

// Wraps a store and makes it fail, by script or by seed. Operations (get, put, list, remove alike) are numbered from 0
// in the order in which they arrive. Thread-safe; `inner` must outlive it.
class FaultyObjectStore final : public ObjectStore {
 public:
  explicit FaultyObjectStore(ObjectStore& inner) : inner_(inner) {}

  // The n-th operation fails so.
  void fail_at(std::uint64_t operation, Fault fault);
  // Every put and remove fails so before its effect, until clear(): a full disk, a read-only folder.
  void fail_writes(ErrorCode code);
  // Every operation from the n-th on has no effect and fails with `unavailable`: what the store sees when its caller's
  // process dies before that operation. To die just after the n-th one, pass n + 1.
  void crash_at(std::uint64_t operation);
  // Random faults, reproducible for a seed (in one thread).
  void fail_randomly(std::uint64_t seed, FaultRates rates);
  // Called before the n-th operation, outside of any lock: lets a test step between a read and the write that follows.
  void before(std::uint64_t operation, std::function<void()> action);
  // No more faults; the count goes on.
  void clear();

  std::uint64_t operations() const;

  Result<Object> get(std::string_view key) override;
  Result<std::string> put(std::string_view key, std::string_view bytes, const PutCondition& condition) override;
  Result<std::vector<std::string>> list(std::string_view prefix) override;
  Result<void> remove(std::string_view key) override;

 private:
  std::optional<Fault> next_fault(bool is_write);

  ObjectStore& inner_;
  mutable Mutex mutex_;
  std::uint64_t operations_ ALMANAC_GUARDED_BY(mutex_) = 0;
  std::map<std::uint64_t, Fault> script_ ALMANAC_GUARDED_BY(mutex_);
  std::map<std::uint64_t, std::function<void()>> actions_ ALMANAC_GUARDED_BY(mutex_);
  std::optional<ErrorCode> writes_fail_with_ ALMANAC_GUARDED_BY(mutex_);
  std::optional<std::uint64_t> crash_at_ ALMANAC_GUARDED_BY(mutex_);
  std::optional<Random> random_ ALMANAC_GUARDED_BY(mutex_);
  FaultRates rates_ ALMANAC_GUARDED_BY(mutex_);
};

}  // namespace almanac::ports
