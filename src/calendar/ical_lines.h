#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace almanac::calendar {

// A line of an iCalendar as it is meant: unfolded, without its end.
struct IcalLine {
  std::size_t number;  // of its first part in the file, from 1
  std::string text;    // UTF-8 where the file's bytes are a text
};

struct IcalLines {
  std::vector<IcalLine> lines;    // without empty ones
  bool one_byte_letters = false;  // the file is no UTF-8; it was read as Windows-1252
};

// Takes a file apart into lines (RFC 5545 section 3.1: folded lines are joined), however they end: LF, CR LF, CR alone,
// or CR CR LF, which a program leaves that writes CR LF through one that makes CR LF of LF. A file that is indented as
// a whole, or by the depth of its components, is read as if it were not.
IcalLines read_ical_lines(std::string_view text);

}  // namespace almanac::calendar
