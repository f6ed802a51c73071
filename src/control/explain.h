#pragma once

#include <string>

#include "calendar/calendar.h"
#include "records/record.h"

namespace almanac::control {

// The price at a fractional position of the error budget's knob, between its neighbours by its logarithm: instances
// worth paying to spare one busy instance of violating demand.
double price_at(double position);

// Why a decision was what it was, in plain words: what was known, each stage with its number and reason, the price that
// the error budget had set and what stood against what it asked for, what was sent,
// and what would have been decided without the calendar. `calendar` gives local times. Ends with a line feed.
std::string explain(const records::Record& record, const calendar::Calendar& calendar);

}  // namespace almanac::control
