#include "adapters/prometheus/answer.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/text.h"

namespace almanac::adapters::prometheus {
namespace {

using Json = nlohmann::json;
using ports::HttpResponse;

tl::unexpected<Error> no_answer(std::string_view what) {
  return fail(ErrorCode::corrupt, fmt::format("answers {}; expected the JSON of Prometheus' HTTP API", what));
}

std::string text_of(const Json& json, const char* name) {
  if (!json.is_object()) return {};
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? for_message(found->get_ref<const std::string&>()) : "";
}

// What a refusal says beside its status: the envelope's `error`, else the beginning of a plain text.
std::string words_of(const HttpResponse& response, const Json& json) {
  const std::string error = text_of(json, "error");
  if (!error.empty()) return ": " + error;
  const std::string_view body = trimmed(response.body);
  const bool plain = json.is_discarded() && !body.empty() && body.front() != '<';
  return plain ? ": " + for_message(body, 200) : "";
}

Error refusal(const HttpResponse& response, const Json& json) {
  const std::string words = words_of(response, json), type = text_of(json, "errorType");
  const std::string said = fmt::format("answers {}{}", response.status, words);
  switch (response.status) {
    case 400:
    case 422:
      return {ErrorCode::invalid_input, fmt::format("cannot use the query{}", words.empty() ? ": " + said : words)};
    case 401:
    case 403:
      return {ErrorCode::permission_denied,
              said + "; expected that it lets this user, token or tenant (X-Scope-OrgID) query"};
    case 404:
    case 405:
      return {ErrorCode::not_found, said +
                                        "; expected Prometheus' HTTP API below this url: does a path lack, such as "
                                        "/prometheus?"};
    case 413:
    case 414:
      return {ErrorCode::invalid_input, said + ": the query is too long"};
    case 429:
      return {ErrorCode::throttled, said};
    default:
      break;
  }
  if (response.status == 503 && (type == "timeout" || type == "canceled"))
    return {ErrorCode::timed_out, fmt::format("the query was stopped{}", words)};
  if (response.status >= 500) return {ErrorCode::unavailable, said};
  if (response.status >= 300 && response.status < 400)
    return {ErrorCode::invalid_input,
            fmt::format("answers {}, a redirect; expected the url that it leads to", response.status)};
  return {ErrorCode::corrupt, said + "; expected 200"};
}

// `data` of a success, with the whole beside it.
Result<Json> envelope(const HttpResponse& response) {
  Json json = Json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  if (response.status != 200) return tl::unexpected(refusal(response, json));
  const std::string status = text_of(json, "status");
  if (status == "error") {  // which a proxy sent on as 200
    return fail(ErrorCode::invalid_input, "cannot use the query" + words_of(response, json));
  }
  if (status != "success" || !json.contains("data"))
    return no_answer(json.is_discarded() ? "with something else (a login page?)" : "with another JSON");
  return json;
}

std::string labels_of(const Json& series) {
  std::string text;
  const auto metric = series.find("metric");
  if (metric != series.end() && metric->is_object()) {
    for (const auto& [name, value] : metric->items()) {
      text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ", ", name, value.is_string() ? std::string(value) : "");
    }
  }
  return "{" + for_message(text, 160) + "}";
}

// "NaN", "+Inf" and "-Inf" are numbers too.
std::optional<double> number_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

// [ <seconds since the epoch>, "<value>" ]
Result<void> read_point(const Json& sample, Points& points) {
  const bool pair = sample.is_array() && sample.size() == 2 && sample[0].is_number() && sample[1].is_string();
  if (!pair) return no_answer("with a sample that is no pair of time and value");
  const auto seconds = sample[0].get<double>();
  const auto value = number_in(sample[1].get_ref<const std::string&>());
  if (!value) return no_answer("with a value that is no number");
  if (seconds != std::floor(seconds) || std::abs(seconds) > 1e11)
    return no_answer("for times between those that were asked for");
  points[Timestamp(Duration(static_cast<std::int64_t>(seconds)))] = *value;
  return {};
}

Result<Series> read_series(const Json& json) {
  if (!json.is_object()) return no_answer("with a series that is none");
  Series series;
  series.labels = labels_of(json);
  series.histograms = json.contains("histograms");
  const auto values = json.find("values");
  if (values == json.end()) return series;
  if (!values->is_array()) return no_answer("with a series that has no list of values");
  for (const Json& sample : *values) {
    if (auto read = read_point(sample, series.points); !read) return tl::unexpected(read.error());
  }
  return series;
}

void read_warnings(const Json& json, Answer& answer) {
  if (const auto warnings = json.find("warnings"); warnings != json.end() && warnings->is_array()) {
    for (const Json& warning : *warnings) {
      const std::string text = warning.is_string() ? for_message(warning.get_ref<const std::string&>()) : "a warning";
      if (text.starts_with("PromQL warning:")) answer.remarks.push_back(text);
      if (!text.starts_with("PromQL ")) answer.partial.push_back(text);
    }
  }
  const auto partial = json.find("isPartial");
  if (partial != json.end() && partial->is_boolean() && partial->get<bool>())
    answer.partial.emplace_back("some of its storage nodes did not answer");
}

}  // namespace

Result<Answer> read_answer(const HttpResponse& response) {
  const auto json = envelope(response);
  if (!json) return tl::unexpected(json.error());
  const Json& data = (*json)["data"];
  const auto result = data.is_object() ? data.find("result") : data.end();
  if (text_of(data, "resultType") != "matrix" || result == data.end() || !result->is_array())
    return no_answer("with something else than a matrix");
  Answer answer;
  for (const Json& one : *result) {
    auto series = read_series(one);
    if (!series) return tl::unexpected(series.error());
    answer.series.push_back(std::move(*series));
  }
  read_warnings(*json, answer);
  return answer;
}

Result<std::string> read_text(const HttpResponse& response, std::string_view name) {
  const auto json = envelope(response);
  if (!json) return tl::unexpected(json.error());
  return text_of((*json)["data"], std::string(name).c_str());
}

}  // namespace almanac::adapters::prometheus
