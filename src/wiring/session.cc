#include "wiring/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "adapters/local/csv_metric_source.h"
#include "adapters/local/file.h"
#include "adapters/local/folder_object_store.h"
#include "adapters/local/system_clock.h"
#include "wiring/aws.h"
#include "wiring/simulated_world.h"
#include "wiring/watched_group.h"

namespace almanac::wiring {
namespace {

constexpr std::uint64_t kLargestCalendar = 16U << 20U;

// Reads a CSV from its first row on, however old that is.
std::optional<Timestamp> first_row(ports::MetricSource& source, Timestamp until, Duration interval) {
  const auto rows = source.read({Timestamp{}, floor_to(until, interval)}, interval);
  return rows && !rows->empty() ? std::optional(rows->front().start) : std::nullopt;
}

control::CalendarFeed file_feed(const std::string& path) {
  return {path, [path] { return adapters::read_file(path, kLargestCalendar); }};
}

Result<std::unique_ptr<ports::ObjectStore>> open_store(const std::string& store, AwsConnections& aws) {
  if (store.starts_with("s3://")) return aws.object_store(store);
  return std::make_unique<adapters::FolderObjectStore>(store);
}

Result<Config> find_config(const SessionOptions& options) {
  if (options.config) return load_config(*options.config);
  if (const char* named = std::getenv("ALMANAC_CONFIG"); named != nullptr && *named != '\0') return load_config(named);
  std::error_code error;
  if (std::filesystem::exists("almanac.yaml", error)) return load_config("almanac.yaml");
  return default_config();
}

}  // namespace

control::GroupSettings group_settings(const Config& config, const GroupConfig& group) {
  control::GroupSettings settings;
  settings.name = group.name;
  settings.interval = config.interval;
  settings.policy = group.policy;
  settings.capacity_per_instance = group.capacity_per_instance;
  settings.lead_time = group.lead_time;
  if (group.simulated) settings.usual_lead_time = group.simulated->boot;
  return settings;
}

std::vector<control::CalendarFeed> calendar_feeds(const GroupConfig& group, AwsConnections& aws) {
  std::vector<control::CalendarFeed> feeds;
  for (const std::string& place : group.calendars) {
    feeds.push_back(is_web_address(place) ? aws.calendar_feed(place) : file_feed(place));
  }
  return feeds;
}

Session::Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::open(const SessionOptions& options) {
  auto config = find_config(options);
  if (!config) return tl::unexpected(config.error());
  return open(std::move(*config), options);
}

Result<Session> Session::open(Config config, const SessionOptions& options) {
  return open(std::move(config), options, nullptr);
}

Result<Session> Session::open(Config config, const SessionOptions& options, std::shared_ptr<ports::ObjectStore> given) {
  Session session;
  session.config_ = std::move(config);
  if (options.store) session.config_.store = *options.store;
  session.aws_ = std::make_unique<AwsConnections>(session.config_.aws, std::make_shared<adapters::SystemClock>());
  session.store_ = std::move(given);
  if (!session.store_) {
    auto store = open_store(session.config_.store, *session.aws_);
    if (!store) return tl::unexpected(with_context(store.error(), "store " + session.config_.store));
    session.store_ = std::move(*store);
  }
  session.clock_ = std::make_shared<ports::ManualClock>(options.now ? *options.now : adapters::SystemClock().now());
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
  auto wiring = std::make_unique<GroupWiring>(
      GroupWiring{group,
                  group_settings(config_, group),
                  dataset::Dataset(*store_, group.name, config_.interval),
                  control::CalendarStore(*store_, group.name, calendar_feeds(group, *aws_)),
                  {},
                  nullptr,
                  nullptr,
                  {}});
  return wiring;
}

Result<std::unique_ptr<GroupWiring>> Session::wire(const GroupConfig& group,
                                                   std::shared_ptr<ports::ManualClock> clock) {
  auto wiring = wire_history(group);
  const Timestamp now = clock->now();
  if (group.simulated) {
    auto world = SimulatedWorld::open(*store_, group.name, *group.simulated, group.policy, now);
    if (!world) return tl::unexpected(with_context(world.error(), "simulated group " + group.name));
    wiring->collect.first = (*world)->history_start();
    wiring->source = (*world)->metrics();
    wiring->group = (*world)->group();
    wiring->advance = [world = *world](Timestamp to) { return world->advance(to); };
  } else if (group.aws) {
    if (auto wired = aws_->wire(*group.aws, *wiring, clock); !wired) {
      return tl::unexpected(with_context(wired.error(), "group " + group.name));
    }
    wiring->advance = [clock](Timestamp to) -> Result<void> {
      clock->set(to);
      return {};
    };
  } else {
    wiring->source = std::make_unique<adapters::CsvMetricSource>(group.csv->path);
    wiring->collect.first = first_row(*wiring->source, now, config_.interval);
    auto watched = std::make_unique<WatchedGroup>(*store_, wiring->dataset, wiring->settings, now);
    wiring->advance = [&group = *watched](Timestamp to) -> Result<void> {
      group.set_now(to);
      return {};
    };
    wiring->group = std::move(watched);
  }
  return wiring;
}

Result<std::vector<ports::Notifier*>> Session::notifiers() {
  if (!notifiers_) {
    std::vector<std::shared_ptr<ports::Notifier>> made;
    for (const NotifyTarget& target : config_.notify) {
      auto notifier = aws_->notifier(target);
      if (!notifier) return tl::unexpected(with_context(notifier.error(), "notify"));
      made.push_back(std::move(*notifier));
    }
    notifiers_ = std::move(made);
  }
  std::vector<ports::Notifier*> all;
  for (const auto& notifier : *notifiers_) all.push_back(notifier.get());
  return all;
}

}  // namespace almanac::wiring
