#include "serving/http/api.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <nlohmann/json.hpp>

#include "serving/http/action_body.h"
#include "serving/http/guard.h"
#include "serving/http/openapi.h"
#include "serving/http/text.h"

namespace almanac::serving {
namespace {

constexpr Duration kFarthestAhead = 31 * kDay;
constexpr Duration kLargestStep = 7 * kDay;
constexpr int kMostDays = 366;
constexpr std::size_t kLongestName = 255;  // of groups, backtests and files

enum class Needs { nothing, json_body, any_body, token, token_and_json_body };

// What a browser may keep of an answer: it asks every time, and is told "not modified" by the entity tag.
constexpr std::string_view kAlwaysAsk = "no-cache";
constexpr std::string_view kNeverAsk = "public, max-age=31536000, immutable";

Answer json(Result<std::string> body, int status = 200) {
  if (!body) return error_answer(body.error());
  Answer answer;
  answer.status = status;
  answer.body = std::move(*body);
  return answer;
}

Answer text(int status, std::string body) {
  Answer answer;
  answer.status = status;
  answer.content_type = "text/plain; charset=utf-8";
  answer.body = std::move(body);
  return answer;
}

// The pattern "/a/{b}/c" against the segments of a path; what stands for the braces, or nothing.
std::optional<std::map<std::string, std::string>> match(std::string_view pattern,
                                                        const std::vector<std::string>& segments) {
  std::map<std::string, std::string> captured;
  pattern.remove_prefix(1);
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto slash = pattern.find('/');
    const std::string_view expected = pattern.substr(0, slash);
    if ((slash == std::string_view::npos) != (i + 1 == segments.size())) return std::nullopt;
    if (expected.starts_with('{')) {
      if (segments[i].empty() || segments[i].size() > kLongestName) return std::nullopt;
      captured.emplace(expected.substr(1, expected.size() - 2), segments[i]);
    } else if (expected != segments[i]) {
      return std::nullopt;
    }
    if (slash != std::string_view::npos) pattern.remove_prefix(slash + 1);
  }
  return captured;
}

bool is_json(const Request& request) {
  const std::string type = lower_case(request.header("content-type").value_or(""));
  return type.substr(0, type.find(';')) == "application/json";
}

// The entity tag of an answer to GET, and the short answer where the client has it already.
Answer with_etag(const Request& request, Answer answer, const std::string& etag) {
  answer.headers.emplace_back("ETag", etag);
  const auto has = request.header("if-none-match");
  if (has && etag_matches(*has, etag)) {
    answer.status = 304;
    answer.body.clear();
  }
  return answer;
}

}  // namespace

struct Api::Call {
  const Request& request;
  const Target& target;
  std::map<std::string, std::string> captured;
  std::string body;

  const std::string& name() const { return captured.at("group"); }
};

struct Api::Entry {
  const char* method;
  const char* pattern;
  Needs needs;
  std::function<Answer(Api&, Call&)> handle;
};

const std::vector<Api::Entry>& Api::table() {
  const auto acts = [](ActionKind kind) { return [kind](Api& api, Call& call) { return api.act(call, kind); }; };
  static const std::vector<Entry> entries = {
      {"GET", "/healthz", Needs::nothing, &Api::healthz},
      {"GET", "/readyz", Needs::nothing, &Api::readyz},
      {"GET", "/metrics", Needs::nothing, &Api::metrics},
      {"GET", "/api/v1/openapi.yaml", Needs::nothing, &Api::openapi},
      {"GET", "/api/v1/events", Needs::nothing, &Api::events},
      {"GET", "/api/v1/status", Needs::nothing, &Api::status},
      {"GET", "/api/v1/groups", Needs::nothing, &Api::groups},
      {"GET", "/api/v1/groups/{group}", Needs::nothing, &Api::group},
      {"GET", "/api/v1/groups/{group}/series", Needs::nothing, &Api::series},
      {"GET", "/api/v1/groups/{group}/forecast", Needs::nothing, &Api::forecast},
      {"GET", "/api/v1/groups/{group}/decisions", Needs::nothing, &Api::decisions},
      {"GET", "/api/v1/groups/{group}/decisions/{time}", Needs::nothing, &Api::decision},
      {"GET", "/api/v1/groups/{group}/calendar", Needs::nothing, &Api::calendar},
      {"GET", "/api/v1/groups/{group}/savings", Needs::nothing, &Api::savings},
      {"POST", "/api/v1/groups/{group}/plan", Needs::any_body, &Api::post_plan},
      {"POST", "/api/v1/groups/{group}/backtests", Needs::json_body, &Api::post_backtest},
      {"GET", "/api/v1/backtests/{id}", Needs::nothing, &Api::get_backtest},
      {"DELETE", "/api/v1/backtests/{id}", Needs::nothing, &Api::delete_backtest},
      {"POST", "/api/v1/groups/{group}/pause", Needs::token_and_json_body, acts(ActionKind::pause)},
      {"DELETE", "/api/v1/groups/{group}/pause", Needs::token, acts(ActionKind::resume)},
      {"POST", "/api/v1/groups/{group}/floor", Needs::token_and_json_body, acts(ActionKind::floor)},
      {"DELETE", "/api/v1/groups/{group}/floor", Needs::token, acts(ActionKind::clear_floor)},
      {"POST", "/api/v1/groups/{group}/mode", Needs::token_and_json_body, acts(ActionKind::mode)},
      {"DELETE", "/api/v1/groups/{group}/mode", Needs::token, acts(ActionKind::clear_mode)},
      {"POST", "/api/v1/groups/{group}/train", Needs::token_and_json_body, acts(ActionKind::train)},
  };
  return entries;
}

