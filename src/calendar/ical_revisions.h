#pragma once

#include <string_view>
#include <vector>

#include "calendar/ical_event.h"
#include "calendar/reporter.h"

namespace almanac::calendar {

// Inside the room only: which of the VEVENTs of one UID count, where a file holds several versions of them. What is
// passed over is reported, unless it says the same.
class Revisions : Reporter {
 public:
  using Reporter::Reporter;

  // Of all that have no RECURRENCE-ID, in the order of the file: the latest of each event or series, without what is
  // cancelled as a whole; the cancellations are among them.
  std::vector<const Draft*> of_masters(const std::vector<const Draft*>& masters);

  // Of all that have one, by the occurrence they name: the latest. `series` is the first of those they may change,
  // whose wall clock a RECURRENCE-ID without a zone means; null: none.
  std::vector<const Draft*> of_changes(const std::vector<const Draft*>& changes, const Entry* series);

 private:
  std::vector<const Draft*> latest(const std::vector<const Draft*>& revisions);
  std::vector<const Draft*> without_replaced_series(std::vector<const Draft*> masters);
  bool takes_back_all(const Draft& cancel, const std::vector<const Draft*>& masters);
  std::vector<const Draft*> without_cancelled(const std::vector<const Draft*>& kept,
                                              const std::vector<const Draft*>& masters);
};

}  // namespace almanac::calendar
