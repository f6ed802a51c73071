#pragma once

#include <prometheus/metric_family.h>

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// Internal to the room: the only header with the library's types.

namespace almanac::serving {

using Labels = std::vector<std::pair<std::string_view, std::string>>;

// Collects samples by family, in the order in which the families first come.
class Exposition {
 public:
  void gauge(const char* name, const char* help, const Labels& labels, double value);
  void counter(const char* name, const char* help, const Labels& labels, double value);
  // `sample` as prometheus::Histogram::Collect() gives it.
  void histogram(const char* name, const char* help, const Labels& labels, prometheus::ClientMetric sample);

  std::string text() const;

 private:
  void add(const char* name, const char* help, prometheus::MetricType type, const Labels& labels,
           prometheus::ClientMetric sample);

  std::vector<prometheus::MetricFamily> families_;
  std::map<std::string_view, std::size_t> index_;
};

// What the system knows of this process, under the names that every Prometheus client uses.
void add_process(Exposition& to);

}  // namespace almanac::serving
