#pragma once

#include <string>
#include <string_view>

namespace almanac::calendar {

// Names come from files that anyone may have written: bytes that are no UTF-8 become U+FFFD, control characters become
// spaces, and white space around the text goes.
std::string clean(std::string_view text);

// A found value inside a message: cleaned, cut to 40 characters, in double quotes.
std::string in_quotes(std::string_view text);

}  // namespace almanac::calendar
