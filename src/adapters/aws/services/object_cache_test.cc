#include "adapters/aws/services/object_cache.h"

#include <gtest/gtest.h>

namespace almanac::adapters::aws {
namespace {

TEST(ObjectCache, ForgetsWhatWasNotAskedForTheLongest) {
  ObjectCache cache(10);
  cache.keep("a", {"1234", "e1"});
  cache.keep("b", {"1234", "e2"});
  EXPECT_EQ(cache.find("a")->etag, "e1");
  cache.keep("c", {"1234", "e3"});  // 12 bytes are too many: b goes
  EXPECT_TRUE(cache.find("a"));
  EXPECT_FALSE(cache.find("b"));
  EXPECT_TRUE(cache.find("c"));
}

TEST(ObjectCache, ReplacesForgetsAndRefusesTheTooLarge) {
  ObjectCache cache(10);
  cache.keep("a", {"1234567890", "e1"});
  cache.keep("a", {"12", "e2"});
  cache.keep("b", {"12345678", "e3"});  // fits, because the first a counts no more
  EXPECT_EQ(cache.find("a")->bytes, "12");
  cache.keep("a", {"12345678901", "e4"});
  EXPECT_FALSE(cache.find("a"));  // the old one would be wrong
  cache.forget("b");
  cache.forget("b");
  EXPECT_FALSE(cache.find("b"));
}

}  // namespace
}  // namespace almanac::adapters::aws
