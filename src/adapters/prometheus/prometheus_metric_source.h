#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "adapters/prometheus/server.h"
#include "core/row.h"
#include "ports/clock.h"
#include "ports/metric_source.h"

namespace almanac::adapters::prometheus {

// What a query measures, which is where its values go in a row.
enum class Measure {
  demand,     // a rate per second, or a level: request_count = mean x seconds, request_peak = highest minute x seconds
  cpu,        // %, average over the instances: cpu_utilization
  network,    // bytes per second, all instances: network_in = mean x seconds
  instances,  // in service: in_service_instances
};

struct Query {
  Measure measure = Measure::demand;
  std::string key;     // of almanac.yaml, for messages: "demand"
  std::string promql;  // one series
  double factor = 1;   // what makes its values the measure's: 100 of a ratio, 1/60 of what is counted per minute
};

struct ReadingOptions {
  std::vector<Query> queries;     // a measure once at most
  Duration resolution = kMinute;  // how far apart values lie: divides the minute, or whole minutes
  Duration delay{0};              // how long after its time a value is whole
  std::size_t max_samples = 11'000;
};

// Whether rows of `interval` can be made of values so far apart. invalid_input.
Result<void> check_resolution(Duration resolution, Duration interval);

// What a query gave over a time.
struct Reading {
  Points points;                      // finite, in the unit of the measure
  std::vector<std::string> left_out;  // why others are missing, with the key in front
};

// Rows from a server that speaks PromQL. Every query is asked for its values at the ends of minutes (of `resolution`),
// in pages of at most `max_samples`; interval_value.h makes of them what stands in a row. Nothing is asked for that is
// younger than `delay`.
//
// Missing, never 0: a time without a value (nothing is there, a gap, a stale series), NaN, and what cannot be:
// infinite, negative, a utilisation over 100 % (up to 105 %, and below 0 down to -5 %, it is taken as measured a little
// off). A page that the server calls partial is missing whole. left_out() says so, but for NaN and for what was not
// there.
//
// read() fails with the key of the query in front: as server.h says (a time-out is unavailable), and invalid_input for
// several series, for one that is another in the next page, and for native histograms. A query that fails fails the
// read, so that its values are read when somebody has mended it.
class PrometheusMetricSource final : public ports::MetricSource {
 public:
  PrometheusMetricSource(Server server, std::shared_ptr<const ports::Clock> clock, ReadingOptions options)
      : server_(std::move(server)), clock_(std::move(clock)), options_(std::move(options)) {}

  Result<std::vector<Row>> read(TimeRange range, Duration interval) override;
  std::vector<std::string> left_out(TimeRange range) const override;

  // The values of one query after `range.start` up to `range.end`, both on the grid of the resolution.
  Result<Reading> read_query(const Query& query, TimeRange range) const;

  const Server& server() const { return server_; }
  const ReadingOptions& options() const { return options_; }

 private:
  struct LeftOut {
    TimeRange range;
    std::string text;
  };

  Server server_;
  std::shared_ptr<const ports::Clock> clock_;
  ReadingOptions options_;
  std::vector<LeftOut> left_out_;  // of ranges that were not read again since
};

}  // namespace almanac::adapters::prometheus
