#include "adapters/prometheus/prometheus_kind.h"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/http/curl_transport.h"
#include "adapters/http/url.h"
#include "adapters/prometheus/examination.h"
#include "adapters/prometheus/prometheus_metric_source.h"
#include "core/text.h"
#include "settings/key.h"

namespace almanac::adapters::prometheus {
namespace {

using settings::file;
using settings::text;
using settings::Values;

// The url as queries are appended to it.
Result<std::string> accept_url(const std::string& given) {
  std::string url = given;
  while (url.ends_with('/')) url.pop_back();
  const auto parsed = http::parse_url(url);
  if (!parsed)
    return fail(ErrorCode::invalid_input, "expected a url such as http://prometheus:9090; " + parsed.error().message);
  if (url.find('?') != std::string::npos)
    return fail(ErrorCode::invalid_input, "expected a url without a query, such as http://prometheus:9090");
  if (parsed->path.find("/api/v1") != std::string::npos)
    return fail(ErrorCode::invalid_input, "expected what stands before /api/v1 in its url");
  return url;
}

settings::Keys keys_of_queries() {
  return {
      text("demand", "PromQL of the demand: one series, a rate per second (requests) or a level (concurrency, queue).")
          .expecting("PromQL")
          .such_as("sum(rate(http_requests_total[1m]))"),
      settings::choice("demand_unit", "What its values are: a rate per second or per minute, or a level at a time.",
                       {"per_second", "per_minute", "level"})
          .otherwise_is("per_second"),
      text("cpu", "PromQL of the CPU utilisation, the average over the instances: one series.")
          .expecting("PromQL")
          .such_as("avg(1 - rate(node_cpu_seconds_total{mode=\"idle\"}[1m]))"),
      settings::choice("cpu_unit", "What its values are: percent of 0 to 100, or a ratio of 0 to 1.",
                       {"percent", "ratio"})
          .otherwise_is("percent"),
      text("network", "PromQL of the bytes that all instances receive per second: one series.")
          .expecting("PromQL")
          .such_as("sum(rate(node_network_receive_bytes_total[1m]))"),
      text("instances", "PromQL of the number of instances in service: one series.")
          .expecting("PromQL")
          .such_as("count(up{job=\"shop\"} == 1)"),
  };
}

settings::Keys all_keys() {
  settings::Keys keys{text("url", "The server's address, up to what stands before /api/v1.")
                          .expecting("a url such as http://prometheus:9090")
                          .accepting(accept_url)
                          .needed()};
  for (settings::Key& key : keys_of_queries()) keys.push_back(std::move(key));
  settings::Keys more{
      settings::duration("resolution",
                         "How far apart values are asked for: a part of a minute, or minutes that divide the interval.")
          .otherwise_is("1m")
          .more_than_zero(),
      settings::duration("delay", "How long after its time a value is whole; where samples are written from afar.")
          .otherwise_is("0s"),
      settings::duration("history", "How far back the first collection asks.")
          .usually_is("56 days; what the server does not keep is left out")
          .more_than_zero(),
      settings::count("max_samples", "Values asked for at a time: Prometheus gives 11000 of a series at most.")
          .between(60, 30'000)
          .otherwise_is("11000"),
      settings::duration("timeout", "How long a query may take.").otherwise_is("30s").more_than_zero(),
      text("user", "User of basic authentication, beside password_file."),
      file("password_file", "File with the password in one line, read for every request."),
      file("bearer_token_file", "File with a bearer token in one line, read for every request."),
      settings::named_texts("headers", "Further headers of every request, such as X-Scope-OrgID.").hidden(),
      file("ca_file", "PEM file of the certificate authorities to trust instead of the system's."),
      file("cert_file", "PEM file of the certificate that is shown to the server."),
      file("key_file", "PEM file of its key, where that does not stand in cert_file."),
  };
  for (settings::Key& key : more) keys.push_back(std::move(key));
  return keys;
}

ServerOptions server_options(const Values& values) {
  ServerOptions options;
  options.url = values.get<std::string>("url");
  options.timeout = values.get<Duration>("timeout");
  values.into<std::string>("user", options.access.user);
  values.into<std::string>("password_file", options.access.password_file);
  values.into<std::string>("bearer_token_file", options.access.bearer_token_file);
  const auto headers = values.find<std::map<std::string, std::string>>("headers");
  if (headers) options.access.headers.assign(headers->begin(), headers->end());
  return options;
}

ReadingOptions reading_options(const Values& values) {
  ReadingOptions options;
  const auto add = [&](Measure measure, const char* key, double factor) {
    if (const auto promql = values.find<std::string>(key)) options.queries.push_back({measure, key, *promql, factor});
  };
  add(Measure::demand, "demand", values.get<std::string>("demand_unit") == "per_minute" ? 1.0 / 60 : 1.0);
  add(Measure::cpu, "cpu", values.get<std::string>("cpu_unit") == "ratio" ? 100 : 1);
  add(Measure::network, "network", 1);
  add(Measure::instances, "instances", 1);
  options.resolution = values.get<Duration>("resolution");
  options.delay = values.get<Duration>("delay");
  options.max_samples = static_cast<std::size_t>(values.get<std::int64_t>("max_samples"));
  return options;
}

// The one of the session, unless this server has certificates of its own.
std::shared_ptr<ports::HttpTransport> transport_of(const Values& values, const kinds::Surroundings& around) {
  if (!values.has("ca_file") && !values.has("cert_file")) return around.transport();
  http::CurlOptions options;
  values.into<std::string>("ca_file", options.ca_bundle);
  values.into<std::string>("cert_file", options.client_certificate);
  values.into<std::string>("key_file", options.client_key);
  return http::make_curl_transport(options);
}

PrometheusMetricSource source_of(const Values& values, const kinds::Surroundings& around) {
  return {Server(transport_of(values, around), server_options(values)), around.clock, reading_options(values)};
}

class PrometheusKind final : public kinds::MetricsKind {
 public:
  std::string name() const override { return "prometheus"; }
  std::string thing() const override { return "a Prometheus server"; }
  std::string doc() const override {
    return "PromQL, asked of Prometheus or of what speaks as it does: Thanos, Mimir, VictoriaMetrics.";
  }
  settings::Keys keys() const override { return all_keys(); }

  void check(const Values& values, settings::Mistakes& mistakes) const override {
    if (reading_options(values).queries.empty()) {
      mistakes.add(values.place(), "expected at least one query: demand, cpu, network or instances");
    }
    if (values.has("user") != values.has("password_file")) {
      mistakes.add(values.place(values.has("user") ? "user" : "password_file"),
                   "expected user and password_file together, found one of them");
    }
    if (values.has("password_file") && values.has("bearer_token_file")) {
      mistakes.add(values.place("bearer_token_file"), "expected either a password or a bearer token, found both");
    }
    if (values.has("key_file") && !values.has("cert_file")) {
      mistakes.add(values.place("key_file"), "expected cert_file beside it, whose key it is");
    }
    check_headers(values, mistakes);
  }

  kinds::Columns columns(const Values& values) const override {
    const bool peaks = values.get<Duration>("resolution") <= kMinute;
    kinds::Columns columns = kinds::all_columns();
    std::erase_if(columns, [&](const std::string& column) {
      if (column == "request_count") return !values.has("demand");
      if (column == "request_peak") return !values.has("demand") || !peaks;
      if (column == "cpu_utilization") return !values.has("cpu");
      if (column == "network_in") return !values.has("network");
      return !values.has("instances");
    });
    return columns;
  }

  Result<kinds::Metrics> make(const Values& values, const kinds::Surroundings& around) const override {
    if (auto fits = check_resolution(values.get<Duration>("resolution"), around.interval); !fits)
      return tl::unexpected(with_context(fits.error(), name()));
    return kinds::Metrics{std::make_shared<PrometheusMetricSource>(source_of(values, around)), std::nullopt,
                          values.find<Duration>("history")};
  }

  Findings examine(const Values& values, const kinds::Surroundings& around,
                   const kinds::Examination& asked) const override {
    Findings found = prometheus::examine(source_of(values, around), asked.now);
    const auto url = http::parse_url(values.get<std::string>("url"));
    const bool secret = values.has("password_file") || values.has("bearer_token_file");
    if (secret && url && url->scheme == "http" && !http::is_loopback(url->host)) {
      found.push_back({"prometheus", Finding::Verdict::note, "the password or token travels unencrypted",
                       "name an https url where others share the network"});
    }
    return found;
  }

  std::map<std::string, std::string> advice(const Values&, const kinds::Surroundings&) const override {
    const auto name_it = [](const char* key) {
      return fmt::format("name a query as {} in almanac.yaml; docs/prometheus.md has ready ones", key);
    };
    return {{"request_count", name_it("demand")},
            {"request_peak", "it comes with demand at a resolution of a minute or less"},
            {"cpu_utilization", name_it("cpu")},
            {"network_in", name_it("network")},
            {"in_service_instances", name_it("instances")}};
  }

 private:
  static void check_headers(const Values& values, settings::Mistakes& mistakes) {
    const auto headers = values.find<std::map<std::string, std::string>>("headers");
    if (!headers) return;
    for (const auto& [name, value] : *headers) {
      const std::string key = lower_case(name);
      if (key == "content-type" || key == "content-length" || key == "host" || key == "accept-encoding") {
        mistakes.add(values.place("headers"),
                     fmt::format("{}: expected a header other than those of every request", name));
      }
      if (key == "authorization" && (values.has("password_file") || values.has("bearer_token_file"))) {
        mistakes.add(values.place("headers"), "expected one Authorization, found one beside a password or token");
      }
    }
  }
};

}  // namespace

const kinds::MetricsKind& prometheus_kind() {
  static const PrometheusKind kind;
  return kind;
}

}  // namespace almanac::adapters::prometheus
