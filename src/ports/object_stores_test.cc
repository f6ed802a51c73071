#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ports/faulty_object_store.h"
#include "ports/memory_object_store.h"
#include "ports/object_key.h"

// What every store does is in tests/contract; here is how the wrapper fails.

namespace almanac::ports {
namespace {

struct FaultyStoreTest : testing::Test {
  MemoryObjectStore inner;
  FaultyObjectStore store{inner};

  Result<std::string> put(std::string_view bytes) { return store.put("a", bytes, PutCondition::always()); }
};

TEST_F(FaultyStoreTest, FailsBeforeOrAfterTheEffectAsScripted) {
  store.fail_at(0, {ErrorCode::throttled, false});
  store.fail_at(1, {ErrorCode::unavailable, true});
  EXPECT_EQ(put("1").error().code, ErrorCode::throttled);
  EXPECT_EQ(inner.get("a").error().code, ErrorCode::not_found);
  EXPECT_EQ(put("2").error().code, ErrorCode::unavailable);
  EXPECT_EQ(inner.get("a")->bytes, "2");
  EXPECT_TRUE(put("3").has_value());
  EXPECT_EQ(store.operations(), 3u);
}

TEST_F(FaultyStoreTest, ReportsTheInnerStoresOwnRefusalOverAnInjectedOne) {
  ASSERT_TRUE(put("1").has_value());
  store.fail_at(1, {ErrorCode::unavailable, true});
  EXPECT_EQ(store.put("a", "2", PutCondition::if_absent()).error().code, ErrorCode::conflict);
}

TEST_F(FaultyStoreTest, FailsEveryWriteOfAFullDiskAndReadsOn) {
  ASSERT_TRUE(put("1").has_value());
  store.fail_writes(ErrorCode::storage_full);
  EXPECT_EQ(put("2").error().code, ErrorCode::storage_full);
  EXPECT_EQ(store.remove("a").error().code, ErrorCode::storage_full);
  EXPECT_EQ(store.get("a")->bytes, "1");
  store.clear();
  EXPECT_TRUE(put("3").has_value());
}

TEST_F(FaultyStoreTest, DoesNothingMoreFromACrashOn) {
  store.crash_at(1);
  EXPECT_TRUE(put("1").has_value());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(put("2").has_value());
  EXPECT_FALSE(store.get("a").has_value());
  EXPECT_FALSE(store.list("").has_value());
  EXPECT_EQ(inner.get("a")->bytes, "1");
}

TEST_F(FaultyStoreTest, FailsAlikeForTheSameSeed) {
  const auto outcomes = [](std::uint64_t seed) {
    MemoryObjectStore memory;
    FaultyObjectStore faulty(memory);
    faulty.fail_randomly(seed, {0.3, 0.3, ErrorCode::unavailable});
    std::string result;
    for (int i = 0; i < 100; ++i) result += faulty.put("a", "x", PutCondition::always()) ? '.' : 'x';
    return result;
  };
  EXPECT_EQ(outcomes(1), outcomes(1));
  EXPECT_NE(outcomes(1), outcomes(2));
  const std::string some = outcomes(3);
  const auto failures = std::count(some.begin(), some.end(), 'x');
  EXPECT_GT(failures, 35);  // 60 of 100 expected, standard deviation 4.9
  EXPECT_LT(failures, 85);
}

TEST_F(FaultyStoreTest, LetsATestStepInBetween) {
  store.before(1, [&] { ASSERT_TRUE(inner.put("a", "other", PutCondition::always()).has_value()); });
  const auto etag = put("1");
  EXPECT_EQ(store.put("a", "2", PutCondition::if_match(*etag)).error().code, ErrorCode::conflict);
}

TEST(ObjectKey, NamesTheKeyItRefusesWithoutItsControlBytes) {
  const auto result = check_key("a/\x1b[31m/../b");
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().message, testing::HasSubstr("\"a/?[31m/../b\" is not an object key; expected segments"));
  EXPECT_TRUE(check_key("shop/multi_metric_data/2026-11.csv").has_value());
  EXPECT_TRUE(check_prefix("shop/.").has_value());
}

}  // namespace
}  // namespace almanac::ports
