#include "app/routes.h"

namespace almanac::app {

using serving::Answered;
using serving::Call;

void add_group_routes(serving::Router& router, Process& process) {
  router.get("/api/v1/groups", [&](const Call& call) -> Answered {
    const auto page = call.target.page();
    if (!page) return tl::unexpected(page.error());
    return process.insight()->groups(*page);
  });
  router.get("/api/v1/groups/{group}", [&](const Call& call) { return process.insight()->group(call.part("group")); });
  router.get("/api/v1/groups/{group}/series", [&](const Call& call) -> Answered {
    constexpr Duration kLongestStep = 7 * kDay;
    const auto range = call.target.range();
    if (!range) return tl::unexpected(range.error());
    const auto step = call.target.duration("step", kLongestStep);
    if (!step) return tl::unexpected(step.error());
    return process.insight()->series(call.part("group"), *range, *step);
  });
  router.get("/api/v1/groups/{group}/forecast", [&](const Call& call) -> Answered {
    const auto ahead = call.target.duration("ahead", insight::kMostAhead);
    if (!ahead) return tl::unexpected(ahead.error());
    return process.insight()->forecast(call.part("group"), ahead->value_or(6 * kHour));
  });
  router.get("/api/v1/groups/{group}/decisions", [&](const Call& call) -> Answered {
    const auto range = call.target.range();
    if (!range) return tl::unexpected(range.error());
    const auto page = call.target.page();
    if (!page) return tl::unexpected(page.error());
    return process.insight()->decisions(call.part("group"), *range, *page);
  });
  router.get("/api/v1/groups/{group}/decisions/{time}", [&](const Call& call) -> Answered {
    const auto time = serving::parse_time("time", call.part("time"));
    if (!time) return tl::unexpected(time.error());
    return process.insight()->decision(call.part("group"), *time);
  });
  router.get("/api/v1/groups/{group}/calendar", [&](const Call& call) -> Answered {
    const auto range = call.target.range();
    if (!range) return tl::unexpected(range.error());
    return process.insight()->calendar(call.part("group"), *range);
  });
  router.get("/api/v1/groups/{group}/savings", [&](const Call& call) -> Answered {
    const auto days = call.target.number("days", 1, insight::kMostSavingsDays);
    if (!days) return tl::unexpected(days.error());
    return process.insight()->savings(call.part("group"), static_cast<int>(days->value_or(14)));
  });
}

}  // namespace almanac::app
