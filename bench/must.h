#pragma once

#include <errno.h>  // program_invocation_short_name

#include <cstdio>
#include <cstdlib>
#include <utility>

#include "core/result.h"

namespace almanac::bench {

// The value; a benchmark that has none ends here, with its name and the reason.
template <typename T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s: %s\n", program_invocation_short_name, result.error().message.c_str());
  std::exit(1);
}

}  // namespace almanac::bench
