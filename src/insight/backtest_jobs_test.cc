#include "insight/backtest_jobs.h"

#include <gtest/gtest.h>

#include <chrono>

#include "insight/load_trace.h"
#include "insight/test_group.h"

namespace almanac::insight {
namespace {

using State = BacktestJobs::State;

// Waits for what takes no time at all where all is well.
State settled(const BacktestJobs& jobs, const std::string& id) {
  for (int i = 0; i < 2000; ++i) {
    const auto status = jobs.status(id);
    if (status && status->state != State::running) return status->state;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return State::running;
}

void wait_until_idle(const BacktestJobs& jobs) {
  for (int i = 0; i < 2000 && jobs.busy(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

BacktestRequest request(const char* group = "shop") {
  BacktestRequest made;
  made.group = group;
  return made;
}

// Runs until it is cancelled or told to end.
struct Endless {
  std::atomic<bool> end{false};
  BacktestJobs::Work work() {
    return [this](const BacktestRequest&, const std::atomic<bool>& cancelled, const ProgressSink& sink) {
      report(sink, {"playing", 3, 10, "day 3"});
      while (!cancelled && !end) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return cancelled ? Result<BacktestAnswer>(fail(ErrorCode::conflict, "cancelled")) : BacktestAnswer{};
    };
  }
};

TEST(BacktestJobsTest, TellsItsProgressAndItsAnswer) {
  Endless endless;
  BacktestJobs jobs(endless.work());
  const auto id = jobs.start(request()).value();
  while (jobs.status(id)->stage == "waiting") std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const auto running = jobs.status(id).value();
  EXPECT_EQ(running.state, State::running);
  EXPECT_DOUBLE_EQ(running.share, 0.3);
  EXPECT_EQ(running.stage, "playing: day 3");
  EXPECT_EQ(running.answer, nullptr);
  endless.end = true;
  EXPECT_EQ(settled(jobs, id), State::done);
  EXPECT_NE(jobs.status(id)->answer, nullptr);
  EXPECT_EQ(jobs.status(id)->share, 1);
}

TEST(BacktestJobsTest, OneRunsAtATime) {
  Endless endless;
  BacktestJobs jobs(endless.work());
  const auto id = jobs.start(request()).value();
  const auto refused = jobs.start(request("other"));
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_NE(refused.error().message.find("shop"), std::string::npos);
  endless.end = true;
  settled(jobs, id);
  wait_until_idle(jobs);
  EXPECT_TRUE(jobs.start(request("other")));
}

TEST(BacktestJobsTest, ACancelledOneIsCancelledAtOnceAndMakesRoom) {
  Endless endless;
  BacktestJobs jobs(endless.work());
  const auto id = jobs.start(request()).value();
  EXPECT_TRUE(jobs.cancel(id));
  EXPECT_EQ(jobs.status(id)->state, State::cancelled);
  wait_until_idle(jobs);
  const auto next = jobs.start(request());
  ASSERT_TRUE(next);
  EXPECT_EQ(jobs.status(*next)->state, State::running);
  endless.end = true;
  EXPECT_EQ(settled(jobs, *next), State::done);
  EXPECT_TRUE(jobs.cancel(*next));
  EXPECT_EQ(jobs.status(*next)->state, State::done);
}

TEST(BacktestJobsTest, AFailureIsToldInItsWords) {
  BacktestJobs jobs([](const BacktestRequest&, const std::atomic<bool>&, const ProgressSink&) {
    return Result<BacktestAnswer>(fail(ErrorCode::invalid_input, "too little history"));
  });
  const auto id = jobs.start(request()).value();
  EXPECT_EQ(settled(jobs, id), State::failed);
  EXPECT_EQ(jobs.status(id)->error, "too little history");
  EXPECT_EQ(jobs.status("backtest-7").error().code, ErrorCode::not_found);
  EXPECT_EQ(jobs.cancel("backtest-7").error().code, ErrorCode::not_found);
}

TEST(BacktestJobsTest, LeavingCancelsWhatRuns) {
  Endless endless;
  BacktestJobs jobs(endless.work());
  ASSERT_TRUE(jobs.start(request()));
}

// Three weeks of a load that repeats itself: the real thing, without the network's LSTM.
TEST(BacktestTest, ReplaysTheGroupsOwnHistoryBesideThePeers) {
  const auto known = control::know(test_rows_of(kTestNow - 3 * kWeek, kTestNow), test_settings(), kTestNow);
  BacktestRequest made = request();
  made.trace = load_trace(known, {kTestNow - 3 * kWeek, kTestNow});
  made.plant = {1, 5, 0.8, 1, 100};
  made.window = {kTestNow - 2 * kDay, kTestNow};
  made.use_lstm = false;
  const std::atomic<bool> go{false}, stop{true};
  double share = 0;
  bool ascending = true;
  const auto answer = run_backtest(made, go, [&](const Progress& p) {
    ascending = ascending && p.done / p.total >= share;
    share = p.done / p.total;
  });
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(ascending);
  EXPECT_EQ(share, 1);
  EXPECT_EQ(answer->result.window.end, kTestNow);
  const auto& almanac = answer->result.policies.front();
  EXPECT_EQ(almanac.policy, "almanac");
  EXPECT_NE(almanac.cheapest_within(0.001), nullptr);
  EXPECT_EQ(run_backtest(made, stop, {}).error().code, ErrorCode::conflict);
}

}  // namespace
}  // namespace almanac::insight
