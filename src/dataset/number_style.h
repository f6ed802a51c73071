#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace almanac::dataset {

// How a file writes its numbers. One program wrote it, so one style holds for all of its cells.
enum class NumberStyle {
  plain,  // 1234.5 and nothing else
  point,  // 1234.5, 1,234.5, 1 234.5, 1'234.5, each perhaps with a unit
  comma,  // 1234,5, 1.234,5, 1 234,5, the same
};

struct CellNumber {
  double value = 0;
  std::string_view unit;  // what follows the number, without blanks: "%", "K"; a view into the cell
};

// A cell of a file of this style; nothing for text that is no such number. Knows what parse_number knows.
std::optional<CellNumber> parse_cell_number(std::string_view cell, NumberStyle style);

// Finds out the style of a file from its cells. A single cell may leave it open ("1,234" is 1234 or 1.234); others
// of the file tell.
class NumberSurvey {
 public:
  // What a comma or a point before three digits can mean in a column.
  enum class Column {
    percent,  // no group of thousands: there is no CPU of 1,234 %
    count,    // thousands, unless the file tells otherwise elsewhere: few programs write counts to a thousandth
    any,
  };
  // What the rest of the file says of whoever wrote it.
  struct Custom {
    bool comma_separates = true;     // the fields, so that a comma is hardly decimal, nor a point one of thousands
    bool dates_have_points = false;  // 05.11.2026, as is written where thousands have points
  };
  void see(std::string_view cell, std::size_t line, Column column);

  // invalid_input (without the file's name) names the lines where cells contradict each other, or the one that can be
  // read two ways while no other tells.
  Result<NumberStyle> conclude(const Custom& custom) const;

 private:
  struct Seen {
    std::size_t line = 0;  // 0: never
    std::string cell;
  };
  static void note(Seen& seen, std::string_view cell, std::size_t line);
  static tl::unexpected<Error> refuse(const Seen& open, char mark, std::string_view remedy);

  Seen point_, comma_;                        // cells that can only be read so
  Seen open_count_, open_other_;              // cells such as "1,234"
  Seen open_point_count_, open_point_other_;  // cells such as "1.234"
};

}  // namespace almanac::dataset
