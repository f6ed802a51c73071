#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/mutex.h"
#include "core/query.h"
#include "core/result.h"
#include "core/time.h"
#include "insight/backtest_jobs.h"
#include "insight/fleet.h"
#include "insight/group_view.h"
#include "insight/what_if.h"
#include "ports/object_store.h"
#include "records/calendar_store.h"

namespace almanac::insight {

// The most that may be asked for; of a what-if it is kMostPlanDays.
inline constexpr Duration kMostAhead{7 * kDay};
inline constexpr int kMostSavingsDays = 31;
inline constexpr int kMostBacktestDays = 28;

// Every page's figures, computed from the store. Nothing is written. The fleet is
// answered from memory; a group's answers are computed once a tick, for the few groups that somebody looks at.
//
// Thread-safe. Errors: not_found for what is no group, invalid_input for a range or number out of bounds, unavailable
// where the store does not answer or there is nothing yet to compute from.
class Insight {
 public:
  // What is shown of a group: its settings, and the calendars it names beside those of the store, of which only the
  // names count here.
  struct Source {
    control::GroupSettings settings;
    std::vector<records::CalendarFeed> feeds;
  };
  // All groups have one interval. `store` must outlive it; `now` is asked from many threads.
  Insight(std::vector<Source> groups, ports::ObjectStore& store, std::function<Timestamp()> now);

  // The answers of docs/openapi.yaml; each is made in the answers_*.cc of its subject.
  Result<std::string> groups(const PageQuery& page);
  Result<std::string> group(const std::string& name);
  Result<std::string> series(const std::string& name, RangeQuery range, std::optional<Duration> step);
  Result<std::string> forecast(const std::string& name, Duration ahead);
  Result<std::string> decisions(const std::string& name, RangeQuery range, const PageQuery& page);
  Result<std::string> decision(const std::string& name, Timestamp time);
  Result<std::string> calendar(const std::string& name, RangeQuery range);
  Result<std::string> savings(const std::string& name, int days);
  Result<std::string> plan(const std::string& name, const std::string& calendar_text, const std::string& file_name,
                           int days);
  Result<std::string> start_backtest(const std::string& name, int days);
  Result<std::string> backtest(const std::string& id);
  Result<void> cancel_backtest(const std::string& id);

  // After a tick of the group, or after something else of it was written (an override, a model): what the pages show is
  // read anew, the fleet's part at once and the rest when it is asked for. Costs some milliseconds.
  void tick_done(const std::string& group, Timestamp now);

  // Reads the summaries of all groups that were not read yet, one after the other, until `stop` is true: for a thread
  // of its own when a process starts. Without it they are read bit by bit as the fleet is asked for.
  void warm_up(const std::function<bool()>& stop = {});

  // A group's view as the pages see it, for callers that make something else of it.
  Result<std::shared_ptr<const GroupView>> view(const std::string& name);

 private:
  struct Group {
    Source source;
    std::unique_ptr<SummaryReader> summary;
  };
  Result<const Group*> find(const std::string& name) const;
  std::shared_ptr<GroupReader> reader(const Group& group);
  std::shared_ptr<const Summary> fresh_summary(const Group& group);
  void refresh_some();
  std::optional<double> uplift_of(const Group& group, const calendar::Event& event);

  ports::ObjectStore& store_;
  std::function<Timestamp()> now_;
  Duration interval_{300};
  std::vector<Group> groups_;  // in the order given
  std::map<std::string, std::size_t, std::less<>> by_name_;

  Mutex mutex_;
  struct Kept {
    std::shared_ptr<GroupReader> reader;
    unsigned long long last_use = 0;
  };
  std::map<std::string, Kept> readers_ ALMANAC_GUARDED_BY(mutex_);
  unsigned long long uses_ ALMANAC_GUARDED_BY(mutex_) = 0;
  std::size_t refreshed_ ALMANAC_GUARDED_BY(mutex_) = 0;  // the group that lazy refreshing goes on with

  Mutex planning_;  // one what-if at a time: it may take a second
  BacktestJobs jobs_;
};

}  // namespace almanac::insight
