#include "insight/insight.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "insight/answers.h"
#include "insight/outlook.h"

namespace almanac::insight {
namespace {

constexpr std::size_t kReadersKept = 8;           // groups whose weeks are in memory
constexpr std::chrono::milliseconds kLazily{30};  // of a fleet answer that may go into refreshing

}  // namespace

Result<long long> cursor_of(const std::optional<std::string>& cursor, long long otherwise) {
  if (!cursor) return otherwise;
  long long number = 0;
  const auto [end, error] = std::from_chars(cursor->data(), cursor->data() + cursor->size(), number);
  if (error != std::errc() || end != cursor->data() + cursor->size() || number < 0)
    return fail(ErrorCode::invalid_input, "cursor: expected the next_cursor of the page before");
  return number;
}

Result<void> check_days(int days, int most) {
  if (days >= 1 && days <= most) return {};
  return fail(ErrorCode::invalid_input, fmt::format("days: {}; expected 1 to {}", days, most));
}

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

}  // namespace almanac::insight
