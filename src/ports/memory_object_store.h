#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/mutex.h"
#include "ports/object_store.h"

namespace almanac::ports {

// Keeps objects in memory: for tests, simulations and whoever needs the pipeline without a disk. Thread-safe. Its etags
// are version numbers, so writing the same bytes again gives a NEW etag (content-hashing stores give the old one): code
// that relies on either is found out by running on both.
class MemoryObjectStore final : public ObjectStore {
 public:
  Result<Object> get(std::string_view key) override;
  Result<std::string> put(std::string_view key, std::string_view bytes, const PutCondition& condition) override;
  Result<std::vector<std::string>> list(std::string_view prefix) override;
  Result<void> remove(std::string_view key) override;

 private:
  Mutex mutex_;
  std::map<std::string, Object, std::less<>> objects_ ALMANAC_GUARDED_BY(mutex_);
  std::uint64_t version_ ALMANAC_GUARDED_BY(mutex_) = 0;
};

}  // namespace almanac::ports
