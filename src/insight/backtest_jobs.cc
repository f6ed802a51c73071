#include "insight/backtest_jobs.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "simulation/almanac_replay.h"

namespace almanac::insight {
namespace {

constexpr Duration kWarmUp{6 * kHour};
constexpr double kLearningShare = 0.35, kReplayShare = 0.9;  // of the time that a backtest takes, up to their ends

// Ticks go first. Priorities are a thread's own on Linux; where that is refused the backtest is merely less polite.
void be_polite() {
  constexpr int kNice = 10;
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kNice);
}

// Shares of one stage as shares of the whole.
ProgressSink within(const ProgressSink& sink, double from, double to) {
  return [sink, from, to](const Progress& p) {
    const double share = p.total > 0 ? std::clamp(p.done / p.total, 0.0, 1.0) : 0;
    report(sink, {p.task, from + share * (to - from), 1, p.detail});
  };
}

}  // namespace

Result<BacktestAnswer> run_backtest(const BacktestRequest& request, const std::atomic<bool>& cancelled,
                                    const ProgressSink& progress) {
  const auto window = simulation::test_window(request.trace, request.window.start, request.window.end);
  if (!window) return tl::unexpected(window.error());
  simulation::ReplaySettings settings;
  settings.from = simulation::replay_start(request.trace, window->from, static_cast<std::size_t>(kWarmUp / kMinute));
  settings.to = window->to;
  settings.seed = request.seed;
  settings.use_lstm = request.use_lstm;
  settings.interval = request.interval;
  settings.cancelled = &cancelled;
  const auto learning = within(progress, 0, kLearningShare);
  const auto replaying = within(progress, kLearningShare, kReplayShare);
  bool replays = false;  // the walk over the history before is over
  report(learning, {"learning from the history before", 0, 1, ""});
  const ProgressSink stages = [&](const Progress& p) {
    replays = replays || (p.task == "Replaying almanac" && p.done > 0);
    if (p.task == "Replaying almanac" && !replays) return;
    if (!replays && p.task != "Walking forward") return;  // passes over one fit start anew with each
    replays ? replaying(p) : learning({"learning from the history before", p.done, p.total, p.detail});
  };
  const auto replay = simulation::replay_almanac(request.trace, request.calendar, request.plant, settings, stages);
  if (!replay) return tl::unexpected(replay.error());
  simulation::BacktestConfig config;
  config.trace = &request.trace;
  config.plant = request.plant;
  config.window = *window;
  config.policies = simulation::peers();
  config.policies.insert(config.policies.begin(),
                         {simulation::almanac_family(*replay), simulation::objective_family(*replay)});
  config.warm_up = kWarmUp;
  config.threads = 1;
  config.cancelled = &cancelled;
  BacktestAnswer answer{simulation::run_backtest(config, within(progress, kReplayShare, 1)), replay->winner,
                        request.objective};
  // Nobody reads them here, and weeks of them for a hundred runs are not small.
  for (auto& policy : answer.result.policies)
    for (auto& run : policy.runs) run.decisions = {};
  if (cancelled) return fail(ErrorCode::conflict, "cancelled");
  return answer;
}

std::string_view to_string(BacktestJobs::State state) {
  switch (state) {
    case BacktestJobs::State::running:
      return "running";
    case BacktestJobs::State::done:
      return "done";
    case BacktestJobs::State::failed:
      return "failed";
    case BacktestJobs::State::cancelled:
      return "cancelled";
  }
  return "failed";
}

BacktestJobs::BacktestJobs(Work work) : work_(std::move(work)) {}

BacktestJobs::~BacktestJobs() {
  cancelled_ = true;
  if (thread_.joinable()) thread_.join();
}

bool BacktestJobs::busy() const {
  const MutexLock lock(mutex_);
  return !running_.empty();
}

Result<std::string> BacktestJobs::start(BacktestRequest request) {
  const MutexLock lock(mutex_);
  if (!running_.empty()) {
    return fail(ErrorCode::conflict,
                fmt::format("a backtest of {} is running; wait for it or cancel it", jobs_[running_].group));
  }
  // The thread before has nothing left to do but to end.
  if (thread_.joinable()) thread_.join();
  if (jobs_.size() >= kKept) jobs_.erase(jobs_.begin());
  const std::string id = fmt::format("backtest-{:06}", ++started_);
  Status status;
  status.id = id;
  status.group = request.group;
  status.stage = "waiting";
  jobs_[id] = status;
  running_ = id;
  cancelled_ = false;
  thread_ = std::thread([this, id, request = std::move(request)] {
    be_polite();
    auto answer = work_(request, cancelled_, [&](const Progress& progress) { note(id, progress); });
    const MutexLock ending(mutex_);
    running_.clear();
    Status& ended = jobs_[id];
    if (ended.state == State::cancelled) return;
    ended.state = answer ? State::done : State::failed;
    ended.stage = answer ? "done" : "failed";
    if (answer) {
      ended.share = 1;
      ended.answer = std::make_shared<const BacktestAnswer>(std::move(*answer));
    } else {
      ended.error = answer.error().message;
    }
  });
  return id;
}

void BacktestJobs::note(const std::string& id, const Progress& progress) {
  const MutexLock lock(mutex_);
  Status& status = jobs_[id];
  if (status.state != State::running) return;
  if (progress.total > 0) status.share = std::max(status.share, progress.done / progress.total);
  status.stage = progress.detail.empty() ? progress.task : fmt::format("{}: {}", progress.task, progress.detail);
}

Result<BacktestJobs::Status> BacktestJobs::status(const std::string& id) const {
  const MutexLock lock(mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end())
    return fail(ErrorCode::not_found, "there is no such backtest; those of an earlier run are gone");
  return found->second;
}

Result<void> BacktestJobs::cancel(const std::string& id) {
  const MutexLock lock(mutex_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end()) return fail(ErrorCode::not_found, "there is no such backtest");
  Status& status = found->second;
  if (status.state != State::running) return {};
  status.state = State::cancelled;
  status.stage = "cancelled";
  cancelled_ = true;
  return {};
}

}  // namespace almanac::insight
