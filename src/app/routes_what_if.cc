#include "app/routes.h"
#include "serving/http/text.h"

namespace almanac::app {
namespace {

using serving::Answered;
using serving::Body;
using serving::Call;

constexpr std::size_t kLongestName = 255;

// What the calendar is called in messages, and which form it has: as the client says, else by its type.
Result<std::string> calendar_name(const Call& call) {
  const std::string type = serving::lower_case(call.request.header("content-type").value_or(""));
  std::string name =
      call.target.text("name").value_or(type.starts_with("text/calendar") ? "calendar.ics" : "calendar.json");
  if (name.empty() || name.size() > kLongestName || name.find_first_of("/\\") != std::string::npos)
    return fail(ErrorCode::invalid_input, "name: expected a file's name without its folder");
  return name;
}

Answered plan(const Call& call, Process& process) {
  const auto days = call.target.number("days", 1, insight::kMostPlanDays);
  if (!days) return tl::unexpected(days.error());
  if (call.body.empty()) return fail(ErrorCode::invalid_input, "the body must be a calendar, JSON or iCalendar");
  if (!serving::is_utf8(call.body)) return fail(ErrorCode::invalid_input, "the calendar is not UTF-8");
  const auto name = calendar_name(call);
  if (!name) return tl::unexpected(name.error());
  return process.insight()->plan(call.part("group"), call.body, *name, static_cast<int>(days->value_or(7)));
}

Answered start_backtest(const Call& call, Process& process) {
  const auto fields = call.fields({"days"});
  if (!fields) return tl::unexpected(fields.error());
  long long days = 14;
  if (fields->has("days")) {
    const auto given = fields->whole("days", 1, insight::kMostBacktestDays);
    if (!given) return tl::unexpected(given.error());
    days = *given;
  }
  const auto started = process.insight()->start_backtest(call.part("group"), static_cast<int>(days));
  if (!started) return tl::unexpected(started.error());
  return serving::accepted_answer(*started);
}

}  // namespace

void add_what_if_routes(serving::Router& router, Process& process) {
  router.post("/api/v1/groups/{group}/plan", {.body = Body::any, .one_at_a_time = true},
              [&](const Call& call) { return plan(call, process); });
  router.post("/api/v1/groups/{group}/backtests", {.body = Body::json},
              [&](const Call& call) { return start_backtest(call, process); });
  router.get("/api/v1/backtests/{id}", [&](const Call& call) { return process.insight()->backtest(call.part("id")); });
  router.del("/api/v1/backtests/{id}", {}, [&](const Call& call) -> Answered {
    const auto cancelled = process.insight()->cancel_backtest(call.part("id"));
    if (!cancelled) return tl::unexpected(cancelled.error());
    return serving::empty_answer();
  });
}

}  // namespace almanac::app
