#include "wiring/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "adapters/local/file.h"
#include "adapters/local/folder_object_store.h"
#include "adapters/local/system_clock.h"
#include "ports/memory_object_store.h"
#include "ports/object_key.h"
#include "ports/read_only.h"
#include "wiring/config_keys.h"

namespace almanac::wiring {
namespace {

constexpr std::uint64_t kLargestCalendar = 16U << 20U;

records::CalendarFeed file_feed(const std::string& path) {
  return {path, [path] { return adapters::read_file(path, kLargestCalendar); }};
}

Result<std::unique_ptr<ports::ObjectStore>> open_store(const std::string& store, AwsConnections& aws) {
  if (store.starts_with("s3://")) return aws.object_store(store);
  return std::make_unique<adapters::FolderObjectStore>(store);
}

// The file that the settings stand in; empty: there is none.
std::optional<std::string> config_file(const SessionOptions& options) {
  if (options.config) return options.config;
  if (const char* named = std::getenv("ALMANAC_CONFIG"); named != nullptr && *named != '\0') return named;
  std::error_code error;
  if (std::filesystem::exists("almanac.yaml", error)) return "almanac.yaml";
  return std::nullopt;
}

// The settings of a file hold with --simulated too, as long as they are those of simulated groups: nobody should find
// the rows of a shop that does not exist among their own.
Result<Config> read_config(const std::string& file, bool simulated) {
  auto config = load_config(file);
  if (!config || !simulated) return config;
  for (const GroupConfig& group : config->groups) {
    if (!group.simulated()) {
      return fail(ErrorCode::invalid_input,
                  fmt::format("--simulated: group {} of {} is a real one; leave the option out, or try the simulated "
                              "shop in another folder",
                              group.name, config->origin));
    }
  }
  return config;
}

// The groups that a store holds something of.
Result<std::vector<std::string>> groups_in(ports::ObjectStore& store) {
  const auto keys = store.list("");
  if (!keys) return tl::unexpected(keys.error());
  std::vector<std::string> names;
  for (const std::string& key : *keys) {
    const auto slash = key.find('/');
    if (slash == std::string::npos) continue;
    if (names.empty() || names.back() != key.substr(0, slash)) names.push_back(key.substr(0, slash));
  }
  return names;
}

// Whose history a command means that was given a store and no configuration: the groups it names, else the only one
// that is there, else "shop". Who looks is told where a name is none of the store's.
Result<std::vector<std::string>> groups_meant(ports::ObjectStore& store, const SessionOptions& options, Access access) {
  const auto known = groups_in(store);
  if (!known) return tl::unexpected(known.error());
  if (access != Access::write && known->empty()) {
    return fail(ErrorCode::not_found, fmt::format("{} holds nothing of any group; is it the store?", *options.store));
  }
  for (const std::string& name : options.groups) {
    if (auto valid = ports::check_key(name); !valid || name.find('/') != std::string::npos) {
      return fail(ErrorCode::invalid_input, fmt::format("\"{}\" cannot be the name of a group", name));
    }
    const bool there = std::find(known->begin(), known->end(), name) != known->end();
    if (access != Access::write && !there) {
      return fail(ErrorCode::not_found, fmt::format("there is no group \"{}\" in {}; expected one of {}", name,
                                                    *options.store, fmt::join(*known, ", ")));
    }
  }
  if (!options.groups.empty()) return options.groups;
  if (known->size() > 1) {
    return fail(ErrorCode::invalid_input, fmt::format("{} holds several groups; choose with --group one of {}",
                                                      *options.store, fmt::join(*known, ", ")));
  }
  return known->empty() ? std::vector<std::string>{"shop"} : *known;
}

// Settings of a store without a configuration: groups that have a history and nothing else.
Config config_of_store(const std::string& store, const std::vector<std::string>& groups) {
  Config config;
  config.origin = "no configuration";
  config.store = store;
  for (const std::string& name : groups) {
    GroupConfig group;
    group.name = name;
    config.groups.push_back(std::move(group));
  }
  return config;
}

Error no_configuration() {
  return {ErrorCode::invalid_input,
          "there is no almanac.yaml here, so there is no group to work on. Name one with --config (or "
          "$ALMANAC_CONFIG), or write one; the smallest is\n"
          "  groups:\n"
          "    - {name: api, source: {csv: /var/lib/metrics/api.csv}, scaling: {min: 2, max: 40}}\n"
          "To try Almanac on a simulated shop, kept in ./almanac-data, add --simulated."};
}

}  // namespace

control::GroupSettings group_settings(const Config& config, const GroupConfig& group) {
  control::GroupSettings settings;
  settings.name = group.name;
  settings.interval = config.interval;
  settings.policy = group.policy;
  settings.capacity_per_instance = group.capacity_per_instance;
  settings.lead_time = group.lead_time;
  settings.timezone = group.timezone;
  if (group.target) {
    const auto usual = group.target->kind->usual_lead_time(group.target->values);
    settings.usual_lead_time = usual.value_or(settings.usual_lead_time);
  }
  return settings;
}

std::vector<records::CalendarFeed> calendar_feeds(const GroupConfig& group, AwsConnections& aws) {
  std::vector<records::CalendarFeed> feeds;
  for (const std::string& place : group.calendars) {
    feeds.push_back(is_web_address(place) ? aws.calendar_feed(place) : file_feed(place));
  }
  return feeds;
}

Session::Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

Result<Session> Session::open(const SessionOptions& options, Access access, Needs needs) {
  Result<Config> config = tl::unexpected(no_configuration());
  SessionOptions chosen = options;
  std::shared_ptr<ports::ObjectStore> store;
  if (const auto file = config_file(options)) {
    config = read_config(*file, options.simulated);
  } else if (options.simulated) {
    config = default_config();
  } else if (needs == Needs::store && options.store) {
    AwsConnections aws({}, std::make_shared<adapters::SystemClock>());
    auto named = open_store(*options.store, aws);
    if (!named) return tl::unexpected(with_context(named.error(), "store " + *options.store));
    const auto groups = groups_meant(**named, options, access);
    if (!groups) return tl::unexpected(groups.error());
    config = config_of_store(*options.store, *groups);
  } else if (needs == Needs::time) {
    config = config_of_store("none", {});
    chosen.groups.clear();
    store = std::make_shared<ports::MemoryObjectStore>();
  }
  if (!config) return tl::unexpected(config.error());
  auto session = open(std::move(*config), chosen, std::move(store));
  if (!session) return session;
  session->restrict_to(access);
  if (!options.now) session->take_own_time();
  return session;
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

void Session::restrict_to(Access access) {
  access_ = access;
  if (access == Access::write) return;
  ports::ReadOnlyStore::Exception exception;
  if (access == Access::rehearsal) {
    exception = [](std::string_view key) { return key.find("/decisions/") != std::string_view::npos; };
  }
  store_ = std::make_shared<ports::ReadOnlyStore>(std::move(store_), std::move(exception));
}

// Groups that live by the wall and groups that do not have no time in common: the wall's counts then. A store that does
// not answer says so to whoever works with it.
void Session::take_own_time() {
  std::optional<Timestamp> now;
  for (const GroupConfig* group : groups_) {
    if (!group->target) return;
    const auto own = group->target->kind->own_time(*store_, group->name);
    if (!own || !*own) return;
    now = std::max(now.value_or(**own), **own);
  }
  if (!now) return;
  clock_->set(*now);
  in_simulated_time_ = true;
}

Result<const GroupConfig*> Session::only_group() const {
  if (groups_.size() == 1) return groups_.front();
  if (groups_.empty()) return tl::unexpected(no_configuration());
  std::vector<std::string> names;
  for (const GroupConfig* group : groups_) names.push_back(group->name);
  return fail(ErrorCode::invalid_input,
              fmt::format("this command speaks of one group; choose with --group one of {}", fmt::join(names, ", ")));
}

control::GroupParts Session::stored_parts(const GroupConfig& group) {
  const auto copies =
      access_ == Access::write ? records::CalendarStore::Copies::kept : records::CalendarStore::Copies::untouched;
  return {
      .store = *store_,
      .settings = group_settings(config_, group),
      .calendars = records::CalendarStore(*store_, group.name, calendar_feeds(group, *aws_), group.timezone, copies)};
}

kinds::Visitor Session::visitor() const {
  return access_ == Access::write ? kinds::Visitor::command : kinds::Visitor::looker;
}

Site Session::site(std::shared_ptr<ports::ManualClock> clock, kinds::Visitor visitor) {
  return {*store_, config_.interval, std::move(clock), visitor, *aws_};
}

kinds::Surroundings Session::surroundings(const GroupConfig& group) {
  return wiring::surroundings(group, site(clock_, visitor()));
}

std::unique_ptr<control::Group> Session::history(const GroupConfig& group) {
  return std::make_unique<control::Group>(stored_parts(group));
}

Result<std::unique_ptr<control::Group>> Session::group(const GroupConfig& group) {
  return this->group(group, site(clock_, visitor()));
}

Result<std::unique_ptr<control::Group>> Session::group(const GroupConfig& group, Timestamp now) {
  return this->group(group, site(std::make_shared<ports::ManualClock>(now), kinds::Visitor::daemon));
}

Result<std::unique_ptr<control::Group>> Session::group(const GroupConfig& group, const Site& site) {
  if (!group.wired()) return tl::unexpected(no_configuration());
  auto ports = make_ports(group, site);
  if (!ports) return tl::unexpected(ports.error());
  control::GroupParts parts = stored_parts(group);
  parts.collect = std::move(ports->collect);
  parts.metrics = std::move(ports->metrics);
  parts.target = std::move(ports->target);
  parts.advance = std::move(ports->advance);
  if (access_ != Access::write) parts.target = std::make_shared<ports::ReadOnlyGroup>(std::move(parts.target));
  return std::make_unique<control::Group>(std::move(parts));
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