Api::Api(Service& service, ApiOptions options) : service_(service), options_(std::move(options)) {
  for (Asset& asset : options_.assets) {
    if (asset.etag.empty()) asset.etag = etag_of(asset.bytes);
    assets_.emplace(asset.path, asset);
  }
  options_.assets.clear();
}

std::vector<Api::Route> Api::routes() {
  std::vector<Route> found;
  for (const Entry& entry : table()) found.push_back({entry.method, entry.pattern});
  found.push_back({"GET", "/"});
  found.push_back({"GET", "/assets/{file}"});
  return found;
}

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
  const auto is_cache_control = [](const auto& header) { return header.first == "Cache-Control"; };
  if (std::none_of(answer.headers.begin(), answer.headers.end(), is_cache_control)) {
    const bool may_be_kept = request.method == "GET" || request.method == "HEAD";
    answer.headers.emplace_back(
        "Cache-Control", may_be_kept && (answer.status == 200 || answer.status == 304) ? kAlwaysAsk : "no-store");
  }
  return answer;
}

Answer Api::route(const Request& request, const Target& target, const BodyReader& body) {
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  std::set<std::string> allowed;
  std::string pattern;
  for (const Entry& entry : table()) {
    auto captured = match(entry.pattern, target.segments);
    if (!captured) continue;
    allowed.insert(entry.method);
    pattern = entry.pattern;
    if (method != entry.method) continue;

    Call call{request, target, std::move(*captured), {}};
    const auto group = call.captured.find("group");
    const auto finish = [&](Answer answer) {
      answer.route = entry.pattern;
      if (group != call.captured.end()) answer.group = group->second;
      return answer;
    };
    const bool writes = entry.needs == Needs::token || entry.needs == Needs::token_and_json_body;
    if (writes) {
      if (auto refusal = check_token(request, options_.token)) return finish(std::move(*refusal));
    }
    const bool wants_json = entry.needs == Needs::json_body || entry.needs == Needs::token_and_json_body;
    if (wants_json || entry.needs == Needs::any_body) {
      auto read = body();
      if (!read) return finish(read.error());
      call.body = std::move(*read);
      if (wants_json && !call.body.empty() && !is_json(request)) {
        return finish(
            error_answer(415, "unsupported_media_type", "the body must come as Content-Type: application/json"));
      }
    }
    return finish(run(entry, call));
  }
  if (allowed.empty()) return asset(request, target);
  if (allowed.contains("GET")) allowed.insert("HEAD");
  Answer answer = error_answer(405, "method_not_allowed", fmt::format("only {} here", fmt::join(allowed, ", ")));
  answer.headers.emplace_back("Allow", fmt::format("{}", fmt::join(allowed, ", ")));
  answer.route = pattern;
  return answer;
}

Answer Api::run(const Entry& entry, Call& call) {
  Answer answer = entry.handle(*this, call);
  if (answer.status != 200 || answer.is_stream || std::string_view(entry.method) != "GET") return answer;
  const std::string etag = etag_of(answer.body);
  return with_etag(call.request, std::move(answer), etag);
}

Answer Api::asset(const Request& request, const Target& target) const {
  const auto found = assets_.find(target.path);
  if (found == assets_.end()) {
    return error_answer(404, "not_found", fmt::format("there is nothing at {}", shown(target.path)));
  }
  const std::string_view route = target.path == "/" ? "/" : "/assets/{file}";
  if (request.method != "GET" && request.method != "HEAD") {
    Answer answer = error_answer(405, "method_not_allowed", "only GET, HEAD here");
    answer.headers.emplace_back("Allow", "GET, HEAD");
    answer.route = route;
    return answer;
  }
  Answer answer;
  answer.content_type = found->second.content_type;
  answer.body = found->second.bytes;
  answer.route = route;
  if (target.path != "/") answer.headers.emplace_back("Cache-Control", kNeverAsk);
  return with_etag(request, std::move(answer), found->second.etag);
}

Answer Api::healthz(Call&) {
  return text(200, "ok");
}

Answer Api::readyz(Call&) {
  const auto ready = service_.readiness();
  if (ready) return text(200, "ready");
  Answer answer = text(503, ready.error().message);
  answer.headers.emplace_back("Retry-After", "5");
  return answer;
}

Answer Api::metrics(Call&) {
  if (!options_.metrics) return error_answer(404, "not_found", "there are no metrics here");
  Answer answer = text(200, options_.metrics());
  answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
  return answer;
}

