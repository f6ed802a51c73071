#include "adapters/aws/client/credential_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "adapters/aws/client/testing.h"

namespace almanac::adapters::aws {
namespace {

using testing::at;
using ::testing::HasSubstr;

using Loaded = Result<std::optional<Credentials>>;

struct ScriptedProvider final : CredentialProvider {
  explicit ScriptedProvider(std::function<Loaded(int)> answers) : script(std::move(answers)) {}
  Loaded load() override { return script(++loads); }
  std::string place() const override { return "a script"; }

  std::function<Loaded(int)> script;
  std::atomic<int> loads{0};
};

// Safe to read from many threads while it stands still.
struct CredentialCacheTest : ::testing::Test {
  std::shared_ptr<ports::ManualClock> clock = std::make_shared<ports::ManualClock>(at("2026-11-27T08:00:00Z"));
  ScriptedProvider* provider = nullptr;
  std::unique_ptr<CredentialCache> cache;

  void script(std::function<Loaded(int)> answers) {
    auto made = std::make_unique<ScriptedProvider>(std::move(answers));
    provider = made.get();
    cache = std::make_unique<CredentialCache>(std::move(made), clock);
  }
  Credentials living(Duration life, int number) const {
    return {"key " + std::to_string(number), "secret", "", clock->now() + life, "a script"};
  }
  std::string key() {
    const auto current = cache->current();
    return current ? (*current)->access_key_id : "none: " + current.error().message;
  }
};

TEST_F(CredentialCacheTest, RenewsAQuarterOfAnHourBeforeTheyExpire) {
  script([&](int number) { return living(kHour, number); });
  EXPECT_EQ(key(), "key 1");
  clock->advance(45 * kMinute - Duration(1));
  EXPECT_EQ(key(), "key 1");
  clock->advance(Duration(1));
  EXPECT_EQ(key(), "key 2");
}

// 15 minutes of life: the last quarter is 3 min 45 s, so they serve 11 min 15 s.
TEST_F(CredentialCacheTest, ShortLivedOnesAreNotRenewedAtEveryCall) {
  script([&](int number) { return living(15 * kMinute, number); });
  EXPECT_EQ(key(), "key 1");
  clock->advance(Duration(674));
  EXPECT_EQ(key(), "key 1");
  clock->advance(Duration(1));
  EXPECT_EQ(key(), "key 2");
}

TEST_F(CredentialCacheTest, OnesWithoutAnEndAreNeverRenewed) {
  script([&](int) { return Credentials{"static", "secret", "", {}, ""}; });
  key();
  clock->advance(1000 * kDay);
  key();
  EXPECT_EQ(provider->loads, 1);
}

TEST_F(CredentialCacheTest, KeepsTheOldOnesWhileTheyLiveWhenRenewalFails) {
  script([&](int number) -> Loaded {
    if (number == 1) return living(kHour, number);
    if (number < 4) return fail(ErrorCode::unavailable, "the script is down");
    return living(kHour, number);
  });
  key();
  clock->advance(50 * kMinute);
  EXPECT_EQ(key(), "key 1");
  EXPECT_EQ(key(), "key 1");
  EXPECT_EQ(provider->loads, 2);  // not at every call
  clock->advance(10 * kMinute);
  EXPECT_THAT(
      key(),
      HasSubstr("credentials from a script expired at 2026-11-27T09:00:00Z and cannot be renewed: the script is down"));
  EXPECT_EQ(key(), "key 4");
}

TEST_F(CredentialCacheTest, ThatAPlaceSuddenlyHasNoneIsAFailureToo) {
  script([&](int number) -> Loaded {
    if (number == 1) return living(kHour, number);
    return std::nullopt;
  });
  key();
  clock->advance(50 * kMinute);
  EXPECT_EQ(key(), "key 1");
  clock->advance(10 * kMinute);
  EXPECT_THAT(key(), HasSubstr("none found"));
}

TEST_F(CredentialCacheTest, OnesThatSeemExpiredOnArrivalAreTriedForTheClockMayBeWrong) {
  script([&](int number) { return living(-kHour, number); });
  EXPECT_EQ(key(), "key 1");
  EXPECT_EQ(key(), "key 1");
  clock->advance(kMinute);
  EXPECT_EQ(key(), "key 2");
}

TEST_F(CredentialCacheTest, RefusedOnesAreRenewedOnceHoweverManySayIt) {
  script([&](int number) { return living(kHour, number); });
  const auto first = *cache->current();
  cache->refused(first);
  EXPECT_EQ(key(), "key 2");
  cache->refused(first);
  EXPECT_EQ(key(), "key 2");
}

TEST_F(CredentialCacheTest, ManyCallersAtOnceRenewOnce) {
  std::atomic<int> waiting{0};
  script([&](int number) -> Loaded {
    // Slow enough for the others to arrive.
    while (number == 1 && waiting < 8) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    return living(kHour, number);
  });
  std::atomic<int> good{0};
  {
    std::vector<std::jthread> callers;
    for (int caller = 0; caller < 8; ++caller)
      callers.emplace_back([&] {
        ++waiting;
        if (key() == "key 1") ++good;
      });
  }
  EXPECT_EQ(good, 8);
  EXPECT_EQ(provider->loads, 1);
}

TEST_F(CredentialCacheTest, CallersTakeTheOldOnesWhileOneRenewsAndShareTheFailureOfTheDead) {
  std::atomic<bool> renewing{false};
  std::atomic<bool> go_on{false};
  script([&](int number) -> Loaded {
    if (number == 1) return living(kHour, number);
    renewing = true;
    while (!go_on) std::this_thread::yield();
    return living(kHour, number);
  });
  key();
  clock->advance(50 * kMinute);
  std::jthread renewer([&] { EXPECT_EQ(key(), "key 2"); });
  while (!renewing) std::this_thread::yield();
  EXPECT_EQ(key(), "key 1");
  go_on = true;
  renewer.join();
  EXPECT_EQ(key(), "key 2");
}

}  // namespace
}  // namespace almanac::adapters::aws
