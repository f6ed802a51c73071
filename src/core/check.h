#pragma once

#include <string_view>

namespace almanac {

// Prints the broken invariant with its place and aborts. Never returns.
[[noreturn]] void check_failed(const char* file, int line, const char* expression, std::string_view message);

}  // namespace almanac

// States an invariant whose violation is a defect of this program, never of its input. Active in release builds too:
// a wrong capacity sent to production costs more than a process that stops and says why.
#define ALMANAC_CHECK(condition, message)                                               \
  do {                                                                                  \
    if (!(condition)) ::almanac::check_failed(__FILE__, __LINE__, #condition, message); \
  } while (false)
