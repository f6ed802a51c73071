#include "forecast/cpu_model.h"

#include <gtest/gtest.h>

#include "forecast/group_model.h"
#include "forecast/test_history.h"

namespace almanac::forecast {
namespace {

// Files of Keras itself are opened in tests/keras; here: what is refused, and with what words.
TEST(CpuModel, RefusesOurOwnModelsAndDamagedFiles) {
  GroupModel model({.interval = Duration{1800}, .cover_window = Duration{3600}, .use_lstm = false});
  ASSERT_TRUE(model.advance(season(5), calendar::Calendar{}, kMonday + 5 * kDay));
  const auto own = CpuModel::from_bytes(*model.to_bytes());
  ASSERT_FALSE(own);
  EXPECT_EQ(own.error().code, ErrorCode::unsupported);
  EXPECT_NE(own.error().message.find("not a Keras model made elsewhere"), std::string::npos);
  EXPECT_FALSE(CpuModel::from_bytes("not a model"));
}

}  // namespace
}  // namespace almanac::forecast
