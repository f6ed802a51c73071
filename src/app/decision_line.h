#pragma once

#include <string>

#include "records/record.h"

namespace almanac::app {

// What a decision did, as a line for people.
std::string decision_line(const records::Record& record, bool repeated);

}  // namespace almanac::app
