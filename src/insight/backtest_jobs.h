#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "calendar/calendar.h"
#include "core/mutex.h"
#include "core/progress.h"
#include "core/result.h"
#include "simulation/backtest.h"
#include "simulation/trace.h"

namespace almanac::insight {

// A backtest of a group's own history.
struct BacktestRequest {
  std::string group;
  simulation::Trace trace;  // load_trace() of enough history before the window
  calendar::Calendar calendar;
  simulation::Plant plant;
  Duration interval{300};
  TimeRange window{};
  std::uint64_t seed = 1;
  bool use_lstm = true;
  double objective = 0.001;  // the group's: what the settings shown first are chosen by
};

struct BacktestAnswer {
  simulation::BacktestResult result;  // without the decisions of its runs
  std::string winner;                 // the forecaster in use at the end
  double objective = 0.001;
};

// Replays Almanac over the request's trace and plays every peer beside it, each swept over its knob. `cancelled` stops
// it between days: conflict. invalid_input where the history is too short to learn from.
Result<BacktestAnswer> run_backtest(const BacktestRequest& request, const std::atomic<bool>& cancelled,
                                    const ProgressSink& progress);

// Runs backtests one at a time, each in a thread of its own at low priority. Keeps the last few that ended.
// Thread-safe; the destructor cancels and waits.
class BacktestJobs {
 public:
  enum class State { running, done, failed, cancelled };
  struct Status {
    std::string id;
    std::string group;
    State state = State::running;
    double share = 0;                              // of the work
    std::string stage;                             // what it is at
    std::string error;                             // of a failed one
    std::shared_ptr<const BacktestAnswer> answer;  // of one that is done
  };
  // What a job does; tests give one that does not take minutes.
  using Work = std::function<Result<BacktestAnswer>(const BacktestRequest&, const std::atomic<bool>& cancelled,
                                                    const ProgressSink&)>;

  explicit BacktestJobs(Work work = run_backtest);
  ~BacktestJobs();
  BacktestJobs(const BacktestJobs&) = delete;
  BacktestJobs& operator=(const BacktestJobs&) = delete;

  // Whether start() would be refused now.
  bool busy() const;
  // Returns the new job's id; conflict while another one runs, or ends after it was cancelled.
  Result<std::string> start(BacktestRequest request);
  // not_found.
  Result<Status> status(const std::string& id) const;
  // It is cancelled from now on, though its thread may need some seconds to notice. One that has ended stays as it is.
  Result<void> cancel(const std::string& id);

 private:
  void note(const std::string& id, const Progress& progress);

  static constexpr std::size_t kKept = 8;

  Work work_;
  mutable Mutex mutex_;
  std::map<std::string, Status> jobs_ ALMANAC_GUARDED_BY(mutex_);
  std::string running_ ALMANAC_GUARDED_BY(mutex_);  // id; empty: none
  std::atomic<bool> cancelled_{false};
  std::thread thread_ ALMANAC_GUARDED_BY(mutex_);
  unsigned long long started_ ALMANAC_GUARDED_BY(mutex_) = 0;
};

std::string_view to_string(BacktestJobs::State state);

}  // namespace almanac::insight
