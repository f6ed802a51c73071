#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/progress.h"
#include "core/result.h"
#include "core/row.h"
#include "core/time.h"
#include "dataset/dataset.h"
#include "ports/metric_source.h"
#include "records/calendar_store.h"

namespace almanac::control {

struct CollectorOptions {
  std::optional<Timestamp> first;  // where to begin when there is no row yet; empty: `history` before now
  Duration history{56 * kDay};
  // Intervals before the last row that are read again: late values replace earlier ones, and complete rows of which
  // only a part was known. A cloud's metrics are six minutes late at worst and are corrected for some minutes more;
  // an hour costs no more requests than less.
  int reread = 12;
  Duration chunk{kWeek};  // read and appended at a time, so that catching up needs bounded memory
  // The columns that come together, where several sources feed the group: one that did not answer for up to a week
  // while others did is asked again from where it stopped.
  std::vector<std::vector<std::string>> feeds;
};

struct CollectReport {
  TimeRange range{};            // that was asked for; empty when no interval had finished
  dataset::AppendSummary rows;  // what it changed
  std::size_t gaps = 0;         // finished intervals of `range` about which the source knew nothing
  std::optional<Timestamp> last_row;
  std::vector<std::string> notices;
};

// Reads every finished interval since the last row, joins the calendar, and appends. Running it again changes nothing;
// a crash at any point loses nothing, because what is not in the history yet is simply read again.
class Collector {
 public:
  Collector(ports::MetricSource& source, dataset::Dataset& dataset, CollectorOptions options = {})
      : source_(source), dataset_(dataset), options_(std::move(options)) {}

  Duration interval() const { return dataset_.interval(); }

  // "Last" is judged by `now`: rows that lie ahead (a mistyped import, a clock that went back) are ignored with a
  // notice, and collecting goes on. Errors of the source and the store name what could not be read or written; the
  // chunks before it are kept.
  Result<CollectReport> collect(Timestamp now, const records::LoadedCalendar& calendar,
                                const ProgressSink& progress = {});

  // Reads every finished interval from `from` on, whatever is there already: values that the source still knows are
  // added or replace other ones, and nothing that it has forgotten is lost.
  Result<CollectReport> backfill(Timestamp from, Timestamp now, const records::LoadedCalendar& calendar,
                                 const ProgressSink& progress = {});

 private:
  Result<void> notice_rows_ahead(Timestamp now, CollectReport& report);
  // Where to go on after the last row, and the columns of the sources of which nothing is known of the last week.
  struct Resumed {
    Timestamp start{};
    std::vector<std::vector<std::string>> silent;
  };
  Result<Resumed> resume_after(Timestamp last);
  Result<void> read(Timestamp from, Timestamp now, const records::LoadedCalendar& calendar,
                    const ProgressSink& progress, CollectReport& report);

  ports::MetricSource& source_;
  dataset::Dataset& dataset_;
  CollectorOptions options_;
};

// For people: which rows lie ahead of now, and the command that removes them.
std::string describe_rows_ahead(const dataset::RowsAhead& ahead, const std::string& group, Timestamp now);

// Sets is_sale_active of rows: the number of events active in the interval, plus one where the calendar's plain switch
// was on. The switch says only what is true now, so it counts for intervals that ended in the hour before `now`; older
// ones stay missing where a switch is the whole calendar. All stay missing when the calendar is not complete.
void join_calendar(std::span<Row> rows, const records::LoadedCalendar& calendar, Duration interval, Timestamp now);

}  // namespace almanac::control
