#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "planning/planner.h"

namespace almanac::wiring {

// The built-in group that needs no cloud: a shop whose load is a function of the seed and the time.
struct SimulatedSource {
  std::uint64_t seed = 1;
  Duration boot{480};           // launch to in service
  Duration history{56 * kDay};  // how far back the first `collect` finds rows
};

// Rows of a CSV file (any of the forms `almanac import` reads), as if they arrived with time.
struct CsvSource {
  std::filesystem::path path;
};

// An EC2 Auto Scaling group and what CloudWatch knows of its load.
struct AwsSource {
  // A metric of the user's own that stands in for the load balancer's request count.
  struct Metric {
    std::string name_space;
    std::string name;
    std::string statistic = "Sum";
    std::map<std::string, std::string> dimensions;
  };
  std::string auto_scaling_group;            // the group's own name where the file says nothing
  std::optional<std::string> region;         // instead of the document's
  std::optional<std::string> load_balancer;  // "app/my-load-balancer/50dc6c495c0c9188"
  std::optional<std::string> target_group;   // "targetgroup/my-targets/73e2d6bc24d8a067"
  std::optional<Metric> metric;
};

struct GroupConfig {
  std::string name;
  // Exactly one of the three.
  std::optional<SimulatedSource> simulated;
  std::optional<CsvSource> csv;
  std::optional<AwsSource> aws;
  std::vector<std::string> calendars;   // files and https URLs besides <store>/<group>/business_calendar.json and *.ics
  std::optional<std::string> timezone;  // IANA; of dates and of times without a zone, and of the pages; empty: the
                                        // first calendar's that states one
  planning::Policy policy;              // objective, min, max, mode, kind
  std::optional<double> capacity_per_instance;  // requests/s of one instance at 100 % CPU; empty: estimated
  std::optional<Duration> lead_time;            // empty: measured from the group's launches
};

// What is said of AWS once for the store, notifications and all groups; the rest comes from the environment, the
// profile or the machine, as in the AWS command line.
struct AwsSettings {
  std::optional<std::string> region;
  std::optional<std::string> profile;
  std::optional<std::string> endpoint;  // of every service: an emulator or a private gateway
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
  AwsSettings aws;
  std::vector<NotifyTarget> notify;
  RunSettings run;
  ServeSettings serve;
  std::vector<GroupConfig> groups;

  // not_found lists the names there are.
  Result<const GroupConfig*> group(std::string_view name) const;
};

// Whether the group can be steered in this mode. invalid_input says why not.
Result<void> check_mode(const GroupConfig& group, planning::Mode mode);
// Whether a floor set by hand can be kept: it is within the group's maximum. invalid_input says what to raise.
Result<void> check_floor(const GroupConfig& group, int capacity);

// What --simulated means where there is no almanac.yaml: one simulated group `shop`, kept in ./almanac-data.
Config default_config();

// Settings of an almanac.yaml. `origin` names the file in messages; relative paths are relative to `folder`.
// invalid_input holds every mistake found, one a line: "almanac.yaml:7:12: groups[0].scaling.min: expected ...".
Result<Config> parse_config(std::string_view text, const std::string& origin, const std::filesystem::path& folder);

// parse_config of a file. not_found, permission_denied, invalid_input.
Result<Config> load_config(const std::filesystem::path& file);

// Every key the parser knows, "groups[].scaling.min": docs/almanac.schema.json lists the same (a test compares).
std::vector<std::string> config_keys();

}  // namespace almanac::wiring
