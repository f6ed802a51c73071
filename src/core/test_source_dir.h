#pragma once

#include <string>

namespace almanac {

// The checkout that the tests were built from: its folder, absolute.
std::string test_source_dir();

}  // namespace almanac
