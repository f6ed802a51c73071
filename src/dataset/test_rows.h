#pragma once

// Rows for tests.

#include <rapidcheck.h>

#include <cmath>
#include <cstring>
#include <string_view>
#include <vector>

#include "core/row.h"
#include "dataset/csv.h"

namespace almanac::dataset {

inline Timestamp at(std::string_view text) {
  return *parse_timestamp(text);
}

// A row of which the CPU alone is known.
inline Row cpu_row(std::string_view time, double cpu) {
  Row row{};
  row.start = at(time);
  row.cpu_utilization = cpu;
  return row;
}

// Any number a row may hold: small counts, and every exponent that a double has.
inline rc::Gen<double> test_value() {
  return rc::gen::oneOf(rc::gen::map(rc::gen::inRange(0, 1000), [](int n) { return static_cast<double>(n); }),
                        rc::gen::map(rc::gen::arbitrary<std::uint64_t>(), [](std::uint64_t bits) {
                          double value;
                          static_assert(sizeof value == sizeof bits);
                          std::memcpy(&value, &bits, sizeof value);
                          value = std::fabs(value);
                          return std::isfinite(value) ? value : 0.5;
                        }));
}

inline rc::Gen<std::optional<double>> test_field() {
  return rc::gen::oneOf(rc::gen::just(std::optional<double>{}),
                        rc::gen::map(test_value(), [](double v) { return std::optional(v); }));
}

// Rows in any order, times repeated, within some three months around the turn of a year.
inline rc::Gen<std::vector<Row>> test_rows(Duration interval) {
  const rc::Gen<Row> row = rc::gen::exec([interval] {
    Row r{};
    r.start = std::chrono::sys_days{std::chrono::year{2026} / 12 / 1} +
              interval * *rc::gen::oneOf(rc::gen::inRange(0, 12), rc::gen::inRange(0, 90 * 288));
    for (const Field& field : kFields) r.*field.member = *test_field();
    return r;
  });
  return rc::gen::container<std::vector<Row>>(row);
}

}  // namespace almanac::dataset
