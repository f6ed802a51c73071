#pragma once

#include <string>

#include "control/record.h"

namespace almanac::app {

// What a decision did, as a line for people.
std::string decision_line(const control::Record& record, bool repeated);

}  // namespace almanac::app
