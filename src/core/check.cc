#include "core/check.h"

#include <cstdio>
#include <cstdlib>

namespace almanac {

void check_failed(const char* file, int line, const char* expression, std::string_view message) {
  std::fprintf(stderr, "almanac: broken invariant at %s:%d: %s (%.*s)\n", file, line, expression,
               static_cast<int>(message.size()), message.data());
  std::abort();
}

}  // namespace almanac
