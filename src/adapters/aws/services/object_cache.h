#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/mutex.h"
#include "ports/object_store.h"

namespace almanac::adapters::aws {

// The objects last read or written, up to so many bytes together: what need not come over the network again when its
// ETag is still the same. Thread-safe.
class ObjectCache {
 public:
  explicit ObjectCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  std::optional<ports::Object> find(std::string_view key);
  // Forgets what was not asked for the longest. An object larger than the whole is not kept.
  void keep(std::string_view key, ports::Object object);
  void forget(std::string_view key);

 private:
  struct Entry {
    std::string key;
    ports::Object object;
  };
  using Entries = std::list<Entry>;

  void erase(Entries::iterator entry) ALMANAC_REQUIRES(mutex_);

  const std::size_t max_bytes_;
  Mutex mutex_;
  std::size_t bytes_ ALMANAC_GUARDED_BY(mutex_) = 0;
  Entries entries_ ALMANAC_GUARDED_BY(mutex_);  // the latest first
  std::map<std::string, Entries::iterator, std::less<>> by_key_ ALMANAC_GUARDED_BY(mutex_);
};

}  // namespace almanac::adapters::aws
