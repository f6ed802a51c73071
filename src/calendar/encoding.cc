#include "calendar/encoding.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "calendar/text.h"

namespace almanac::calendar {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

void append_utf8(std::string& out, std::uint32_t code) {
  const auto add = [&](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    add(code);
  } else if (code < 0x800) {
    add(0xC0 | code >> 6);
    add(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    add(0xE0 | code >> 12);
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  } else {
    add(0xF0 | code >> 18);
    add(0x80 | (code >> 12 & 0x3F));
    add(0x80 | (code >> 6 & 0x3F));
    add(0x80 | (code & 0x3F));
  }
}

// A text of units of `width` bytes, the least significant byte first or last.
struct Wide {
  std::size_t width;
  bool little_endian;
  std::size_t mark;  // bytes of the byte order mark
};

std::optional<Wide> wide_of(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xFF\xFE\0\0"sv)) return Wide{4, true, 4};
  if (bytes.starts_with("\0\0\xFE\xFF"sv)) return Wide{4, false, 4};
  if (bytes.starts_with("\xFF\xFE"sv)) return Wide{2, true, 2};
  if (bytes.starts_with("\xFE\xFF"sv)) return Wide{2, false, 2};
  if (bytes.size() < 4) return std::nullopt;
  const auto zero = [&](std::size_t i) { return bytes[i] == '\0'; };
  if (!zero(0) && zero(1) && zero(2) && zero(3)) return Wide{4, true, 0};
  if (zero(0) && zero(1) && zero(2) && !zero(3)) return Wide{4, false, 0};
  if (!zero(0) && zero(1) && !zero(2) && zero(3)) return Wide{2, true, 0};
  if (zero(0) && !zero(1) && zero(2) && !zero(3)) return Wide{2, false, 0};
  return std::nullopt;
}

std::uint32_t unit_at(std::string_view bytes, std::size_t at, const Wide& wide) {
  std::uint32_t unit = 0;
  for (std::size_t i = 0; i < wide.width; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[at + i]);
    unit |= std::uint32_t{byte} << 8 * (wide.little_endian ? i : wide.width - 1 - i);
  }
  return unit;
}

// What Windows-1252 has in the place of the control characters 0x80 to 0x9F; 0: nothing.
constexpr std::array<std::uint16_t, 32> kWindows1252 = {0x20AC, 0,      0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                        0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0,      0x017D, 0,
                                                        0,      0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                        0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0,      0x017E, 0x0178};

}  // namespace

std::optional<std::string> from_wide_text(std::string_view bytes) {
  const auto wide = wide_of(bytes);
  if (!wide) return std::nullopt;
  std::string out;
  for (std::size_t at = wide->mark; at + wide->width <= bytes.size(); at += wide->width) {
    std::uint32_t code = unit_at(bytes, at, *wide);
    const bool high = code >= 0xD800 && code < 0xDC00;
    if (wide->width == 2 && high && at + 4 <= bytes.size()) {
      const std::uint32_t low = unit_at(bytes, at + 2, *wide);
      if (low >= 0xDC00 && low < 0xE000) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        at += 2;
      }
    }
    const bool possible = code <= 0x10FFFF && (code < 0xD800 || code >= 0xE000);
    append_utf8(out, possible ? code : kReplacement);
  }
  return out;
}

std::string from_windows_1252(std::string_view bytes) {
  std::string out;
  for (char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    const std::uint32_t code = byte >= 0x80 && byte < 0xA0 ? kWindows1252[byte - 0x80U] : byte;
    append_utf8(out, code == 0 && byte != 0 ? kReplacement : code);
  }
  return out;
}

bool in_one_byte_letters(const std::vector<std::string_view>& parts) {
  bool other = false;
  for (std::string_view rest : parts) {
    while (!rest.empty()) {
      const std::size_t length = utf8_length(rest);
      if (length > 1) return false;
      other = other || length == 0;
      rest.remove_prefix(std::max<std::size_t>(length, 1));
    }
  }
  return other;
}

}  // namespace almanac::calendar
