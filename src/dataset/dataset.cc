#include "dataset/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "core/check.h"
#include "dataset/csv.h"
#include "dataset/intervals.h"

namespace almanac::dataset {
namespace {

using std::chrono::year_month;

// Each conflict means that another writer got its rows in, so this many in a row are out of all proportion.
constexpr int kMaxConflicts = 200;
// An answer that leaves open whether the put took effect: read again and compare, so often.
constexpr int kMaxFailures = 3;
constexpr std::size_t kCachedFiles = 3;  // this month, the last one, the single older file
constexpr Timestamp kFirstTime = Dataset::kFirstTime, kEndOfTime = Dataset::kEndOfTime;

year_month month_of(Timestamp t) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(t)};
  return date.year() / date.month();
}

TimeRange range_of(year_month month) {
  return {std::chrono::sys_days{month / 1}, std::chrono::sys_days{(month + std::chrono::months{1}) / 1}};
}

// "2026-11.csv"; nothing for any other name.
std::optional<year_month> month_of_name(std::string_view name) {
  if (name.size() != 11 || name[4] != '-' || name.substr(7) != ".csv") return std::nullopt;
  int year = 0;
  unsigned month = 0;
  const auto read = [](std::string_view digits, auto& value) {
    return std::from_chars(digits.data(), digits.data() + digits.size(), value).ptr == digits.data() + digits.size();
  };
  if (name[0] == '-' || !read(name.substr(0, 4), year) || !read(name.substr(5, 2), month)) return std::nullopt;
  const year_month result = std::chrono::year{year} / std::chrono::month{month};
  return result.ok() ? std::optional(result) : std::nullopt;
}

Result<void> check_row(const Row& row, Duration interval) {
  const auto refuse = [&](std::string_view what) {
    return fail(ErrorCode::invalid_input, fmt::format("row {}: {}", format_timestamp(row.start), what));
  };
  if (row.start < kFirstTime || row.start >= kEndOfTime)
    return fail(ErrorCode::invalid_input, fmt::format("a row {} s from 1970 is out of range; expected 1970 to 9999",
                                                      row.start.time_since_epoch().count()));
  if (floor_to(row.start, interval) != row.start)
    return refuse(fmt::format("starts between two intervals of {}", format_duration(interval)));
  for (const Field& field : kFields)
    if (const auto& value = row.*field.member; value && !is_valid_value(*value))
      return refuse(fmt::format("{} is {}; expected a finite number of at least 0", field.name, *value));
  return {};
}

struct Merged {
  std::vector<Row> rows;
  AppendSummary summary;
  bool only_at_end = true;  // every added row is later than all the old ones, and none of those changed
};

// Both ascending, one row a time.
Merged merge(std::span<const Row> old, std::span<const Row> incoming) {
  Merged result;
  result.rows.reserve(old.size() + incoming.size());
  auto it = old.begin();
  for (const Row& row : incoming) {
    while (it != old.end() && it->start < row.start) result.rows.push_back(*it++);
    if (it == old.end() || row.start < it->start) {
      if (it != old.end()) result.only_at_end = false;
      result.rows.push_back(row);
      ++result.summary.added;
      continue;
    }
    Row joined = *it;
    overlay(joined, row);
    const bool same = joined == *it++;
    ++(same ? result.summary.unchanged : result.summary.changed);
    if (!same) result.only_at_end = false;
    result.rows.push_back(joined);
  }
  result.rows.insert(result.rows.end(), it, old.end());
  return result;
}

// Sorted, one row a time, later ones of the input winning.
std::vector<Row> in_order(std::span<const Row> rows) {
  std::vector<Row> sorted(rows.begin(), rows.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const Row& a, const Row& b) { return a.start < b.start; });
  std::vector<Row> result;
  result.reserve(sorted.size());
  for (const Row& row : sorted) {
    if (!result.empty() && result.back().start == row.start)
      overlay(result.back(), row);
    else
      result.push_back(row);
  }
  return result;
}

