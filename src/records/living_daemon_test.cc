#include "records/living_daemon.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ports/memory_object_store.h"
#include "records/lease.h"

namespace almanac::records {
namespace {

using namespace std::chrono_literals;

const Timestamp kNoon = parse_timestamp("2026-11-24T12:00:00Z").value();

struct LivingDaemonTest : testing::Test {
  ports::MemoryObjectStore store;

  void hold(const std::string& holder) {
    records::Lease lease(store, holder, 60s, 1);
    ASSERT_TRUE(lease.renew({}, kNoon).value());
  }
  std::optional<std::string> seen(Timestamp wall) { return living_daemon(store, wall).value(); }
};

TEST_F(LivingDaemonTest, NobodyHoldsWhatWasNeverTakenOrWasReleased) {
  EXPECT_FALSE(seen(kNoon));
  records::Lease lease(store, this_process(), 60s, 1);
  ASSERT_TRUE(lease.renew({}, kNoon).value());
  EXPECT_EQ(seen(kNoon + 30s), this_process());
  ASSERT_TRUE(lease.release({}, kNoon + 31s));
  EXPECT_FALSE(seen(kNoon + 32s));
}

TEST_F(LivingDaemonTest, AnotherMachinesHolderLivesAsLongAsItsLeaseLasts) {
  hold("elsewhere:12");
  EXPECT_EQ(seen(kNoon + 60s), "elsewhere:12");
  EXPECT_FALSE(seen(kNoon + 76s));  // 60 s and the 15 s that renewals may be late
}

TEST_F(LivingDaemonTest, AProcessOfThisMachineThatIsGoneHoldsNothing) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  const std::string self = this_process();
  hold(self.substr(0, self.rfind(':') + 1) + std::to_string(child));
  EXPECT_FALSE(seen(kNoon + 1s));
}

TEST_F(LivingDaemonTest, ALeaseThatNobodyCanReadIsAnError) {
  ASSERT_TRUE(store.put("almanac-lease.json", "{", ports::PutCondition::always()));
  EXPECT_EQ(living_daemon(store, kNoon).error().code, ErrorCode::corrupt);
}

}  // namespace
}  // namespace almanac::records
