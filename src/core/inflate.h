#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace almanac {

enum class Packing {
  gzip,  // RFC 1952, of one or several members
  zlib,  // RFC 1950
  raw,   // RFC 1951, without any frame
};

// What is wrong with packed bytes; who asks says it in words of what they are ("the packed answer is cut off").
enum class InflateFault { damaged, cut_off, too_long };

struct Inflated {
  std::string bytes;
  std::string_view rest;  // of what was given, behind the packed bytes: padding, or something else
};

// Unpacks what `packed` begins with. too_long where it holds more than `max_bytes`, of which nothing beyond one step of
// 64 kB is unpacked; cut_off where its end is missing (and where it is empty); damaged where it is not of that packing
// or a checksum differs.
tl::expected<Inflated, InflateFault> inflated(std::string_view packed, Packing packing, std::size_t max_bytes);

}  // namespace almanac