std::span<const Row> within(std::span<const Row> rows, TimeRange range) {
  const auto before = [](const Row& row, Timestamp t) { return row.start < t; };
  const auto first = std::lower_bound(rows.begin(), rows.end(), range.start, before);
  return {first, std::lower_bound(first, rows.end(), std::max(range.start, range.end), before)};
}

Error left_alone(std::string_view why) {
  return {ErrorCode::corrupt, fmt::format("{}; the file is left as it is, so that nothing of it is lost", why)};
}

// The new text of a month file: lines added to the old one where that is all it takes.
std::string text_of(const Merged& merged, const std::string& old_text) {
  const std::string header = format_header();
  if (!merged.only_at_end || !old_text.starts_with(header) || !old_text.ends_with('\n'))
    return format_rows(merged.rows);
  std::string text = old_text;
  for (const Row& row : std::span(merged.rows).last(merged.summary.added)) append_row(text, row);
  return text;
}

}  // namespace

Dataset::Dataset(ports::ObjectStore& store, std::string group, Duration interval)
    : store_(store), group_(std::move(group)), interval_(interval) {
  ALMANAC_CHECK(interval_ > Duration{0}, "rows need a positive interval");
}

std::string Dataset::month_key(year_month month) const {
  return fmt::format("{}/multi_metric_data/{:04}-{:02}.csv", group_, static_cast<int>(month.year()),
                     static_cast<unsigned>(month.month()));
}

std::string Dataset::older_key() const {
  return group_ + "/multi_metric_data.csv";
}

const Dataset::File& Dataset::remember(const std::string& key, File file) {
  std::erase(recent_, key);
  recent_.push_back(key);
  if (recent_.size() > kCachedFiles) {
    cache_.erase(recent_.front());
    recent_.erase(recent_.begin());
  }
  return cache_.insert_or_assign(key, std::move(file)).first->second;
}

Result<Dataset::Loaded> Dataset::load(const std::string& key) {
  auto object = store_.get(key);
  if (!object) {
    if (object.error().code == ErrorCode::not_found) return Loaded{};
    return tl::unexpected(object.error());
  }
  if (const auto cached = cache_.find(key); cached != cache_.end() && cached->second.etag == object->etag)
    return Loaded{&cached->second, std::move(object->bytes)};

  auto parsed = parse_rows(object->bytes, key);
  if (!parsed) return fail(ErrorCode::corrupt, parsed.error().message);
  warnings_.insert(warnings_.end(), parsed->warnings.begin(), parsed->warnings.end());
  File file{object->etag, {}, {}};
  if (!parsed->lossless) file.unwritable = parsed->warnings.empty() ? key : parsed->warnings.front();
  if (key == older_key()) {
    file.rows = older_rows(std::move(*parsed), interval_, key, warnings_);
  } else {
    file.rows = std::move(parsed->rows);
  }

  if (const auto month = month_of_name(std::string_view(key).substr(key.rfind('/') + 1))) {
    const TimeRange range = range_of(*month);
    for (const Row& row : file.rows)
      if (!range.contains(row.start))
        return fail(ErrorCode::corrupt,
                    fmt::format("{}: row {} belongs to another month", key, format_timestamp(row.start)));
  }
  return Loaded{&remember(key, std::move(file)), std::move(object->bytes)};
}

Result<std::vector<year_month>> Dataset::months() {
  const std::string folder = group_ + "/multi_metric_data/";
  const auto keys = store_.list(folder);
  if (!keys) return tl::unexpected(keys.error());
  std::vector<year_month> result;
  for (const std::string& key : *keys)
    if (const auto month = month_of_name(std::string_view(key).substr(folder.size()))) result.push_back(*month);
  std::sort(result.begin(), result.end());
  return result;
}

Result<AppendSummary> Dataset::append(std::span<const Row> rows) {
  for (const Row& row : rows)
    if (auto valid = check_row(row, interval_); !valid) return tl::unexpected(valid.error());
  const std::vector<Row> ordered = in_order(rows);
  AppendSummary total;
  for (auto first = ordered.begin(); first != ordered.end();) {
    const year_month month = month_of(first->start);
    const auto last = std::find_if(first, ordered.end(), [&](const Row& row) { return month_of(row.start) != month; });
    const auto summary = append_to_month(month, std::span(first, last));
    if (!summary) return tl::unexpected(summary.error());
    total.added += summary->added;
    total.changed += summary->changed;
    total.unchanged += summary->unchanged;
    first = last;
  }
  return total;
}

