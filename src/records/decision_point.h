#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/series.h"
#include "core/time.h"
#include "records/record.h"

namespace almanac::records {

// The numbers of one line of the ledger, without its words: what charts and statistics over weeks of ticks need, at a
// twentieth of the size of a Record and of the time to parse one.
struct DecisionPoint {
  Timestamp now{};
  TimeRange cover{};  // the cover window
  Duration lead_time{0};
  double q50 = kMissing, q90 = kMissing, q99 = kMissing;  // peak demand in the cover window, busy instances
  int before = 0;                                         // what it found
  int desired = 0;
  std::optional<int> without_calendar;
  std::optional<int> in_service;  // as the group was found
  Health health = Health::full;
  planning::Mode mode = planning::Mode::own;
  Outcome::Kind outcome = Outcome::Kind::not_sent;
  bool dry_run = false;
  bool with_events = false;  // some event touches the cover window
  std::string forecaster;

  bool operator==(const DecisionPoint&) const = default;
};

// The point of a record, and of a record's line (to_json). The line's point is that of the parsed record,
// found without building its tree; nothing where the line is no whole record.
DecisionPoint point_of(const Record& record);
std::optional<DecisionPoint> skim(std::string_view line);

}  // namespace almanac::records
