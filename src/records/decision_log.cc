#include "records/decision_log.h"

#include <algorithm>

#include "records/ledger_lines.h"

namespace almanac::records {
namespace {

void in_order(std::vector<DecisionPoint>& points) {
  std::stable_sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.now < b.now; });
}

}  // namespace

std::string DecisionLog::key_of(Timestamp time) const {
  return ledger_key(group_, time);
}

Result<const DecisionLog::Day*> DecisionLog::day_of(const std::string& key, bool over) {
  const auto known = days_.find(key);
  if (known != days_.end() && known->second.over) return &known->second;
  const auto object = store_.get(key);
  if (!object && object.error().code != ErrorCode::not_found) {
    return tl::unexpected(with_context(object.error(), key));
  }
  const std::string etag = object ? object->etag : std::string();
  if (known != days_.end() && known->second.etag == etag) {
    known->second.over = over;
    return &known->second;
  }
  Day day{etag, {}, over};
  if (object) {
    for_each_line(object->bytes, [&](std::string_view line) {
      auto point = skim(line);
      if (point && !point->dry_run) day.points.push_back(std::move(*point));
    });
  }
  in_order(day.points);
  if (days_.size() >= kDaysKept && known == days_.end()) days_.erase(days_.begin());
  return &days_.insert_or_assign(key, std::move(day)).first->second;
}

Result<std::vector<DecisionPoint>> DecisionLog::between(TimeRange range) {
  std::vector<DecisionPoint> all;
  if (range.empty()) return all;
  const auto keys = store_.list(ledger_prefix(group_));
  if (!keys) return tl::unexpected(keys.error());
  const std::string first = key_of(range.start), last = key_of(range.end);
  // The newest two days may still grow.
  const std::string growing = keys->size() < 2 ? std::string() : (*keys)[keys->size() - 2];
  for (const std::string& key : *keys) {
    if (key < first || key > last || !key.ends_with(".jsonl")) continue;
    const auto day = day_of(key, key < growing);
    if (!day) return tl::unexpected(day.error());
    for (const DecisionPoint& point : (*day)->points) {
      if (range.contains(point.now)) all.push_back(point);
    }
  }
  return all;
}

Result<std::vector<Record>> DecisionLog::newest(TimeRange range, std::size_t limit) const {
  std::vector<Record> found;
  const auto keys = store_.list(ledger_prefix(group_));
  if (!keys) return tl::unexpected(keys.error());
  const std::string first = key_of(range.start), last = key_of(range.end);
  for (auto key = keys->rbegin(); key != keys->rend() && found.size() < limit; ++key) {
    if (*key < first || *key > last || !key->ends_with(".jsonl")) continue;
    const auto object = store_.get(*key);
    if (!object) return tl::unexpected(with_context(object.error(), *key));
    for_each_line_backwards(object->bytes, [&](std::string_view line) {
      const auto point = skim(line);
      if (!point || point->dry_run || !range.contains(point->now)) return true;
      if (auto record = from_json(line)) found.push_back(std::move(*record));
      return found.size() < limit;
    });
  }
  return found;
}

Result<DecisionLog::Tail> DecisionLog::tail(Timestamp since, Timestamp until) const {
  Tail tail;
  for (Timestamp day = floor_to(until, kDay); day + kDay > since || !tail.latest; day -= kDay) {
    if (day + 2 * kDay < until) break;
    const auto object = store_.get(key_of(day));
    if (!object && object.error().code == ErrorCode::not_found) continue;
    if (!object) return tl::unexpected(with_context(object.error(), key_of(day)));
    for_each_line_backwards(object->bytes, [&](std::string_view line) {
      auto point = skim(line);
      if (!point || point->dry_run || point->now > until) return true;
      if (!tail.latest || tail.latest->decision.now < point->now) {
        if (auto record = from_json(line)) tail.latest = std::move(*record);
      }
      // Writers that overtook each other may have appended out of order, but not by an hour.
      if (point->now < since) return point->now + kHour > since;
      tail.points.push_back(std::move(*point));
      return true;
    });
  }
  in_order(tail.points);
  return tail;
}

}  // namespace almanac::records
