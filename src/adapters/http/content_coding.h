#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.h"

namespace almanac::adapters::http {

// What a request that accepts packed answers asks for.
inline constexpr const char* kCodingsAskedFor = "gzip, deflate";

// The body as it was before the server packed it. `coding` is the value of Content-Encoding: gzip of one or several
// members (RFC 1952), deflate with zlib's frame or without, identity. corrupt where it is damaged, cut off, of another
// coding, or holds more than `max_bytes`.
Result<std::string> decoded(std::string body, std::string_view coding, std::size_t max_bytes);

}  // namespace almanac::adapters::http
