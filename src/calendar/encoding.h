#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace almanac::calendar {

// UTF-8 of a text in UTF-16 or UTF-32: by its byte order mark, or by the zero bytes of its first character, which
// nothing but such a text has ('B' of BEGIN and '{' are ASCII). Empty where `bytes` is neither.
std::optional<std::string> from_wide_text(std::string_view bytes);

// UTF-8 of a text in Windows-1252, of which Latin-1 is a part. Bytes that stand for nothing become U+FFFD.
std::string from_windows_1252(std::string_view bytes);

// True where the parts of a text hold bytes that are no UTF-8, and no letter of UTF-8 beyond ASCII: it is in an older
// encoding of one byte a letter, not damaged UTF-8.
bool in_one_byte_letters(const std::vector<std::string_view>& parts);

// What is told of such a text.
inline constexpr std::string_view kReadAsWindows1252 =
    "not UTF-8: read as Windows-1252 (Latin-1); save it as UTF-8 where names look wrong";

}  // namespace almanac::calendar
