#include "ports/memory_object_store.h"

#include <fmt/format.h>

#include "ports/object_key.h"

namespace almanac::ports {

Result<Object> MemoryObjectStore::get(std::string_view key) {
  if (auto valid = check_key(key); !valid) return tl::unexpected(valid.error());
  const MutexLock lock(mutex_);
  const auto found = objects_.find(key);
  if (found == objects_.end()) return fail(ErrorCode::not_found, fmt::format("{}: no such object", key));
  return found->second;
}

Result<std::string> MemoryObjectStore::put(std::string_view key, std::string_view bytes,
                                           const PutCondition& condition) {
  if (auto valid = check_key(key); !valid) return tl::unexpected(valid.error());
  const MutexLock lock(mutex_);
  const auto found = objects_.find(key);
  if (condition.kind == PutCondition::Kind::if_absent && found != objects_.end())
    return fail(ErrorCode::conflict, fmt::format("{}: exists already", key));
  if (condition.kind == PutCondition::Kind::if_match &&
      (found == objects_.end() || found->second.etag != condition.etag))
    return fail(ErrorCode::conflict, fmt::format("{}: was changed or removed by another writer", key));
  Object object{std::string(bytes), fmt::format("v{}", ++version_)};
  std::string etag = object.etag;
  objects_.insert_or_assign(std::string(key), std::move(object));
  return etag;
}

Result<std::vector<std::string>> MemoryObjectStore::list(std::string_view prefix) {
  if (auto valid = check_prefix(prefix); !valid) return tl::unexpected(valid.error());
  const MutexLock lock(mutex_);
  std::vector<std::string> keys;
  for (auto it = objects_.lower_bound(prefix); it != objects_.end() && it->first.starts_with(prefix); ++it)
    keys.push_back(it->first);
  return keys;
}

Result<void> MemoryObjectStore::remove(std::string_view key) {
  if (auto valid = check_key(key); !valid) return tl::unexpected(valid.error());
  const MutexLock lock(mutex_);
  if (const auto found = objects_.find(key); found != objects_.end()) objects_.erase(found);
  return {};
}

}  // namespace almanac::ports
