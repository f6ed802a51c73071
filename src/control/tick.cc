#include "control/tick.h"

namespace almanac::control {

Result<TickReport> tick(Collector& collector, Scaler& scaler, CalendarStore& calendars, Timestamp now, bool dry_run,
                        const ProgressSink& progress, const std::vector<ports::Notifier*>& notifiers) {
  TickReport report;
  ScaleOptions options{.dry_run = dry_run, .notices = {}, .notifiers = notifiers};
  auto calendar = calendars.load(now);
  if (!calendar) {
    options.notices.push_back("no calendar: " + calendar.error().message);
    calendar = LoadedCalendar{};
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
  }
  auto scaled = scaler.scale(now, *calendar, options);
  if (!scaled) return tl::unexpected(scaled.error());
  report.scaled = std::move(*scaled);
  return report;
}

}  // namespace almanac::control
