#include "ports/read_only.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ports/fake_scaling_group.h"
#include "ports/memory_object_store.h"
#include "ports/scaling_group_contract.h"

namespace almanac::ports {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct ReadOnlyStoreTest : testing::Test {
  std::shared_ptr<MemoryObjectStore> inner = std::make_shared<MemoryObjectStore>();
  ReadOnlyStoreTest() { EXPECT_TRUE(inner->put("shop/a", "1", PutCondition::always())); }
};

TEST_F(ReadOnlyStoreTest, ReadsWhatStandsThere) {
  ReadOnlyStore store(inner);
  EXPECT_EQ(store.get("shop/a")->bytes, "1");
  EXPECT_EQ(store.get("shop/b").error().code, ErrorCode::not_found);
  EXPECT_THAT(*store.list("shop/"), ElementsAre("shop/a"));
}

TEST_F(ReadOnlyStoreTest, RefusesEveryWriteByName) {
  ReadOnlyStore store(inner);
  for (const auto& condition :
       {PutCondition::always(), PutCondition::if_absent(), PutCondition::if_match(inner->get("shop/a")->etag)}) {
    const auto put = store.put("shop/a", "2", condition);
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, ErrorCode::permission_denied);
    EXPECT_THAT(put.error().message, HasSubstr("shop/a"));
  }
  EXPECT_EQ(store.remove("shop/a").error().code, ErrorCode::permission_denied);
  EXPECT_EQ(inner->get("shop/a")->bytes, "1");
}

TEST_F(ReadOnlyStoreTest, PutsWhatItIsToldToAndRemovesNothing) {
  ReadOnlyStore store(inner, [](std::string_view key) { return key.starts_with("shop/decisions/"); });
  EXPECT_TRUE(store.put("shop/decisions/x", "line", PutCondition::if_absent()));
  EXPECT_EQ(inner->get("shop/decisions/x")->bytes, "line");
  EXPECT_FALSE(store.remove("shop/decisions/x"));
  EXPECT_FALSE(store.put("shop/a", "2", PutCondition::always()));
}

TEST(ReadOnlyGroupTest, AnswersAndTakesNothing) {
  auto fake = std::make_unique<FakeScalingGroup>(GroupState{2, 10, 4, 4, 0});
  const Timestamp now = *parse_timestamp("2026-11-27T12:00");
  fake->finished = {{now - kHour, now - kHour + kMinute}};
  const GroupState before = *fake->describe();
  FakeScalingGroup& inner = *fake;
  ReadOnlyGroup group(std::move(fake));
  expect_scaling_group_contract({group, [&] { return now; }, [] {}, true});
  EXPECT_EQ(*group.describe(), before);
  EXPECT_THAT(*group.launches(Timestamp{}), testing::SizeIs(1));
  EXPECT_EQ(*inner.describe(), before);
}

}  // namespace
}  // namespace almanac::ports
