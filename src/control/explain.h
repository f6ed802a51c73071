#pragma once

#include <string>

#include "calendar/calendar.h"
#include "control/record.h"

namespace almanac::control {

// Why a decision was what it was, in plain words: what was known, each stage with its number and reason, what was sent,
// and what would have been decided without the calendar. `calendar` gives local times. Ends with a line feed.
std::string explain(const Record& record, const calendar::Calendar& calendar);

}  // namespace almanac::control
