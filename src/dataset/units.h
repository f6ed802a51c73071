#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "dataset/number_style.h"

// The units in which programs write a row's values, by the index of kFields.
namespace almanac::dataset {

struct CellUnit {
  double factor = 1;  // from the number in the cell to the row's unit
};

// "%" of CPU, bytes with binary prefixes ("3 MiB"; "3 MB" may be either), K and Mil of counts. Nothing where the unit
// is not one that the field may have, a rate among them.
std::optional<CellUnit> unit_of(std::size_t field, std::string_view unit);

// Whether a header may say this of the field: its unit ("percent", "bytes") or its statistic ("average" of CPU, "sum"
// of requests). In lower case.
bool may_say(std::size_t field, std::string_view word);

// "percent", "bytes in the interval", ...: for messages.
std::string_view expected_unit(std::size_t field);
std::string_view expected_statistic(std::size_t field);

NumberSurvey::Column survey_kind(std::size_t field);

}  // namespace almanac::dataset
