#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace almanac::calendar {

// Length of the valid UTF-8 sequence at the front of `text`, 0 where there is none (RFC 3629, table 3-7 of Unicode).
std::size_t utf8_length(std::string_view text);

// Names come from files that anyone may have written: bytes that are no UTF-8 become U+FFFD, control characters become
// spaces, and white space around the text goes.
std::string clean(std::string_view text);

// A found value inside a message: cleaned, cut to 40 characters, in double quotes.
std::string in_quotes(std::string_view text);

}  // namespace almanac::calendar
