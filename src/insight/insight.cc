#include "insight/insight.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "core/series.h"
#include "insight/answers.h"
#include "insight/load_trace.h"
#include "insight/outlook.h"
#include "records/ledger.h"

namespace almanac::insight {
namespace {

constexpr std::size_t kReadersKept = 8;           // groups whose weeks are in memory
constexpr std::chrono::milliseconds kLazily{30};  // of a fleet answer that may go into refreshing
constexpr Duration kPlannedAhead{6 * kHour};
constexpr Duration kMostAhead{7 * kDay};
constexpr Duration kCalendarAhead{28 * kDay};
constexpr Duration kLongestCalendar{400 * kDay};
constexpr int kMostSavingsDays = 31, kMostBacktestDays = 28;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// A cursor is a number that an answer before gave out.
Result<long long> cursor_of(const std::optional<std::string>& cursor, long long otherwise) {
  if (!cursor) return otherwise;
  long long number = 0;
  const auto [end, error] = std::from_chars(cursor->data(), cursor->data() + cursor->size(), number);
  if (error != std::errc() || end != cursor->data() + cursor->size() || number < 0)
    return fail(ErrorCode::invalid_input, "cursor: expected the next_cursor of the page before");
  return number;
}

Result<void> within(const char* name, long long value, long long least, long long most) {
  if (value >= least && value <= most) return {};
  return fail(ErrorCode::invalid_input, fmt::format("{}: {}; expected {} to {}", name, value, least, most));
}

bool stale_at(const records::Record& record, const std::string& feed) {
  return std::any_of(record.conditions.begin(), record.conditions.end(), [&](const records::Condition& condition) {
    return condition.kind == ports::NotificationKind::calendar_stale && condition.subject == feed;
  });
}

// The feeds of the view's calendar: when the last tick that could read each was. `reader` looks further back for one
// that is stale.
std::vector<FeedState> feeds_of(const GroupView& view, GroupReader& reader, Timestamp now) {
  constexpr std::size_t kLookBack = 300;  // ticks
  constexpr std::string_view kCopy = " (last good copy)";
  std::vector<FeedState> feeds;
  std::vector<std::string> names;
  for (std::string name : view.calendar.sources) {
    if (name.ends_with(kCopy)) name.resize(name.size() - kCopy.size());
    names.push_back(std::move(name));
  }
  for (const records::Condition& condition : view.calendar.conditions) {
    const bool stale = condition.kind == ports::NotificationKind::calendar_stale;
    if (stale && std::find(names.begin(), names.end(), condition.subject) == names.end())
      names.push_back(condition.subject);
  }
  for (const std::string& name : names) {
    FeedState feed{name, view.latest && stale_at(*view.latest, name), std::nullopt};
    if (view.latest && !feed.stale) feed.age = std::max(Duration{0}, now - view.latest->decision.now);
    if (feed.stale) {
      const auto before = reader.newest({view.tick - kDay, view.tick}, kLookBack);
      const auto good = before ? std::find_if(before->begin(), before->end(),
                                              [&](const auto& record) { return !stale_at(record, name); })
                               : std::vector<records::Record>::const_iterator();
      if (before && good != before->end()) feed.age = now - good->decision.now;
    }
    feeds.push_back(std::move(feed));
  }
  return feeds;
}

}  // namespace

Insight::Insight(std::vector<Source> groups, ports::ObjectStore& store, std::function<Timestamp()> now)
    : store_(store), now_(std::move(now)) {
  groups_.resize(groups.size());
  for (std::size_t i = 0; i < groups_.size(); ++i) {
    Group& group = groups_[i];
    group.source = std::move(groups[i]);
    group.summary = std::make_unique<SummaryReader>(
        store_, group.source.settings, group.source.feeds,
        [this, i](const calendar::Event& event) { return uplift_of(groups_[i], event); });
    by_name_[group.source.settings.name] = i;
  }
  if (!groups_.empty()) interval_ = groups_.front().source.settings.interval;
}

Result<const Insight::Group*> Insight::find(const std::string& name) const {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return fail(ErrorCode::not_found, "there is no such group");
  return &groups_[found->second];
}

std::shared_ptr<GroupReader> Insight::reader(const Group& group) {
  const MutexLock lock(mutex_);
  auto& [reader, used] = readers_[group.source.settings.name];
  used = ++uses_;
  if (reader) return reader;
  reader = std::make_shared<GroupReader>(store_, group.source.settings, group.source.feeds);
  auto made = reader;
  while (readers_.size() > kReadersKept) {
    readers_.erase(std::min_element(readers_.begin(), readers_.end(), [](const auto& a, const auto& b) {
      return a.second.last_use < b.second.last_use;
    }));
  }
  return made;
}

std::optional<double> Insight::uplift_of(const Group& group, const calendar::Event& event) {
  const auto view = reader(group)->view(now_());
  if (!view) return std::nullopt;
  const Outlook outlook((*view)->known, (*view)->calendar.calendar, (*view)->tick, kDay);
  const auto expected = outlook.expect(event, outlook.earlier(event));
  return expected ? std::optional(expected->middle) : std::nullopt;
}

Result<std::shared_ptr<const GroupView>> Insight::view(const std::string& name) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  return reader(**group)->view(now_());
}

