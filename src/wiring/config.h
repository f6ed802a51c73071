#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/aws/client/connections.h"
#include "core/result.h"
#include "core/time.h"
#include "kinds/kind.h"
#include "planning/planner.h"
#include "settings/values.h"
#include "wiring/kinds.h"

namespace almanac::wiring {

// A source of metrics, as a kind and what is said of it.
struct MetricsConfig {
  const kinds::MetricsKind* kind = nullptr;
  settings::Values values;
  kinds::Columns columns;  // that it feeds; no two sources of a group have one in common
};

struct TargetConfig {
  const kinds::TargetKind* kind = nullptr;
  settings::Values values;
};

struct GroupConfig {
  std::string name;
  // Where its metrics come from and what is scaled. Both lack where only a store is known.
  std::vector<MetricsConfig> metrics;
  std::optional<TargetConfig> target;
  std::vector<std::string> calendars;   // files and https URLs besides <store>/<group>/business_calendar.json and *.ics
  std::optional<std::string> timezone;  // IANA; of dates and of times without a zone, and of the pages; empty: the
                                        // first calendar's that states one
  planning::Policy policy;              // objective, min, max, mode, kind
  std::optional<double> capacity_per_instance;  // requests/s of one instance at 100 % CPU; empty: estimated
  std::optional<Duration> lead_time;            // empty: measured from the group's launches

  bool wired() const { return !metrics.empty() && target.has_value(); }
  // All of it is made up.
  bool simulated() const;
};

// Where notifications go: an SNS topic or a webhook. A webhook's URL is a secret.
struct NotifyTarget {
  enum class Kind { sns, webhook };
  Kind kind = Kind::sns;
  std::string address;  // the topic's ARN, or the URL
};

// How `almanac run` goes about it.
struct RunSettings {
  int workers = 8;       // ticks at once
  bool training = true;  // false: somebody else calls `almanac train`
};

// What `almanac run` serves over HTTP. The token itself stands in no configuration.
struct ServeSettings {
  std::optional<std::string> listen;                // "127.0.0.1:8080"; empty: nothing is served
  std::optional<std::filesystem::path> token_file;  // its first line is the token that writes need
  std::vector<std::string> hosts;                   // what a proxy in front is called
};

struct Config {
  std::string origin;  // file the settings come from, or words for what they are without one
  std::string store;   // the folder that stands for the object store, or s3://bucket/prefix
  Duration interval{300};
  adapters::aws::AwsSettings aws;
  std::vector<NotifyTarget> notify;
  RunSettings run;
  ServeSettings serve;
  std::vector<GroupConfig> groups;

  // not_found lists the names there are.
  Result<const GroupConfig*> group(std::string_view name) const;
};

// Which modes are possible instead of this one, and why: "observe: a CSV file cannot be scaled". Empty: this one is.
std::string why_not(const GroupConfig& group, planning::Mode mode);
// Whether the group can be steered in this mode. invalid_input says why not.
Result<void> check_mode(const GroupConfig& group, planning::Mode mode);
// Whether a floor set by hand can be kept: it is within the group's maximum. invalid_input says what to raise.
Result<void> check_floor(const GroupConfig& group, int capacity);

// What --simulated means where there is no almanac.yaml: one simulated group `shop`, kept in ./almanac-data.
Config default_config();

// Settings of an almanac.yaml. `origin` names the file in messages; relative paths are relative to `folder`.
// invalid_input holds every mistake found, one a line: "almanac.yaml:7:12: groups[0].scaling.min: expected ...".
Result<Config> parse_config(std::string_view text, const std::string& origin, const std::filesystem::path& folder,
                            const kinds::Kinds& kinds = all_kinds());

// parse_config of a file. not_found, permission_denied, invalid_input.
Result<Config> load_config(const std::filesystem::path& file);

}  // namespace almanac::wiring
