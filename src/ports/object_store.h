#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace almanac::ports {

struct Object {
  std::string bytes;
  std::string etag;  // changes whenever the bytes change; opaque
};

// When a put may take effect. A put whose condition does not hold fails with ErrorCode::conflict and changes nothing.
struct PutCondition {
  enum class Kind { always, if_absent, if_match };
  Kind kind = Kind::always;
  std::string etag;  // for if_match

  static PutCondition always() { return {}; }
  static PutCondition if_absent() { return {Kind::if_absent, {}}; }
  static PutCondition if_match(std::string etag) { return {Kind::if_match, std::move(etag)}; }
};

// A flat store of named byte strings. Keys are relative paths of [A-Za-z0-9._=-] segments joined by '/', without "." or
// ".." segments. Every put is atomic: a reader sees the old bytes or the new, never a part; and durable when it
// returns. Thread-safe, and safe between processes.
class ObjectStore {
 public:
  virtual ~ObjectStore() = default;

  // not_found when there is no such object.
  virtual Result<Object> get(std::string_view key) = 0;
  // Returns the new etag. conflict, storage_full, permission_denied, unavailable.
  virtual Result<std::string> put(std::string_view key, std::string_view bytes, const PutCondition& condition) = 0;
  // Keys that start with `prefix`, sorted. No such prefix is an empty list, not an error.
  virtual Result<std::vector<std::string>> list(std::string_view prefix) = 0;
  // Removing what is not there succeeds.
  virtual Result<void> remove(std::string_view key) = 0;
};

}  // namespace almanac::ports
