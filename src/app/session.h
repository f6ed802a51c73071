#pragma once

#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/terminal.h"
#include "control/calendar_store.h"
#include "control/collector.h"
#include "control/knowledge.h"
#include "control/lead_time.h"
#include "core/result.h"
#include "dataset/dataset.h"
#include "ports/metric_source.h"
#include "ports/object_store.h"
#include "ports/scaling_group.h"

namespace almanac::app {

// What the process answers to whoever called it (docs/commands.md).
enum ExitCode : int {
  kDone = 0,
  kUsage = 2,        // the command line or almanac.yaml is wrong
  kData = 3,         // a file, row or model cannot be used, or what was asked for is not there
  kUnavailable = 4,  // store, metrics or group did not answer; the same command may succeed later
  kDenied = 5,       // no permission, or no space left: somebody must mend it
};

ExitCode exit_code_of(const Error& error);

// Options that every command takes.
struct CommonOptions {
  std::optional<std::string> config;  // file; else $ALMANAC_CONFIG, ./almanac.yaml, the built-in defaults
  std::optional<std::string> store;   // instead of the configuration's
  std::vector<std::string> groups;    // empty: all
  std::optional<Timestamp> now;       // instead of the clock: replays and tests
  bool json = false;
};

// Where a command writes: results to out, everything about them to err.
struct Console {
  std::ostream& out;
  std::ostream& err;
  Style style;  // of out
  ProgressBar& bar;
};

// One group with everything behind its ports.
struct GroupWiring {
  const GroupConfig& config;
  control::GroupSettings settings;
  dataset::Dataset dataset;
  control::CalendarStore calendars;
  control::CollectorOptions collect;
  std::unique_ptr<ports::MetricSource> source;
  std::unique_ptr<ports::ScalingGroup> group;
};

// Configuration, store and time of one command.
class Session {
 public:
  // Errors of the configuration are invalid_input and name its file.
  static Result<Session> open(const CommonOptions& options);

  const Config& config() const { return config_; }
  ports::ObjectStore& store() { return *store_; }
  Timestamp now() const { return now_; }
  // The groups asked for, or all.
  const std::vector<const GroupConfig*>& groups() const { return groups_; }
  // The one group of commands that speak of one: asked for, or the only one there is.
  Result<const GroupConfig*> only_group() const;

  // Builds what a group is made of. Nothing is read but the state of a simulated group.
  Result<std::unique_ptr<GroupWiring>> wire(const GroupConfig& group);
  // Rows, calendar and store without source and group: for commands that only look.
  std::unique_ptr<GroupWiring> wire_history(const GroupConfig& group);

 private:
  Config config_;
  std::unique_ptr<ports::ObjectStore> store_;
  std::vector<const GroupConfig*> groups_;
  Timestamp now_{};
};

}  // namespace almanac::app
