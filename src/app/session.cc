#include "app/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "adapters/local/csv_metric_source.h"
#include "adapters/local/file.h"
#include "adapters/local/folder_object_store.h"
#include "adapters/local/system_clock.h"
#include "app/simulated_world.h"
#include "control/ledger.h"

namespace almanac::app {
namespace {

constexpr std::uint64_t kLargestCalendar = 16U << 20U;

// Reads a CSV from its first row on, however old that is.
std::optional<Timestamp> first_row(ports::MetricSource& source, Timestamp until, Duration interval) {
  const auto rows = source.read({Timestamp{}, floor_to(until, interval)}, interval);
  return rows && !rows->empty() ? std::optional(rows->front().start) : std::nullopt;
}

// The group behind a CSV file: nobody can scale it, so it stands where our last decision would have put it.
class WatchedGroup final : public ports::ScalingGroup {
 public:
  WatchedGroup(ports::ObjectStore& store, dataset::Dataset& dataset, const control::GroupSettings& settings,
               Timestamp now)
      : ledger_(store, settings.name), dataset_(dataset), policy_(settings.policy), now_(now) {}

  Result<ports::GroupState> describe() override {
    ports::GroupState state{policy_.min, policy_.max, std::max(1, policy_.min), std::max(1, policy_.min), 0};
    const auto last = ledger_.latest(now_, [](const control::Record& r) { return !r.decision.dry_run; });
    if (!last) return tl::unexpected(last.error());
    if (*last) {
      state.desired = state.in_service = (*last)->decision.desired;
      return state;
    }
    const auto time = dataset_.last_row_time();
    if (!time || !*time) return state;
    const auto rows = dataset_.read({**time, **time + dataset_.interval()});
    if (rows && !rows->empty() && rows->back().in_service_instances) {
      state.desired = state.in_service =
          std::clamp(static_cast<int>(*rows->back().in_service_instances + 0.5), policy_.min, policy_.max);
    }
    return state;
  }
  Result<void> set_desired(int) override {
    return fail(ErrorCode::unsupported, "a CSV file cannot be scaled; set mode: observe");
  }
  Result<void> raise_minimum(int minimum, Timestamp, Timestamp) override { return set_desired(minimum); }
  Result<std::vector<ports::LaunchFailure>> launch_failures(Timestamp) override { return {}; }
  Result<std::vector<ports::Launch>> launches(Timestamp) override { return std::vector<ports::Launch>{}; }

 private:
  control::Ledger ledger_;
  dataset::Dataset& dataset_;
  planning::Policy policy_;
  Timestamp now_;
};

Result<Config> find_config(const CommonOptions& options) {
  if (options.config) return load_config(*options.config);
  if (const char* named = std::getenv("ALMANAC_CONFIG"); named != nullptr && *named != '\0') return load_config(named);
  std::error_code error;
  if (std::filesystem::exists("almanac.yaml", error)) return load_config("almanac.yaml");
  return default_config();
}

}  // namespace

ExitCode exit_code_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid_input:
    case ErrorCode::not_found:
    case ErrorCode::corrupt:
    case ErrorCode::unsupported:
      return kData;
    case ErrorCode::conflict:
    case ErrorCode::unavailable:
    case ErrorCode::timed_out:
    case ErrorCode::throttled:
      return kUnavailable;
    case ErrorCode::permission_denied:
    case ErrorCode::storage_full:
      return kDenied;
  }
  return kData;
}

Result<Session> Session::open(const CommonOptions& options) {
  Session session;
  auto config = find_config(options);
  if (!config) return tl::unexpected(config.error());
  session.config_ = std::move(*config);
  if (options.store) session.config_.store = *options.store;
  session.store_ = std::make_unique<adapters::FolderObjectStore>(session.config_.store);
  session.now_ = options.now ? *options.now : adapters::SystemClock().now();
  // Pointers into config_.groups stay good when the session moves: the vector's elements do not.
  for (const std::string& name : options.groups) {
    const auto group = session.config_.group(name);
    if (!group) return tl::unexpected(group.error());
    session.groups_.push_back(*group);
  }
  if (options.groups.empty()) {
    for (const GroupConfig& group : session.config_.groups) session.groups_.push_back(&group);
  }
  return session;
}

Result<const GroupConfig*> Session::only_group() const {
  if (groups_.size() == 1) return groups_.front();
  std::vector<std::string> names;
  for (const GroupConfig* group : groups_) names.push_back(group->name);
  return fail(ErrorCode::invalid_input,
              fmt::format("this command speaks of one group; choose with --group one of {}", fmt::join(names, ", ")));
}

std::unique_ptr<GroupWiring> Session::wire_history(const GroupConfig& group) {
  control::GroupSettings settings;
  settings.name = group.name;
  settings.interval = config_.interval;
  settings.policy = group.policy;
  settings.capacity_per_instance = group.capacity_per_instance;
  settings.lead_time = group.lead_time;
  if (group.simulated) settings.usual_lead_time = group.simulated->boot;
  std::vector<control::CalendarFeed> feeds;
  for (const auto& path : group.calendars) {
    feeds.push_back({path.string(), [path] { return adapters::read_file(path, kLargestCalendar); }});
  }
  auto wiring = std::make_unique<GroupWiring>(GroupWiring{group,
                                                          settings,
                                                          dataset::Dataset(*store_, group.name, config_.interval),
                                                          control::CalendarStore(*store_, group.name, std::move(feeds)),
                                                          {},
                                                          nullptr,
                                                          nullptr});
  return wiring;
}

Result<std::unique_ptr<GroupWiring>> Session::wire(const GroupConfig& group) {
  auto wiring = wire_history(group);
  if (group.simulated) {
    auto world = SimulatedWorld::open(*store_, group.name, *group.simulated, group.policy, now_);
    if (!world) return tl::unexpected(with_context(world.error(), "simulated group " + group.name));
    wiring->collect.first = (*world)->history_start();
    wiring->source = (*world)->metrics();
    wiring->group = (*world)->group();
  } else {
    wiring->source = std::make_unique<adapters::CsvMetricSource>(group.csv->path);
    wiring->collect.first = first_row(*wiring->source, now_, config_.interval);
    wiring->group = std::make_unique<WatchedGroup>(*store_, wiring->dataset, wiring->settings, now_);
  }
  return wiring;
}

}  // namespace almanac::app