// A summary that nobody refreshed after this tick is read when somebody asks for its group.
std::shared_ptr<const Summary> Insight::fresh_summary(const Group& group) {
  auto last = group.summary->last();
  const Timestamp now = now_();
  if (last && now - last->tick < 2 * interval_ && last->tick <= now) return last;
  return group.summary->refresh(now);
}

void Insight::tick_done(const std::string& name, Timestamp now) {
  const auto group = find(name);
  if (!group) return;
  {
    const MutexLock lock(mutex_);
    const auto kept = readers_.find(name);
    if (kept != readers_.end()) kept->second.reader->changed();
  }
  (*group)->summary->refresh(now);
}

void Insight::warm_up(const std::function<bool()>& stop) {
  for (const Group& group : groups_) {
    if (stop && stop()) return;
    if (!group.summary->last()) group.summary->refresh(now_());
  }
}

void Insight::refresh_some() {
  const auto until = std::chrono::steady_clock::now() + kLazily;
  for (std::size_t i = 0; i < groups_.size() && std::chrono::steady_clock::now() < until; ++i) {
    std::size_t at = 0;
    {
      const MutexLock lock(mutex_);
      at = refreshed_ = (refreshed_ + 1) % groups_.size();
    }
    (void)fresh_summary(groups_[at]);
  }
}

Result<std::string> Insight::groups(const PageQuery& page) {
  const bool by_name = page.sort && *page.sort == "name";
  if (page.sort && !by_name && *page.sort != "attention")
    return fail(ErrorCode::invalid_input, "sort: expected attention or name");
  const auto first = cursor_of(page.cursor, 0);
  if (!first) return tl::unexpected(first.error());
  refresh_some();
  const Timestamp now = now_();
  const std::string wanted = page.query ? lower(*page.query) : std::string();
  struct Row {
    const Group* group;
    std::shared_ptr<const Summary> summary;
    Attention attention;
  };
  std::vector<Row> rows;
  for (const Group& group : groups_) {
    if (!wanted.empty() && lower(group.source.settings.name).find(wanted) == std::string::npos) continue;
    auto summary = group.summary->last();
    Attention attention = attention_of(summary.get(), group.summary->settings(), now);
    rows.push_back({&group, std::move(summary), std::move(attention)});
  }
  std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    if (!by_name && a.attention.level != b.attention.level) return a.attention.level > b.attention.level;
    return a.group->source.settings.name < b.group->source.settings.name;
  });
  const auto from = std::min(rows.size(), static_cast<std::size_t>(*first));
  const auto end = std::min(rows.size(), from + static_cast<std::size_t>(std::max(1, page.limit)));
  JsonWriter json;
  json.begin_object();
  json.key("groups");
  json.begin_array();
  for (std::size_t i = from; i < end; ++i) {
    json.begin_object();
    put_summary(json, rows[i].summary.get(), rows[i].group->summary->settings(), rows[i].attention, now);
    json.end_object();
  }
  json.end_array();
  json.field("total", rows.size());
  json.key("next_cursor");
  end < rows.size() ? json.value(std::to_string(end)) : json.null();
  json.end_object();
  return json.text();
}

Result<std::string> Insight::group(const std::string& name) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  const auto summary = fresh_summary(**group);
  const auto from = reader(**group);
  const auto view = from->view(now_());
  if (!view) return tl::unexpected(view.error());
  std::optional<Duration> calendar_age;
  for (const FeedState& feed : feeds_of(**view, *from, now_()))
    if (feed.age) calendar_age = std::max(calendar_age.value_or(Duration{0}), *feed.age);
  return group_answer(**view, summary.get(), now_(), calendar_age);
}

Result<std::string> Insight::series(const std::string& name, RangeQuery range, std::optional<Duration> step) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  const auto from = reader(**group);
  const auto view = from->view(now_());
  if (!view) return tl::unexpected(view.error());
  const auto asked = series_range(range.from, range.to, step, interval_, (*view)->tick);
  if (!asked) return tl::unexpected(asked.error());
  constexpr Duration kBooting{6 * kHour};
  const auto points = from->points({asked->range.start - kBooting, asked->range.end + interval_});
  if (!points) return tl::unexpected(points.error());
  std::string planned = R"({"time":[],"q50":[],"q90":[],"q99":[],"capacity":[]})";
  if (asked->to_the_present) {
    auto made = from->answer(now_(), "planned",
                             [](const GroupView& v) -> Result<std::string> { return planned_json(v, kPlannedAhead); });
    if (made) planned = std::move(*made);
  }
  return series_answer(**view, *points, *asked, planned);
}

Result<std::string> Insight::forecast(const std::string& name, Duration ahead) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  if (ahead <= Duration{0} || ahead > kMostAhead)
    return fail(ErrorCode::invalid_input, "ahead: expected more than nothing and at most 7d");
  return reader(**group)->answer(
      now_(), fmt::format("forecast {}", ahead.count()),
      [ahead](const GroupView& view) -> Result<std::string> { return forecast_answer(view, ahead); });
}

