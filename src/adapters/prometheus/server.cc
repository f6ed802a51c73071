#include "adapters/prometheus/server.h"

#include <fmt/format.h>

#include <thread>

#include "core/text.h"

namespace almanac::adapters::prometheus {
namespace {

constexpr std::size_t kLongestAnswer = 8U << 20U;  // a page of one series has some 300 kB
// So that the server's own word about a time-out arrives before ours.
constexpr std::chrono::milliseconds kGrace{2'000};

std::string seconds(Timestamp time) {
  return std::to_string(time.time_since_epoch().count());
}

// A query that took too long would take as long again.
bool worth_repeating(const ports::HttpResponse& response) {
  const bool stopped = response.body.find("\"timeout\"") != std::string::npos;
  return response.status == 429 || (response.status >= 500 && !stopped);
}

}  // namespace

Result<ports::HttpResponse> Server::send(ports::HttpRequest request) const {
  request.timeout = options_.timeout + kGrace;
  request.max_response_bytes = kLongestAnswer;
  request.accept_packed = true;
  const ports::HttpHeaders own = request.headers;
  auto wait = options_.first_pause;
  for (int attempt = 1;; ++attempt, wait *= 2) {
    const auto headers = headers_of(options_.access);
    if (!headers) return tl::unexpected(headers.error());
    request.headers = own;
    request.headers.insert(request.headers.end(), headers->begin(), headers->end());
    auto response = transport_->send(request);
    const bool again = response ? worth_repeating(*response)
                                : response.error().code == ErrorCode::unavailable ||
                                      (response.error().code == ErrorCode::timed_out && attempt == 1);
    if (!again || attempt >= options_.attempts) return response;
    if (options_.pause)
      options_.pause(wait);
    else
      std::this_thread::sleep_for(wait);
  }
}

Result<ports::HttpResponse> Server::get(const std::string& path) const {
  return send({.method = "GET", .url = options_.url + path});
}

Result<Answer> Server::query_range(const std::string& query, Timestamp first, Timestamp last, Duration step) const {
  ports::HttpRequest request{.method = "POST", .url = options_.url + "/api/v1/query_range"};
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  // The last two are VictoriaMetrics': without them it answers from a cache that late samples do not reach, and, where
  // the step is below a minute, of the last 30 seconds with copies of an earlier value (older versions do so
  // nevertheless). Others pass over what they do not know.
  request.body = form_encode({{"query", query},
                              {"start", seconds(first)},
                              {"end", seconds(last)},
                              {"step", std::to_string(step.count())},
                              {"timeout", fmt::format("{}ms", options_.timeout.count())},
                              {"nocache", "1"},
                              {"latency_offset", "1ms"}});
  auto response = send(std::move(request));
  if (!response && response.error().message.find("longer than") != std::string::npos)
    response.error().message += ": does the query give very many series? expected one";
  auto answer = response ? read_answer(*response) : Result<Answer>(tl::unexpected(response.error()));
  if (!answer) return tl::unexpected(with_context(answer.error(), options_.url));
  return answer;
}

Result<std::string> Server::describe() const {
  const auto build = get("/api/v1/status/buildinfo");
  if (!build) return tl::unexpected(with_context(build.error(), options_.url));
  const auto version = read_text(*build, "version");
  // What has no such page may have queries nevertheless.
  if (!version && version.error().code != ErrorCode::not_found)
    return tl::unexpected(with_context(version.error(), options_.url));
  std::string said = version && !version->empty() ? "version " + *version : "";
  const auto run = get("/api/v1/status/runtimeinfo");
  const auto kept = run ? read_text(*run, "storageRetention") : Result<std::string>("");
  if (kept && !kept->empty()) said += (said.empty() ? "keeps " : ", keeps ") + *kept;
  return said;
}

}  // namespace almanac::adapters::prometheus
