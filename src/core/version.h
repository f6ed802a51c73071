#pragma once

#include <string>

namespace almanac {

// The version of the program as project() of the topmost CMakeLists.txt says it: three numbers with points between
// them.
std::string program_version();

}  // namespace almanac
