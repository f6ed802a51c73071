#include "adapters/aws/services/object_cache.h"

#include <iterator>
#include <utility>

namespace almanac::adapters::aws {

std::optional<ports::Object> ObjectCache::find(std::string_view key) {
  const MutexLock lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->object;
}

void ObjectCache::keep(std::string_view key, ports::Object object) {
  const MutexLock lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) erase(found->second);
  if (object.bytes.size() > max_bytes_) return;
  bytes_ += object.bytes.size();
  entries_.push_front({std::string(key), std::move(object)});
  by_key_.emplace(entries_.front().key, entries_.begin());
  while (bytes_ > max_bytes_) erase(std::prev(entries_.end()));
}

void ObjectCache::forget(std::string_view key) {
  const MutexLock lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) erase(found->second);
}

void ObjectCache::erase(Entries::iterator entry) {
  bytes_ -= entry->object.bytes.size();
  by_key_.erase(by_key_.find(entry->key));
  entries_.erase(entry);
}

}  // namespace almanac::adapters::aws