Result<std::string> Insight::decisions(const std::string& name, RangeQuery range, const PageQuery& page) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  const Timestamp end = range.to.value_or(now_() + interval_);
  const auto before = cursor_of(page.cursor, end.time_since_epoch().count());
  if (!before) return tl::unexpected(before.error());
  const TimeRange asked{range.from.value_or(Timestamp{}), std::min(end, Timestamp{Duration{*before}})};
  const auto limit = static_cast<std::size_t>(std::clamp(page.limit, 1, 1000));
  const auto records = reader(**group)->newest(asked, limit + 1);
  if (!records) return tl::unexpected(records.error());
  return decisions_answer(*records, limit);
}

Result<std::string> Insight::decision(const std::string& name, Timestamp time) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  const auto record = records::Ledger(store_, name).find(time, false);
  if (!record) return tl::unexpected(record.error());
  if (!*record) return fail(ErrorCode::not_found, "there was no decision at " + format_timestamp(time));
  const auto view = reader(**group)->view(now_());
  return decision_answer(**record, view ? (*view)->calendar.calendar : calendar::Calendar());
}

Result<std::string> Insight::calendar(const std::string& name, RangeQuery range) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  const auto from = reader(**group);
  const auto view = from->view(now_());
  if (!view) return tl::unexpected(view.error());
  TimeRange asked;
  asked.start = range.from.value_or((*view)->tick);
  asked.end = range.to.value_or(asked.start + kCalendarAhead);
  if (asked.empty() || asked.duration() > kLongestCalendar)
    return fail(ErrorCode::invalid_input, "expected a range of time of at most 400 days");
  const auto feeds = feeds_of(**view, *from, now_());
  const std::string key =
      fmt::format("calendar {} {}", asked.start.time_since_epoch().count(), asked.end.time_since_epoch().count());
  return from->answer(now_(), key,
                      [&](const GroupView& v) -> Result<std::string> { return calendar_answer(v, asked, feeds); });
}

Result<std::string> Insight::savings(const std::string& name, int days) {
  const auto group = find(name);
  if (!group) return tl::unexpected(group.error());
  if (auto fits = within("days", days, 1, kMostSavingsDays); !fits) return tl::unexpected(fits.error());
  return reader(**group)->answer(now_(), fmt::format("savings {}", days),
                                 [days](const GroupView& view) { return savings_answer(view, days); });
}

Result<std::string> Insight::plan(const std::string& name, const std::string& calendar_text,
                                  const std::string& file_name, int days) {
  const auto view = this->view(name);
  if (!view) return tl::unexpected(view.error());
  const MutexLock one_at_a_time(planning_);
  const auto made = what_if(**view, ChangedCalendar{calendar_text, file_name.empty() ? "calendar" : file_name}, days);
  if (!made) return tl::unexpected(made.error());
  JsonWriter json;
  json.begin_object();
  put_what_if(json, *made);
  json.end_object();
  return json.text();
}

Result<std::string> Insight::start_backtest(const std::string& name, int days) {
  if (auto fits = within("days", days, 1, kMostBacktestDays); !fits) return tl::unexpected(fits.error());
  const auto found = this->view(name);
  if (!found) return tl::unexpected(found.error());
  const GroupView& view = **found;
  // The controller is warmed up on two weeks before the window, and the first model learns from what lies before those.
  constexpr Duration kBehind{(14 + 42) * kDay}, kLeastBehind{kWeek};
  BacktestRequest request;
  request.group = name;
  request.window = {std::max(view.tick - kDay * days, view.known.history.start), view.tick};
  if (request.window.start - view.known.history.start < kLeastBehind) {
    return fail(ErrorCode::invalid_input,
                fmt::format("a backtest of {} days needs a week of history before them; there are {} in all", days,
                            format_duration(
                                floor_to(Timestamp{view.tick - view.known.history.start}, kHour).time_since_epoch())));
  }
  request.trace = load_trace(view.known, {request.window.start - kBehind, view.tick});
  request.trace.name = name;
  request.calendar = view.calendar.calendar;
  request.plant = {1, static_cast<int>((view.lead_time() + kMinute - Duration{1}) / kMinute),
                   view.settings.policy.utilisation, view.limits().min, view.limits().max};
  request.interval = interval_;
  request.seed = view.settings.seed;
  request.use_lstm = view.settings.use_lstm;
  request.objective = view.settings.policy.objective;
  const auto id = jobs_.start(std::move(request));
  if (!id) return tl::unexpected(id.error());
  JsonWriter json;
  json.begin_object();
  json.field("id", *id);
  json.end_object();
  return json.text();
}

Result<std::string> Insight::backtest(const std::string& id) {
  const auto status = jobs_.status(id);
  if (!status) return tl::unexpected(status.error());
  return backtest_answer(*status);
}

Result<void> Insight::cancel_backtest(const std::string& id) {
  return jobs_.cancel(id);
}

}  // namespace almanac::insight
