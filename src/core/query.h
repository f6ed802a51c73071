#pragma once

#include <optional>
#include <string>

#include "core/time.h"

namespace almanac {

// Which part of a list is wanted, as a client wrote it; `limit` is 1 to 1000.
struct PageQuery {
  std::optional<std::string> query;   // only what matches this text
  std::optional<std::string> sort;    // an order by its name, "attention"
  std::optional<std::string> cursor;  // from `next_cursor` of the page before; opaque to clients
  int limit = 100;
};

// Half open: [from, to). A missing end is chosen by the code that answers; from < to where both are there.
struct RangeQuery {
  std::optional<Timestamp> from, to;
};

}  // namespace almanac