Answer Api::openapi(Call&) {
  Answer answer = text(200, std::string(openapi_yaml()));
  answer.content_type = "application/yaml; charset=utf-8";
  return answer;
}

Answer Api::events(Call&) {
  Answer answer = text(200, "");
  answer.content_type = "text/event-stream";
  answer.headers.emplace_back("Cache-Control", "no-store");
  answer.headers.emplace_back("X-Accel-Buffering", "no");  // nginx would keep events back
  answer.is_stream = true;
  return answer;
}

Answer Api::status(Call&) {
  return json(service_.status());
}

Answer Api::groups(Call& call) {
  const auto page = call.target.page();
  if (!page) return error_answer(page.error());
  return json(service_.groups(*page));
}

Answer Api::group(Call& call) {
  return json(service_.group(call.name()));
}

Answer Api::series(Call& call) {
  const auto range = call.target.range();
  if (!range) return error_answer(range.error());
  const auto step = call.target.duration("step", kLargestStep);
  if (!step) return error_answer(step.error());
  return json(service_.series(call.name(), *range, *step));
}

Answer Api::forecast(Call& call) {
  const auto ahead = call.target.duration("ahead", kFarthestAhead);
  if (!ahead) return error_answer(ahead.error());
  return json(service_.forecast(call.name(), ahead->value_or(6 * kHour)));
}

Answer Api::decisions(Call& call) {
  const auto range = call.target.range();
  if (!range) return error_answer(range.error());
  const auto page = call.target.page();
  if (!page) return error_answer(page.error());
  return json(service_.decisions(call.name(), *range, *page));
}

Answer Api::decision(Call& call) {
  const auto time = parse_time("time", call.captured.at("time"));
  if (!time) return error_answer(time.error());
  return json(service_.decision(call.name(), *time));
}

Answer Api::calendar(Call& call) {
  const auto range = call.target.range();
  if (!range) return error_answer(range.error());
  return json(service_.calendar(call.name(), *range));
}

Answer Api::savings(Call& call) {
  const auto days = call.target.number("days", 1, kMostDays);
  if (!days) return error_answer(days.error());
  return json(service_.savings(call.name(), static_cast<int>(days->value_or(14))));
}

Answer Api::post_plan(Call& call) {
  {
    const MutexLock lock(planning_mutex_);
    if (!planning_.insert(call.request.client).second) {
      return error_answer(
          {ErrorCode::throttled, "another plan of yours is being worked out; ask again when it is done"});
    }
  }
  struct Release {
    Api& api;
    const std::string& client;
    ~Release() {
      const MutexLock lock(api.planning_mutex_);
      api.planning_.erase(client);
    }
  } release{*this, call.request.client};
  return plan(call);
}

Answer Api::plan(Call& call) {
  const auto days = call.target.number("days", 1, 31);
  if (!days) return error_answer(days.error());
  if (call.body.empty()) return error_answer(400, "invalid_input", "the body must be a calendar, JSON or iCalendar");
  if (!is_utf8(call.body)) return error_answer(400, "invalid_input", "the calendar is not UTF-8");
  const std::string type = lower_case(call.request.header("content-type").value_or(""));
  std::string name =
      call.target.text("name").value_or(type.starts_with("text/calendar") ? "calendar.ics" : "calendar.json");
  if (name.empty() || name.size() > kLongestName || name.find_first_of("/\\") != std::string::npos) {
    return error_answer(400, "invalid_input", "name: expected a file's name without its folder");
  }
  return json(service_.plan(call.name(), call.body, name, static_cast<int>(days->value_or(7))));
}

Answer Api::post_backtest(Call& call) {
  const auto days = read_backtest_body(call.body);
  if (!days) return error_answer(days.error());
  return json(service_.start_backtest(call.name(), *days), 202);
}

Answer Api::get_backtest(Call& call) {
  return json(service_.backtest(call.captured.at("id")));
}

Answer Api::delete_backtest(Call& call) {
  const auto cancelled = service_.cancel_backtest(call.captured.at("id"));
  if (!cancelled) return error_answer(cancelled.error());
  Answer answer;
  answer.status = 204;
  answer.content_type.clear();
  return answer;
}

Answer Api::act(Call& call, ActionKind kind) {
  Action action;
  action.kind = kind;
  action.group = call.name();
  // DELETE has no body; who and why come with the address.
  if (call.request.method == "DELETE") {
    action.who = call.target.text("who").value_or("");
    action.why = call.target.text("why").value_or("");
    if (characters(action.who) > kLongestWho || characters(action.why) > kLongestWhy) {
      return error_answer(400, "invalid_input",
                          fmt::format("who has at most {} characters, why {}", kLongestWho, kLongestWhy));
    }
  } else if (const auto read = read_action_body(call.body, action); !read) {
    return error_answer(read.error());
  }
  return json(service_.act(action), kind == ActionKind::train ? 202 : 200);
}

}  // namespace almanac::serving
