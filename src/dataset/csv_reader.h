#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace almanac::dataset {

// One record of a CSV text. The fields are views that stay valid until the reader's next call of next().
struct CsvRecord {
  std::size_t line = 0;  // where it starts, from 1
  std::vector<std::string_view> fields;
  // False when the text ends without a line end after this record: of a file that someone still writes, it may be a
  // part.
  bool terminated = true;
};

struct CsvOptions {
  char separator = ',';
  // A longer record is refused, so that a file that is no CSV costs no memory.
  std::size_t max_record_bytes = std::size_t{1} << 20;
};

// Reads RFC 4180 records from a text held by the caller: LF or CRLF line ends, quoted fields (with separators, line
// ends and doubled quotes), a leading UTF-8 byte order mark is skipped, blank lines are skipped. Copies nothing but
// fields with doubled quotes. Knows no header: the first record is the caller's to interpret.
class CsvReader {
 public:
  // `text` must outlive the reader; `name` (a file name) starts every error message.
  CsvReader(std::string_view text, std::string name, CsvOptions options = {});

  // Fills `record` with the next one; false at the end. invalid_input names file and line: a control byte (the text is
  // binary), a record over the limit, an open quote, characters after a closing quote.
  Result<bool> next(CsvRecord& record);

 private:
  Result<std::string_view> quoted_field();
  Result<std::string_view> plain_field();
  tl::unexpected<Error> error_at(std::size_t line, std::string_view what) const;

  std::string_view text_;
  std::string name_;
  CsvOptions options_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
  std::size_t record_start_ = 0;
  std::deque<std::string> unquoted_;
};

// Without the blanks (space, tab) at both ends.
std::string_view trim(std::string_view text);

// A whole decimal number such as "12", "-1.5e3" or "+7", also "inf" and "nan" (a number too large for a double is inf);
// nothing for any other text, the empty one included. No locale.
std::optional<double> parse_number(std::string_view text);

}  // namespace almanac::dataset
