#include "serving/metrics/exposition.h"

#include <prometheus/text_serializer.h>

#include <sstream>

namespace almanac::serving {

void Exposition::gauge(const char* name, const char* help, const Labels& labels, double value) {
  prometheus::ClientMetric sample;
  sample.gauge.value = value;
  add(name, help, prometheus::MetricType::Gauge, labels, std::move(sample));
}

void Exposition::counter(const char* name, const char* help, const Labels& labels, double value) {
  prometheus::ClientMetric sample;
  sample.counter.value = value;
  add(name, help, prometheus::MetricType::Counter, labels, std::move(sample));
}

void Exposition::histogram(const char* name, const char* help, const Labels& labels, prometheus::ClientMetric sample) {
  add(name, help, prometheus::MetricType::Histogram, labels, std::move(sample));
}

void Exposition::add(const char* name, const char* help, prometheus::MetricType type, const Labels& labels,
                     prometheus::ClientMetric sample) {
  const auto [place, is_new] = index_.emplace(name, families_.size());
  if (is_new) families_.push_back({name, help, type, {}});
  for (const auto& [label, value] : labels) sample.label.push_back({std::string(label), value});
  families_[place->second].metric.push_back(std::move(sample));
}

std::string Exposition::text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, families_);
  return out.str();
}

}  // namespace almanac::serving