Result<AppendSummary> Dataset::append_to_month(year_month month, std::span<const Row> rows) {
  const std::string key = month_key(month);
  std::optional<Error> unclear;            // a put that may have taken effect or not
  std::optional<AppendSummary> if_it_did;  // what that put was to do
  for (int conflicts = 0, failures = 0;;) {
    const auto loaded = load(key);
    if (!loaded) return tl::unexpected(unclear ? *unclear : loaded.error());
    const File* file = loaded->file;
    Merged merged = merge(file ? std::span<const Row>(file->rows) : std::span<const Row>{}, rows);
    if (merged.summary.added + merged.summary.changed == 0) return if_it_did ? *if_it_did : merged.summary;
    if (file && !file->unwritable.empty()) return tl::unexpected(left_alone(file->unwritable));

    using ports::PutCondition;
    const auto etag = store_.put(key, text_of(merged, loaded->bytes),
                                 file ? PutCondition::if_match(file->etag) : PutCondition::if_absent());
    if (etag) {
      remember(key, File{*etag, std::move(merged.rows), {}});
      return merged.summary;
    }
    const Error& error = etag.error();
    if (error.code == ErrorCode::conflict) {
      if (++conflicts > kMaxConflicts) return tl::unexpected(error);
    } else if (error.code == ErrorCode::unavailable) {
      if (++failures > kMaxFailures) return tl::unexpected(error);
      unclear = error;
      if_it_did = merged.summary;
    } else {
      return tl::unexpected(error);
    }
  }
}

// The months of a range, which is not empty: those there are, where asking costs less than trying each.
Result<std::vector<year_month>> Dataset::months_of(TimeRange range) {
  const year_month last = month_of(range.end - Duration{1});
  std::vector<year_month> wanted;
  for (year_month month = month_of(range.start); month <= last && wanted.size() < kCachedFiles;
       month += std::chrono::months{1})
    wanted.push_back(month);
  if (wanted.back() == last) return wanted;
  auto present = months();
  if (!present) return tl::unexpected(present.error());
  std::erase_if(*present, [&](year_month month) { return !range_of(month).overlaps(range); });
  return present;
}

Result<std::vector<Row>> Dataset::read_months(TimeRange range) {
  const auto wanted = months_of(range);
  if (!wanted) return tl::unexpected(wanted.error());
  std::vector<Row> rows;
  for (const year_month month : *wanted) {
    const auto loaded = load(month_key(month));
    if (!loaded) return tl::unexpected(loaded.error());
    if (!loaded->file) continue;
    const auto part = within(loaded->file->rows, range);
    rows.insert(rows.end(), part.begin(), part.end());
  }
  return rows;
}

Result<std::vector<Row>> Dataset::removable(TimeRange range) {
  range = {std::max(range.start, kFirstTime), std::min(range.end, kEndOfTime)};
  return range.empty() ? Result<std::vector<Row>>{} : read_months(range);
}

Result<std::vector<Row>> Dataset::read(TimeRange range) {
  range = {std::max(range.start, kFirstTime), std::min(range.end, kEndOfTime)};
  if (range.empty()) return std::vector<Row>{};
  auto rows = read_months(range);
  if (!rows) return tl::unexpected(rows.error());
  const auto older = load(older_key());
  if (!older) return tl::unexpected(older.error());
  if (!older->file) return rows;
  const auto part = within(older->file->rows, range);
  return part.empty() ? std::move(*rows) : merge(part, *rows).rows;
}

Result<std::vector<Row>> Dataset::read_all() {
  return read({kFirstTime, kEndOfTime});
}

Result<std::string> Dataset::version(TimeRange range) {
  const auto present = months();
  if (!present) return tl::unexpected(present.error());
  std::vector<std::string> keys{older_key()};
  for (const year_month month : *present)
    if (range_of(month).overlaps(range)) keys.push_back(month_key(month));
  std::string version;
  for (const std::string& key : keys) {
    const auto object = store_.get(key);
    if (!object && object.error().code != ErrorCode::not_found) return tl::unexpected(object.error());
    version += fmt::format("{} {}\n", key, object ? object->etag : "-");
  }
  return version;
}

