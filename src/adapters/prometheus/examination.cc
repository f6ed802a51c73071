#include "adapters/prometheus/examination.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace almanac::adapters::prometheus {
namespace {

using Verdict = Finding::Verdict;

constexpr const char* kTopic = "prometheus";
constexpr std::size_t kEnoughToJudge = 30;  // values

const char* unit_of(Measure measure) {
  switch (measure) {
    case Measure::demand:
      return "";
    case Measure::cpu:
      return " %";
    case Measure::network:
      return " bytes/s";
    case Measure::instances:
      return " in service";
  }
  return "";
}

// A counter without rate() grows for an hour and never falls. Load hardly does.
bool looks_like_a_counter(const Points& points) {
  std::size_t rises = 0;
  for (auto at = points.begin(); at != points.end() && std::next(at) != points.end(); ++at) {
    if (std::next(at)->second < at->second) return false;
    rises += std::next(at)->second > at->second ? 1 : 0;
  }
  return points.size() >= kEnoughToJudge && 2 * rises > points.size();
}

double highest(const Points& points) {
  return std::max_element(points.begin(), points.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->second;
}

// What the values of the last hour suggest that somebody did not mean.
std::optional<Finding> doubt(const Query& query, const Points& points) {
  if (query.measure == Measure::cpu && query.factor == 1 && points.size() >= kEnoughToJudge) {
    const double most = highest(points);
    if (most > 0 && most <= 1) {
      return Finding{kTopic, Verdict::note, fmt::format("{}: never over 1 % in the last hour", query.key),
                     "where the query gives a ratio of 0 to 1, set cpu_unit: ratio"};
    }
  }
  if (query.measure == Measure::demand && looks_like_a_counter(points)) {
    return Finding{kTopic, Verdict::note, fmt::format("{}: it only grew in the last hour", query.key),
                   "if this is a counter, its rate is meant: sum(rate(...[1m]))"};
  }
  return std::nullopt;
}

// Servers that want a client's certificate often break the connection rather than say so.
bool broke(const Error& error) {
  return error.code == ErrorCode::timed_out || error.code == ErrorCode::unavailable;
}

std::string advice_on(const Error& error) {
  if (error.message.find("certificate cannot be trusted") != std::string::npos)
    return "name the file of its certificate authority as ca_file";
  if (error.message.find("https://") != std::string::npos && broke(error))
    return "look whether the url is right and reachable from here, and whether the server wants a cert_file";
  if (broke(error)) return "look whether the url is right and reachable from here";
  return "";
}

Findings examine_query(const PrometheusMetricSource& source, const Query& query, Timestamp now) {
  const ReadingOptions& options = source.options();
  const Timestamp end = floor_to(now - options.delay, options.resolution);
  const auto reading = source.read_query(query, {end - kHour, end});
  if (!reading) return {{kTopic, Verdict::mend, reading.error().message, advice_on(reading.error())}};
  Findings found;
  for (const std::string& text : reading->left_out) found.push_back({kTopic, Verdict::note, text, ""});
  if (reading->points.empty()) {
    found.push_back(
        {kTopic, Verdict::mend, query.key + ": no value in the last hour",
         "look at the query in the server's own pages: are the metric's name and labels right? A rate needs "
         "two samples in its window: of a scrape every 30s or longer write rate(...[2m])"});
    return found;
  }
  const auto& [time, value] = *reading->points.rbegin();
  const Duration age = now - time;
  const bool old = age > options.delay + 2 * std::max(options.resolution, kMinute);
  found.push_back({kTopic, old ? Verdict::note : Verdict::good,
                   fmt::format("{}: {:.4g}{} at {}, {} ago; {} of {} values of the last hour", query.key, value,
                               unit_of(query.measure), format_timestamp(time), format_duration(age),
                               reading->points.size(), kHour / options.resolution),
                   old ? "look whether what is measured is still scraped" : ""});
  if (auto doubtful = doubt(query, reading->points)) found.push_back(std::move(*doubtful));
  return found;
}

}  // namespace

Findings examine(const PrometheusMetricSource& source, Timestamp now) {
  const auto said = source.server().describe();
  if (!said) return {{kTopic, Verdict::mend, said.error().message, advice_on(said.error())}};
  Findings found{{kTopic, Verdict::good,
                  fmt::format("{} answers{}", source.server().url(), said->empty() ? "" : " (" + *said + ")"), ""}};
  for (const Query& query : source.options().queries) {
    for (Finding& finding : examine_query(source, query, now)) found.push_back(std::move(finding));
  }
  return found;
}

}  // namespace almanac::adapters::prometheus
