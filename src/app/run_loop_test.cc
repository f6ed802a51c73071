#include "app/run_loop.h"

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>

namespace almanac::app {
namespace {

TEST(TakeSignals, ABrokenConnectionDoesNotEndTheProcess) {
  EXPECT_EXIT(
      {
        take_signals();
        std::raise(SIGPIPE);
        std::exit(0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace almanac::app
