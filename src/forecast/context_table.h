#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace almanac::forecast {

// A row of numbers for each anchor, computed a day of anchors at a time when the first of them is asked for, and kept:
// a walk forward fits several forecasters on the same anchors day after day. Thread-safe.
class ContextTable {
 public:
  ContextTable(std::size_t anchors, std::size_t per_day, std::size_t width)
      : anchors_(anchors), per_day_(per_day), width_(width), days_(anchors / per_day + 1) {}

  // `compute(anchor, row)` writes one row. It must say the same whenever it is called, and not ask this table.
  template <typename Compute>
  std::span<const float> row(std::size_t anchor, const Compute& compute) {
    Day& day = days_[anchor / per_day_];
    std::call_once(day.made, [&] {
      const std::size_t first = anchor / per_day_ * per_day_, end = std::min(first + per_day_, anchors_);
      day.rows.resize((end - first) * width_);
      for (std::size_t i = first; i < end; ++i) compute(i, std::span(day.rows).subspan((i - first) * width_, width_));
    });
    return std::span(day.rows).subspan(anchor % per_day_ * width_, width_);
  }

 private:
  struct Day {
    std::once_flag made;
    std::vector<float> rows;
  };
  std::size_t anchors_, per_day_, width_;
  std::vector<Day> days_;
};

}  // namespace almanac::forecast
