#include "control/tick.h"

#include <fmt/format.h>

namespace almanac::control {
namespace {

std::string waiting_text(Timestamp tick, std::optional<Timestamp> whole) {
  return fmt::format("the metrics of the interval that ended at {} are awaited{}", format_timestamp(tick),
                     whole ? "; they are known until " + format_timestamp(*whole) : "");
}

}  // namespace

Result<TickReport> tick(Collector& collector, Scaler& scaler, records::CalendarStore& calendars, Timestamp now,
                        const TickOptions& when, const ProgressSink& progress,
                        const std::vector<ports::Notifier*>& notifiers) {
  TickReport report;
  ScaleOptions options{.dry_run = when.dry_run, .notices = {}, .notifiers = notifiers};
  const Timestamp tick = floor_to(now, collector.interval());
  std::optional<Punctuality> usual;
  if (when.when_due && !when.dry_run) {
    auto settled = scaler.settled(now);
    if (!settled) return tl::unexpected(settled.error());
    if (*settled) {
      report.scaled = {std::move(**settled), std::nullopt, true};
      return report;
    }
    const auto known = scaler.punctuality(now);
    if (!known) return tl::unexpected(known.error());
    usual = *known;
    if (now < tick + usual->first_look) {
      report.waiting = waiting_text(tick, std::nullopt);
      return report;
    }
  }
  auto calendar = calendars.load(now);
  if (!calendar) {
    options.notices.push_back("no calendar: " + calendar.error().message);
    calendar = records::LoadedCalendar{};
    calendar->complete = false;
    calendar->conditions.push_back(
        {ports::NotificationKind::calendar_stale, "calendar", options.notices.back(), false});
  }
  report.has_calendar = !calendar->sources.empty();
  auto collected = collector.collect(now, *calendar, progress);
  if (collected) {
    report.collected = std::move(*collected);
    options.notices.insert(options.notices.end(), report.collected->notices.begin(), report.collected->notices.end());
  } else {
    report.uncollected = with_context(collected.error(), "nothing could be collected");
    options.notices.push_back(report.uncollected->message);
    options.metrics_failed = true;
  }
  // What somebody must mend does not come by waiting.
  if (usual && (report.collected || is_retryable(report.uncollected->code))) {
    const auto whole = scaler.collected_until(now);
    if (whole && !is_due(*usual, tick, now, *whole, collector.interval())) {
      report.waiting = waiting_text(tick, *whole);
      return report;
    }
  }
  auto scaled = scaler.scale(now, *calendar, options);
  if (!scaled) {
    // Where metrics could not be read, that is what has to be mended, and how it counts.
    if (!report.uncollected) return tl::unexpected(scaled.error());
    const bool passing = is_retryable(report.uncollected->code);
    return fail(passing ? scaled.error().code : report.uncollected->code,
                report.uncollected->message + "; " + scaled.error().message);
  }
  report.scaled = std::move(*scaled);
  return report;
}

}  // namespace almanac::control