Result<std::optional<Timestamp>> Dataset::last_collected(Timestamp before) {
  const auto present = months();
  if (!present) return tl::unexpected(present.error());
  for (auto month = present->rbegin(); month != present->rend(); ++month) {
    if (range_of(*month).start >= before) continue;
    const auto loaded = load(month_key(*month));
    if (!loaded) return tl::unexpected(loaded.error());
    const auto rows = loaded->file ? within(loaded->file->rows, {kFirstTime, before}) : std::span<const Row>{};
    if (!rows.empty()) return rows.back().start;
  }
  return std::nullopt;
}

Result<std::optional<Timestamp>> Dataset::last_row_time(Timestamp before) {
  const auto collected = last_collected(before);
  if (!collected || *collected) return collected;
  const auto older = load(older_key());
  if (!older) return tl::unexpected(older.error());
  const auto rows = older->file ? within(older->file->rows, {kFirstTime, before}) : std::span<const Row>{};
  if (rows.empty()) return std::nullopt;
  return rows.back().start;
}

Result<std::optional<RowsAhead>> Dataset::rows_after(Timestamp now) {
  const auto present = months();
  if (!present) return tl::unexpected(present.error());
  std::optional<RowsAhead> ahead;
  for (const year_month month : *present) {
    if (range_of(month).end <= now) continue;
    const auto loaded = load(month_key(month));
    if (!loaded) return tl::unexpected(loaded.error());
    if (!loaded->file) continue;
    const auto rows = within(loaded->file->rows, {now + Duration{1}, kEndOfTime});
    if (rows.empty()) continue;
    if (!ahead) ahead = RowsAhead{0, {rows.front().start, rows.front().start}};
    ahead->rows += rows.size();
    ahead->range.end = rows.back().start + interval_;
  }
  return ahead;
}

Result<std::vector<Row>> Dataset::remove(TimeRange range, const Keep& keep) {
  std::vector<Row> removed;
  const auto present = months();
  if (!present) return tl::unexpected(present.error());
  for (const year_month month : *present) {
    if (!range_of(month).overlaps(range)) continue;
    auto gone = remove_from_month(month, range, keep);
    if (!gone) return tl::unexpected(gone.error());
    removed.insert(removed.end(), gone->begin(), gone->end());
  }
  return removed;
}

Result<std::vector<Row>> Dataset::remove_from_month(year_month month, TimeRange range, const Keep& keep) {
  const std::string key = month_key(month);
  std::vector<Row> tried;  // by a put that may have taken effect or not
  for (int attempts = 0;; ++attempts) {
    const auto loaded = load(key);
    if (!loaded) return tl::unexpected(loaded.error());
    if (!loaded->file) return std::vector<Row>{};
    const auto within_range = within(loaded->file->rows, range);
    if (within_range.empty()) return tried;
    if (!loaded->file->unwritable.empty()) return tl::unexpected(left_alone(loaded->file->unwritable));
    std::vector<Row> gone(within_range.begin(), within_range.end());
    if (auto kept = keep(gone); !kept) return tl::unexpected(kept.error());
    std::vector<Row> rest = loaded->file->rows;
    std::erase_if(rest, [&](const Row& row) { return range.contains(row.start); });
    const auto etag = store_.put(key, format_rows(rest), ports::PutCondition::if_match(loaded->file->etag));
    if (etag) {
      remember(key, File{*etag, std::move(rest), {}});
      return gone;
    }
    const bool unclear = etag.error().code == ErrorCode::unavailable;
    if (unclear) tried = std::move(gone);
    const int most = unclear ? kMaxFailures : kMaxConflicts;
    if ((!unclear && etag.error().code != ErrorCode::conflict) || attempts >= most) return tl::unexpected(etag.error());
  }
}

std::vector<std::string> Dataset::take_warnings() {
  return std::exchange(warnings_, {});
}

}  // namespace almanac::dataset
