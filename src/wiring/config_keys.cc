#include "wiring/config_keys.h"

#include <fmt/format.h>

#include "calendar/zone_name.h"
#include "core/time.h"
#include "settings/schema.h"
#include "wiring/source_shorthand.h"

namespace almanac::wiring {

using settings::block;
using settings::blocks;
using settings::choice;
using settings::count;
using settings::duration;
using settings::file;
using settings::flag;
using settings::Key;
using settings::Keys;
using settings::number;
using settings::percentage;
using settings::text;
using settings::texts;

namespace {

constexpr std::int64_t kMostInstances = 100000;

// The grid of every day must be the same, so intervals divide the hour.
Result<std::string> interval_of(const std::string& written) {
  const auto parsed = parse_duration(written);
  const bool fits =
      parsed && *parsed > Duration{0} && kHour % *parsed == Duration{0} && *parsed % kMinute == Duration{0};
  return fits ? Result<std::string>(written) : fail(ErrorCode::invalid_input, "");
}

Result<std::string> zone_of(const std::string& written) {
  if (written.empty()) return fail(ErrorCode::invalid_input, "");
  const auto zone = calendar::zone_named(written);
  return zone ? Result<std::string>((*zone)->name()) : Result<std::string>(tl::unexpected(zone.error()));
}

Key aws_key() {
  return block(
      "aws", "What the environment, the profile or the machine does not say about AWS already.",
      {text("region", "Region of the bucket and of groups that name none.").expecting("a region such as eu-west-1"),
       text("profile", "Profile of ~/.aws/config and ~/.aws/credentials.").expecting("a profile of ~/.aws/config"),
       text("endpoint", "Endpoint of every service: an emulator or a private gateway.")
           .expecting("a URL such as https://gateway.example.com")
           .matching("^https?://")});
}

Key notify_key() {
  return blocks("notify", "Who hears when something needs a person: each entry has exactly one of the keys.",
                {text("sns", "ARN of an SNS topic.").expecting("the ARN of a topic, arn:aws:sns:...").matching("^arn:"),
                 text("webhook", "URL that takes Slack-compatible JSON. It is a secret: better webhook_env.")
                     .expecting("a URL that begins with https://")
                     .matching("^https?://")
                     .hidden(),
                 text("webhook_env", "Environment variable that holds the webhook's URL.")
                     .expecting("the name of an environment variable")})
      .expecting("a list such as [{sns: ARN}]")
      .with_only_one("one of {sns: ARN}, {webhook: URL} and {webhook_env: VARIABLE}");
}

Key run_key() {
  return block("run", "How `almanac run` goes about it.",
               {count("workers", "How many groups tick at once.")
                    .expecting("a whole number from 1 to 256")
                    .between(1, 256)
                    .otherwise_is("8"),
                flag("training",
                     "Whether it trains, once a day in each group's least busy hour. False: somebody else calls "
                     "`almanac train`.")
                    .otherwise_is("true")});
}

Key serve_key() {
  return block(
      "serve", "What `almanac run` serves over HTTP. An address that others reach needs a token.",
      {text("listen", "Address and port of the dashboard, the API and the metrics. Nothing is served without it.")
           .expecting("an address and a port such as 127.0.0.1:8080")
           .matching(":")
           .such_as("127.0.0.1:8080"),
       file("token_file",
            "File whose first line is the token that changes need; else the environment variable ALMANAC_TOKEN.")
           .expecting("the name of a file"),
       texts("hosts", "Names of a proxy in front, which may stand in Host headers.")
           .expecting("a list such as [almanac.example.com]")});
}

Key scaling_key() {
  const auto instances = [](std::string name, std::string doc) {
    return count(std::move(name), std::move(doc)).expecting("a whole number of instances").between(0, kMostInstances);
  };
  const auto step = [](std::string name, std::string doc) {
    return count(std::move(name), std::move(doc))
        .expecting("a whole number of instances, at least 1")
        .between(1, kMostInstances);
  };
  return block("scaling", "What may be asked of the group.",
               {instances("min", "Instances at least, or units of a group that counts those.")
                    .usually_is("1, or the target's own"),
                instances("max", "Instances at most, or units of a group that counts those.")
                    .usually_is("1000, or the target's own"),
                step("max_step_out", "Instances added at most in one tick."),
                step("max_step_in", "Instances removed at most in one tick."),
                duration("scale_in_stabilisation", "Scale in only to the highest capacity decided in this time.")
                    .expecting("a duration such as 15m")
                    .otherwise_is("0s")});
}

Key objective_key() {
  return block(
      "objective", "What the capacity is chosen for.",
      {percentage("violating_requests",
                  "The share of requests that may arrive while utilisation is above the next number.")
           .expecting("a percentage above 0% such as 0.1%")
           .otherwise_is("0.1%"),
       percentage("utilisation", "The utilisation above which a request counts as violating.").otherwise_is("80%")});
}

Key threshold_key() {
  return block(
      "threshold", "The limits of policy threshold, in predicted CPU.",
      {percentage("scale_out_above", "One instance more.").expecting("a percentage such as 70%").otherwise_is("70%"),
       percentage("scale_in_below", "One instance less.").expecting("a percentage such as 35%").otherwise_is("35%")});
}

// What every source may say beside the keys of its kind.
Key columns_key() {
  return texts(
             "columns",
             "The columns it feeds, where several sources feed the group. request_peak goes with request_count unless "
             "another source names it.",
             kinds::all_columns())
      .usually_is("those it knows that no other source names and none before it feeds");
}

template <typename Kind>
Keys blocks_of(const std::vector<const Kind*>& kinds, const Keys& besides) {
  Keys all;
  for (const Kind* kind : kinds) {
    Keys keys = kind->keys();
    keys.insert(keys.end(), besides.begin(), besides.end());
    all.push_back(block(kind->name(), kind->doc(), std::move(keys)));
  }
  return all;
}

Key metrics_key(const kinds::Kinds& kinds) {
  return variant("metrics", "Where the metrics come from: one source, or a list of sources that feed a column each.",
                 blocks_of(kinds.metrics, {columns_key()}))
      .or_list();
}

Key target_key(const kinds::Kinds& kinds) {
  return variant("target", "What is scaled.", blocks_of(kinds.targets, {}));
}

Keys group_keys(const kinds::Kinds& kinds) {
  return {
      text("name", "Name of the group; its folder in the store.")
          .expecting("a name of letters, digits, '.', '_' and '-'")
          .matching("^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$")
          .needed(),
      metrics_key(kinds),
      target_key(kinds),
      source_key(kinds),
      scaling_key(),
      texts("calendar", "Calendar files or https URLs (JSON or iCalendar) besides those in the store.")
          .expecting("a file name, an https URL or a list of them")
          .or_list(),
      text("timezone",
           "IANA name of the zone of this group: of dates and of times without a zone in calendars that state none, of "
           "the hours and days that forecasts learn, and of the pages.")
          .expecting("an IANA name such as Europe/Paris")
          .accepting(zone_of)
          .usually_is("that of the first calendar that states one")
          .such_as("Europe/Paris"),
      objective_key(),
      number("capacity_per_instance",
             "Requests/s that one instance (one unit of a group that counts those) serves at 100 % CPU.")
          .expecting("a number of requests per second above 0")
          .usually_is("estimated from the rows"),
      choice("policy",
             "almanac: the calibrated forecast; threshold: one more above 70 % predicted CPU, one less below 35 %.",
             {"almanac", "threshold"})
          .otherwise_is("almanac"),
      threshold_key(),
      choice("mode", "observe: only record; floor: only raise the capacity; own: set the capacity.",
             {"observe", "floor", "own"})
          .usually_is("observe; own for a simulated target"),
      duration("lead_time", "Launch to in service.").usually_is("measured from the group's launches"),
  };
}

}  // namespace

Keys config_keys(const kinds::Kinds& kinds) {
  return {
      text("store", "Where rows, models and decisions are kept: a folder, or s3://bucket/prefix.")
          .expecting("the path of a folder or s3://bucket/prefix")
          .otherwise_is("almanac-data"),
      duration("interval", "Length of a tick: whole minutes that divide an hour.")
          .expecting("whole minutes that divide an hour, such as 5m")
          .accepting(interval_of)
          .otherwise_is("5m"),
      aws_key(),
      notify_key(),
      run_key(),
      serve_key(),
      blocks("groups", "The scaling groups.", group_keys(kinds))
          .expecting("a list with at least one group")
          .with_either({{"source"}, {"metrics", "target"}})
          .at_least(1)
          .needed(),
  };
}

std::string config_schema(const kinds::Kinds& kinds) {
  return settings::json_schema(config_keys(kinds), "almanac.yaml",
                               "Settings of the almanac program. Relative paths are relative to the file's folder.");
}

std::string config_key_tables(const kinds::Kinds& kinds) {
  std::string all = settings::key_table(config_keys(kinds));
  const auto add = [&](const std::string& key, const std::string& title, const Keys& blocks) {
    all += fmt::format("\n### {}\n", title);
    for (const Key& kind : blocks) {
      all += fmt::format("\n`{}: {{kind: {}}}`: {}\n", key, kind.name, kind.doc);
      if (!kind.keys.empty()) all += "\n" + settings::key_table(kind.keys);
    }
  };
  add("metrics", "Kinds of metrics", blocks_of(kinds.metrics, {}));
  add("target", "Kinds of target", blocks_of(kinds.targets, {}));
  return all;
}

bool is_web_address(const std::string& text) {
  return text.starts_with("https://") || text.starts_with("http://") || text.starts_with("webcal://");
}

}  // namespace almanac::wiring
