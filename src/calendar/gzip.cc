#include "calendar/gzip.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "core/inflate.h"

namespace almanac::calendar {
namespace {

std::string in_words(InflateFault fault) {
  switch (fault) {
    case InflateFault::damaged:
      return "the gzip file is damaged";
    case InflateFault::cut_off:
      return "the gzip file is cut off";
    case InflateFault::too_long:
      return fmt::format("the gzip file holds more than {} MB", kLargestUnpacked >> 20U);
  }
  return "";
}

bool is_padding(std::string_view rest) {
  return std::all_of(rest.begin(), rest.end(), [](char c) { return c == '\0'; });
}

}  // namespace

Result<std::string> unpacked(const std::string& bytes) {
  if (!bytes.starts_with("\x1f\x8b")) return bytes;
  auto file = inflated(bytes, Packing::gzip, kLargestUnpacked);
  if (!file) return fail(ErrorCode::corrupt, in_words(file.error()));
  // It may be of another member, whose first byte is damaged.
  if (!is_padding(file->rest))
    return fail(ErrorCode::corrupt,
                fmt::format("the gzip file is damaged: {} bytes of something else follow its end", file->rest.size()));
  return std::move(file->bytes);
}

}  // namespace almanac::calendar
