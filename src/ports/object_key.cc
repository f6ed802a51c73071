#include "ports/object_key.h"

#include <fmt/format.h>

#include <string>

namespace almanac::ports {
namespace {

constexpr std::size_t kMaxKey = 1024;
constexpr std::size_t kMaxSegment = 255;

bool allowed(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '=' || c == '-';
}

bool valid_segment(std::string_view segment) {
  if (segment.empty() || segment.size() > kMaxSegment || segment == "." || segment == "..") return false;
  for (char c : segment)
    if (!allowed(c)) return false;
  return true;
}

// Messages go to terminals and logs: a hostile key must not carry control bytes there.
std::string printable(std::string_view key) {
  std::string text;
  for (char c : key.substr(0, 80)) text += (c >= 0x20 && c < 0x7f) ? c : '?';
  return text;
}

tl::unexpected<Error> refuse(std::string_view what, std::string_view key) {
  return fail(ErrorCode::invalid_input,
              fmt::format("\"{}\" is not an object {}; expected segments of letters, digits and ._=- joined by \"/\", "
                          "none of them empty, \".\" or \"..\"",
                          printable(key), what));
}

}  // namespace

Result<void> check_key(std::string_view key) {
  if (key.empty() || key.size() > kMaxKey) return refuse("key", key);
  for (std::string_view rest = key;;) {
    const std::size_t slash = rest.find('/');
    if (!valid_segment(rest.substr(0, slash))) return refuse("key", key);
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

Result<void> check_prefix(std::string_view prefix) {
  // A prefix that some further characters complete to a key: "a/" and "a/." do, "/" and "../" do not.
  std::string completed(prefix);
  completed += "x";
  if (!check_key(completed)) return refuse("prefix", prefix);
  return {};
}

}  // namespace almanac::ports
