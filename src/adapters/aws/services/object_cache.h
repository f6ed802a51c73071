#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

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

  void erase(Entries::iterator entry);

  std::size_t max_bytes_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  Entries entries_;  // the latest first
  std::map<std::string, Entries::iterator, std::less<>> by_key_;
};

}  // namespace almanac::adapters::aws
