#include "serving/http/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "serving/http/guard.h"
#include "serving/http/text.h"

namespace almanac::serving {
namespace {

// What a browser may keep of an answer: it asks every time, and is told "not modified" by the entity tag.
constexpr std::string_view kAlwaysAsk = "no-cache";

bool is_json(const Request& request) {
  const std::string type = lower_case(request.header("content-type").value_or(""));
  return type.substr(0, type.find(';')) == "application/json";
}

const std::string* find_header(const Answer& answer, std::string_view name) {
  const auto found =
      std::find_if(answer.headers.begin(), answer.headers.end(), [&](const auto& h) { return h.first == name; });
  return found == answer.headers.end() ? nullptr : &found->second;
}

// With its entity tag, and short where the client has it already.
Answer with_etag(const Request& request, Answer answer) {
  if (find_header(answer, "ETag") == nullptr) answer.headers.emplace_back("ETag", etag_of(answer.body));
  const auto has = request.header("if-none-match");
  if (has && etag_matches(*has, *find_header(answer, "ETag"))) {
    answer.status = 304;
    answer.body.clear();
  }
  return answer;
}

}  // namespace

Api::Api(Router router, ApiOptions options) : router_(std::move(router)), options_(std::move(options)) {}

Answer Api::answer(const Request& request, const BodyReader& body) {
  Answer answer;
  try {
    const auto target = parse_target(request.target);
    if (auto refusal = check_origin(request, options_.on_loopback, options_.allowed_hosts)) {
      answer = std::move(*refusal);
    } else if (!target) {
      answer = error_answer(target.error());
    } else {
      answer = route(request, *target, body);
    }
  } catch (const std::exception&) {
    // What a library or the memory did not take. Its words may hold anything, so they stay here.
    answer = error_answer(500, "internal", "the request could not be answered");
  }
  if (find_header(answer, "Cache-Control") == nullptr) {
    const bool may_be_kept = request.method == "GET" || request.method == "HEAD";
    answer.headers.emplace_back(
        "Cache-Control", may_be_kept && (answer.status == 200 || answer.status == 304) ? kAlwaysAsk : "no-store");
  }
  return answer;
}

Answer Api::route(const Request& request, const Target& target, const BodyReader& body) {
  auto found = router_.find(request.method == "HEAD" ? "GET" : request.method, target.segments);
  if (found.pattern.empty()) {
    return error_answer(404, "not_found", fmt::format("there is nothing at {}", shown(target.path)));
  }
  if (found.route == nullptr) {
    const std::string allowed = fmt::format("{}", fmt::join(found.allowed, ", "));
    Answer answer = error_answer(405, "method_not_allowed", fmt::format("only {} here", allowed));
    answer.headers.emplace_back("Allow", allowed);
    answer.route = found.pattern;
    return answer;
  }
  Call call{request, target, std::move(found.parts), {}};
  Answer answer = run(*found.route, call, body);
  answer.route = found.pattern;
  answer.parts = std::move(call.parts);
  return answer;
}

Answer Api::run(const Router::Route& route, Call& call, const BodyReader& body) {
  if (route.needs.token) {
    if (auto refusal = check_token(call.request, options_.token)) return std::move(*refusal);
  }
  if (route.needs.body != Body::none) {
    auto read = body();
    if (!read) return read.error();
    call.body = std::move(*read);
    if (route.needs.body == Body::json && !call.body.empty() && !is_json(call.request)) {
      return error_answer(415, "unsupported_media_type", "the body must come as Content-Type: application/json");
    }
  }
  Answer answer = handle(route, call);
  if (answer.status != 200 || answer.is_stream || route.method != "GET") return answer;
  return with_etag(call.request, std::move(answer));
}

Answer Api::handle(const Router::Route& route, const Call& call) {
  if (!route.needs.one_at_a_time) return route.handler(call).take();

  const std::pair<std::string, std::string> mine{route.pattern, call.request.client};
  {
    const MutexLock lock(mutex_);
    if (!under_way_.insert(mine).second) {
      return error_answer(
          {ErrorCode::throttled, "another one of yours is being worked out; ask again when it is done"});
    }
  }
  struct Release {
    Api& api;
    const std::pair<std::string, std::string>& mine;
    ~Release() {
      const MutexLock lock(api.mutex_);
      api.under_way_.erase(mine);
    }
  } release{*this, mine};
  return route.handler(call).take();
}

}  // namespace almanac::serving
