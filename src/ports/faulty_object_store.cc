#include "ports/faulty_object_store.h"

#include <fmt/format.h>

#include <utility>

namespace almanac::ports {
namespace {

tl::unexpected<Error> injected(const Fault& fault, std::string_view operation, std::string_view key) {
  return fail(fault.code, fmt::format("{} {}: injected fault {} the effect", operation, key,
                                      fault.after_effect ? "after" : "before"));
}

}  // namespace

void FaultyObjectStore::fail_at(std::uint64_t operation, Fault fault) {
  const MutexLock lock(mutex_);
  script_[operation] = fault;
}

void FaultyObjectStore::fail_writes(ErrorCode code) {
  const MutexLock lock(mutex_);
  writes_fail_with_ = code;
}

void FaultyObjectStore::crash_at(std::uint64_t operation) {
  const MutexLock lock(mutex_);
  crash_at_ = operation;
}

void FaultyObjectStore::fail_randomly(std::uint64_t seed, FaultRates rates) {
  const MutexLock lock(mutex_);
  random_.emplace(seed);
  rates_ = rates;
}

void FaultyObjectStore::before(std::uint64_t operation, std::function<void()> action) {
  const MutexLock lock(mutex_);
  actions_[operation] = std::move(action);
}

void FaultyObjectStore::clear() {
  const MutexLock lock(mutex_);
  script_.clear();
  actions_.clear();
  writes_fail_with_.reset();
  crash_at_.reset();
  random_.reset();
}

std::uint64_t FaultyObjectStore::operations() const {
  const MutexLock lock(mutex_);
  return operations_;
}

std::optional<Fault> FaultyObjectStore::next_fault(bool is_write) {
  MutexLock lock(mutex_);
  const std::uint64_t operation = operations_++;
  if (const auto action = actions_.find(operation); action != actions_.end()) {
    const std::function<void()> run = action->second;
    lock.unlock();
    run();
    lock.lock();
  }
  if (crash_at_ && operation >= *crash_at_) return Fault{ErrorCode::unavailable, false};
  if (const auto scripted = script_.find(operation); scripted != script_.end()) return scripted->second;
  if (is_write && writes_fail_with_) return Fault{*writes_fail_with_, false};
  if (random_) {
    const double draw = random_->uniform();
    if (draw < rates_.before) return Fault{rates_.code, false};
    if (is_write && draw < rates_.before + rates_.after) return Fault{rates_.code, true};
  }
  return std::nullopt;
}

Result<Object> FaultyObjectStore::get(std::string_view key) {
  if (const auto fault = next_fault(false)) return injected(*fault, "get", key);
  return inner_.get(key);
}

Result<std::string> FaultyObjectStore::put(std::string_view key, std::string_view bytes,
                                           const PutCondition& condition) {
  const auto fault = next_fault(true);
  if (fault && !fault->after_effect) return injected(*fault, "put", key);
  auto result = inner_.put(key, bytes, condition);
  if (fault && result) return injected(*fault, "put", key);
  return result;
}

Result<std::vector<std::string>> FaultyObjectStore::list(std::string_view prefix) {
  if (const auto fault = next_fault(false)) return injected(*fault, "list", prefix);
  return inner_.list(prefix);
}

Result<void> FaultyObjectStore::remove(std::string_view key) {
  const auto fault = next_fault(true);
  if (fault && !fault->after_effect) return injected(*fault, "remove", key);
  auto result = inner_.remove(key);
  if (fault && result) return injected(*fault, "remove", key);
  return result;
}

}  // namespace almanac::ports
