#include "control/collector.h"

#include <fmt/format.h>

#include <algorithm>

#include "dataset/csv.h"

namespace almanac::control {
namespace {

constexpr Duration kLongestAway{kWeek};

}  // namespace

void join_calendar(std::span<Row> rows, const records::LoadedCalendar& calendar, Duration interval, Timestamp now) {
  if (!calendar.complete || rows.empty()) return;
  const auto events = calendar.calendar.between({rows.front().start, rows.back().start + interval});
  const std::optional<bool> sale_switch = calendar.calendar.sale_switch();
  for (Row& row : rows) {
    const TimeRange span{row.start, row.start + interval};
    const auto active = std::count_if(events.begin(), events.end(),
                                      [&](const calendar::Event& event) { return event.span.overlaps(span); });
    const bool switch_known = sale_switch && span.end + kHour > now;
    if (active > 0 || !sale_switch || switch_known) {
      row.is_sale_active = static_cast<double>(active) + (switch_known && *sale_switch ? 1.0 : 0.0);
    }
  }
}

Result<CollectReport> Collector::collect(Timestamp now, const records::LoadedCalendar& calendar,
                                         const ProgressSink& progress) {
  const Duration interval = dataset_.interval();
  const Timestamp end = floor_to(now, interval);
  const auto last = dataset_.last_collected(end);
  if (!last) return tl::unexpected(last.error());

  CollectReport report;
  report.last_row = *last;
  report.notices = calendar.notices;
  if (auto noticed = notice_rows_ahead(now, report); !noticed) return tl::unexpected(noticed.error());
  const Timestamp first =
      options_.first ? floor_to(*options_.first, interval) : floor_to(end - options_.history, interval);
  if (!*last) {
    if (auto done = read(first, now, calendar, progress, report); !done) return tl::unexpected(done.error());
    return report;
  }
  const auto resumed = resume_after(**last);
  if (!resumed) return tl::unexpected(resumed.error());
  if (auto done = read(resumed->start, now, calendar, progress, report); !done) return tl::unexpected(done.error());
  if (resumed->silent.empty()) return report;
  const auto fresh = dataset_.read({resumed->start, end});
  if (!fresh) return tl::unexpected(fresh.error());
  const bool speaks = std::any_of(resumed->silent.begin(), resumed->silent.end(), [&](const auto& columns) {
    return std::any_of(fresh->begin(), fresh->end(), [&](const Row& row) { return dataset::knows(row, columns); });
  });
  // What it kept while nobody heard it comes in once; from the next time on it is one that has spoken.
  if (speaks) {
    if (auto done = read(first, now, calendar, progress, report); !done) return tl::unexpected(done.error());
  }
  return report;
}

// A source without a value of the last week is not waited for: nothing says that it ever will have one.
Result<Collector::Resumed> Collector::resume_after(Timestamp last) {
  const Duration interval = dataset_.interval();
  const Duration again = interval * options_.reread - interval;
  Resumed resumed{last - again, {}};
  if (options_.feeds.size() < 2) return resumed;
  const auto rows = dataset_.read({last - kLongestAway, last + interval});
  if (!rows) return tl::unexpected(rows.error());
  for (const auto& columns : options_.feeds) {
    const auto newest =
        std::find_if(rows->rbegin(), rows->rend(), [&](const Row& row) { return dataset::knows(row, columns); });
    if (newest != rows->rend()) {
      resumed.start = std::min(resumed.start, newest->start - again);
    } else {
      resumed.silent.push_back(columns);
    }
  }
  return resumed;
}

Result<void> Collector::notice_rows_ahead(Timestamp now, CollectReport& report) {
  const auto ahead = dataset_.rows_after(now);
  if (!ahead) return tl::unexpected(ahead.error());
  if (*ahead) report.notices.push_back(describe_rows_ahead(**ahead, dataset_.group(), now));
  return {};
}

std::string describe_rows_ahead(const dataset::RowsAhead& ahead, const std::string& group, Timestamp now) {
  return fmt::format(
      "{} row{} of {} to {}, which has not come yet (now is {}), {} ignored: a mistyped date in an import, "
      "or a clock that went back; `almanac rows remove --group {} --from {} --to {}` takes them out",
      ahead.rows, ahead.rows == 1 ? "" : "s", format_timestamp(ahead.range.start), format_timestamp(ahead.range.end),
      format_timestamp(now), ahead.rows == 1 ? "is" : "are", group, format_timestamp(ahead.range.start),
      format_timestamp(ahead.range.end));
}

Result<CollectReport> Collector::backfill(Timestamp from, Timestamp now, const records::LoadedCalendar& calendar,
                                          const ProgressSink& progress) {
  CollectReport report;
  const auto last = dataset_.last_collected(floor_to(now, dataset_.interval()));
  if (!last) return tl::unexpected(last.error());
  report.last_row = *last;
  report.notices = calendar.notices;
  if (auto noticed = notice_rows_ahead(now, report); !noticed) return tl::unexpected(noticed.error());
  if (auto done = read(floor_to(from, dataset_.interval()), now, calendar, progress, report); !done) {
    return tl::unexpected(done.error());
  }
  return report;
}

Result<void> Collector::read(Timestamp start, Timestamp now, const records::LoadedCalendar& calendar,
                             const ProgressSink& progress, CollectReport& report) {
  const Duration interval = dataset_.interval();
  const Timestamp end = floor_to(now, interval);
  report.range = {start, std::max(start, end)};
  const Duration chunk = std::max(interval, floor_to(Timestamp(options_.chunk), interval).time_since_epoch());
  for (Timestamp from = start; from < end; from += chunk) {
    const TimeRange part{from, std::min(from + chunk, end)};
    auto rows = source_.read(part, interval);
    if (!rows) {
      return tl::unexpected(with_context(
          rows.error(), fmt::format("metrics of {} to {}", format_timestamp(part.start), format_timestamp(part.end))));
    }
    // A source that answers with more than was asked must not put an unfinished interval into the history.
    std::erase_if(*rows, [&](const Row& row) { return !part.contains(row.start); });
    join_calendar(*rows, calendar, interval, now);
    const auto appended = dataset_.append(*rows);
    if (!appended) return tl::unexpected(appended.error());
    report.rows.added += appended->added;
    report.rows.changed += appended->changed;
    report.rows.unchanged += appended->unchanged;
    report.gaps += static_cast<std::size_t>(part.duration() / interval) -
                   std::min(rows->size(), static_cast<std::size_t>(part.duration() / interval));
    if (!rows->empty() && (!report.last_row || rows->back().start > *report.last_row)) {
      report.last_row = rows->back().start;
    }
    almanac::report(progress, {"collecting", static_cast<double>((part.end - start).count()),
                               static_cast<double>((end - start).count()), format_timestamp(part.end)});
  }
  for (const Error& failure : source_.failures(report.range))
    report.notices.push_back("some metrics could not be read: " + failure.message);
  for (std::string& left_out : source_.left_out(report.range)) report.notices.push_back(std::move(left_out));
  for (std::string& warning : dataset_.take_warnings()) report.notices.push_back(std::move(warning));
  return {};
}

}  // namespace almanac::control
