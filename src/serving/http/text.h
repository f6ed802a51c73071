#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace almanac::serving {

bool is_utf8(std::string_view text);
// Code points of well-formed UTF-8: what JSON Schema counts as a length.
std::size_t characters(std::string_view text);
// Of ASCII: below 0x20, and 0x7f.
bool has_control_characters(std::string_view text);
std::string without_control_characters(std::string_view text);
std::string lower_case(std::string_view ascii);
// Without the blanks and tabs around it.
std::string_view trim(std::string_view text);
// Not more of a client's text than belongs into a message.
std::string_view shown(std::string_view text);

}  // namespace almanac::serving
