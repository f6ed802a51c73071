#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "results.h"

namespace almanac::bench {

struct MeasureOptions {
  std::string traces;  // folder
  std::string trace = "worldcup98.csv";
  std::string calendar = "worldcup98.ics";  // beside the trace; empty: none
  Duration boot{300};
  std::string test_start = "1998-06-18T00:00:00Z", test_end = "1998-07-14T00:00:00Z";  // empty: the last 40 %
  std::uint64_t seeds = 1;                                                             // 1 to so many
  unsigned threads = 2;
  bool every_minute = false;       // also decisions every minute: many times slower than all else
  std::vector<std::string> parts;  // of ablation, peers, calendars, statements, metrics; empty: all
  std::string version;             // of the program, kept with each figure
};

// Measures what `results` does not hold yet and adds it, telling stderr as it goes. Traces that are not there are
// skipped with a message.
Result<void> measure(const MeasureOptions& options, Results& results);

}  // namespace almanac::bench
