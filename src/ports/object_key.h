#pragma once

#include <string_view>

#include "core/result.h"

namespace almanac::ports {

// Whether `key` may name an object: segments of [A-Za-z0-9._=-] joined by '/', none empty, "." or "..", each at most
// 255 bytes, 1024 in all. The rule that keeps a key inside its store, so that every implementation applies the same
// one. invalid_input names the key and what was expected.
Result<void> check_key(std::string_view key);

// Whether `prefix` may start a listing: empty, or the front part of a valid key (it may end inside a segment or with
// '/').
Result<void> check_prefix(std::string_view prefix);

}  // namespace almanac::ports
