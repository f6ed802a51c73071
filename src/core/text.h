#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace almanac {

// Of ASCII letters only.
std::string lower_case(std::string_view text);

// Without white space at both ends.
std::string_view trimmed(std::string_view text);

// Text of another machine as it may stand in a message: control characters and bytes that are no UTF-8 become spaces,
// cut to `longest` bytes at a character.
std::string for_message(std::string_view text, std::size_t longest = 300);

// RFC 3986: every byte but A-Z a-z 0-9 - _ . ~ as %XX in capitals; '/' too unless `keep_slash`.
std::string uri_encode(std::string_view text, bool keep_slash = false);

// application/x-www-form-urlencoded: a space as '+', every other byte that uri_encode() does not keep as %XX.
std::string form_encode(const std::vector<std::pair<std::string, std::string>>& parameters);

// RFC 4648, with padding.
std::string base64(std::string_view bytes);

}  // namespace almanac
