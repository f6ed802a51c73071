#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/query.h"
#include "core/result.h"
#include "core/time.h"

namespace almanac::serving {

// The target of a request, taken apart before it is decoded, so that an encoded '/' separates nothing.
struct Target {
  std::string path;                   // decoded, for looking up what has a fixed path
  std::vector<std::string> segments;  // each decoded: "/a/b%2Fc" is {"a", "b/c"}
  std::map<std::string, std::string, std::less<>> query;

  std::optional<std::string> text(std::string_view name) const;
  // Of at most so many characters; "" when it is not there. invalid_input names the parameter, here and below.
  Result<std::string> text(std::string_view name, std::size_t longest) const;
  // A whole number between the two; nothing when it is not there.
  Result<std::optional<long long>> number(std::string_view name, long long least, long long most) const;
  // ISO 8601 (parse_timestamp) or seconds since the epoch, of the years 1970 to 9999.
  Result<std::optional<Timestamp>> time(std::string_view name) const;
  // Whole seconds, or as people write them ("6h"); positive, at most `most`.
  Result<std::optional<Duration>> duration(std::string_view name, Duration most) const;
  // `from` and `to`.
  Result<RangeQuery> range() const;
  // `query`, `sort`, `limit`, `cursor`; which orders and cursors there are knows who answers.
  Result<PageQuery> page() const;
};

// invalid_input for what is no origin-form target ("/..."), for broken percent-encoding, control characters, bytes that
// are no UTF-8, a parameter that comes twice, and "." or ".." as a segment.
Result<Target> parse_target(std::string_view target);

inline constexpr long long kLastSecond = 253402300799;  // 9999-12-31T23:59:59Z, the last time that is understood

// As time() for a text that stands elsewhere; `name` is for the message.
Result<Timestamp> parse_time(std::string_view name, const std::string& text);

}  // namespace almanac::serving
