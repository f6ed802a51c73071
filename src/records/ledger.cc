#include "records/ledger.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "records/ledger_lines.h"

namespace almanac::records {
namespace {

constexpr int kAttempts = 16;

// What to_json() starts a line with: enough to find it without parsing a day of JSON at each tick.
std::string line_start(Timestamp now, bool dry_run) {
  return fmt::format("{{\"now\":\"{}\",\"dry_run\":{},", format_timestamp(now), dry_run);
}

struct Span {
  std::size_t begin;
  std::size_t end;  // without the line feed
};

// The line that starts with `start`, searched from the end: it is nearly always the last.
std::optional<Span> find_line(std::string_view bytes, std::string_view start) {
  std::size_t end = bytes.size();
  while (end > 0) {
    const std::size_t feed = bytes.rfind('\n', end - 1);
    const std::size_t begin = feed == std::string_view::npos ? 0 : feed + 1;
    if (bytes.substr(begin, end - begin).starts_with(start)) return Span{begin, end};
    if (begin == 0) break;
    end = begin - 1;
  }
  return std::nullopt;
}

std::optional<Timestamp> time_of(std::string_view line) {
  constexpr std::string_view kStart = "{\"now\":\"";
  constexpr std::size_t kTimeLength = 20;
  if (line.starts_with(kStart) && line.size() > kStart.size() + kTimeLength) {
    const auto time = parse_timestamp(line.substr(kStart.size(), kTimeLength));
    if (time) return *time;
  }
  // Not as this program writes it, perhaps still a record.
  const auto record = from_json(line);
  return record ? std::optional(record->decision.now) : std::nullopt;
}

}  // namespace

std::string ledger_prefix(std::string_view group) {
  return fmt::format("{}/decisions/", group);
}

std::string ledger_key(std::string_view group, Timestamp time) {
  return fmt::format("{}{}.jsonl", ledger_prefix(group), format_timestamp(time).substr(0, 10));
}

std::string Ledger::key_of(Timestamp time) const {
  return ledger_key(group_, time);
}

Result<void> Ledger::edit(Timestamp day, const std::function<Result<bool>(std::string& bytes)>& change) {
  const std::string key = key_of(day);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto object = store_.get(key);
    if (!object && object.error().code != ErrorCode::not_found) {
      return tl::unexpected(with_context(object.error(), key));
    }
    std::string bytes = object ? std::move(object->bytes) : std::string();
    const auto changed = change(bytes);
    if (!changed) return tl::unexpected(changed.error());
    if (!*changed) return {};
    const auto put =
        store_.put(key, bytes, object ? ports::PutCondition::if_match(object->etag) : ports::PutCondition::if_absent());
    if (put) return {};
    // After a conflict the newer version is read and the change made again: `change` sees whether it is still needed.
    if (put.error().code != ErrorCode::conflict) return tl::unexpected(with_context(put.error(), key));
  }
  return fail(ErrorCode::conflict, fmt::format("{}: other writers were faster {} times", key, kAttempts));
}

Result<Ledger::Added> Ledger::add(const Record& record) {
  const std::string start = line_start(record.decision.now, record.decision.dry_run);
  const std::string line = to_json(record);
  Added added{record, true};
  const auto done = edit(record.decision.now, [&](std::string& bytes) -> Result<bool> {
    added = {record, true};
    if (const auto found = find_line(bytes, start)) {
      auto earlier = from_json(std::string_view(bytes).substr(found->begin, found->end - found->begin));
      // Our own line after an unclear answer to the put: it is new after all.
      if (earlier && *earlier == record) return false;
      if (earlier) {
        added = {std::move(*earlier), false};
        return false;
      }
      // A line that cannot be read decides nothing; it stays, and the tick gets a whole one.
    }
    if (!bytes.empty() && bytes.back() != '\n') bytes += '\n';
    bytes += line;
    bytes += '\n';
    return true;
  });
  if (!done) return tl::unexpected(done.error());
  return added;
}

Result<void> Ledger::amend(Timestamp now, bool dry_run, const std::function<bool(Record&)>& change) {
  const std::string start = line_start(now, dry_run);
  return edit(now, [&](std::string& bytes) -> Result<bool> {
    const auto found = find_line(bytes, start);
    if (!found) return fail(ErrorCode::not_found, "there is no decision for " + format_timestamp(now));
    auto record = from_json(std::string_view(bytes).substr(found->begin, found->end - found->begin));
    if (!record) return tl::unexpected(with_context(record.error(), "decision of " + format_timestamp(now)));
    if (!change(*record)) return false;
    bytes.replace(found->begin, found->end - found->begin, to_json(*record));
    return true;
  });
}

Result<void> Ledger::complete(Timestamp now, bool dry_run, const Outcome& outcome) {
  return amend(now, dry_run, [&](Record& record) {
    const bool unsettled = record.outcome.kind == Outcome::Kind::open || record.outcome.kind == Outcome::Kind::refused;
    if (!unsettled || record.outcome == outcome) return false;
    record.outcome = outcome;
    return true;
  });
}

Result<void> Ledger::annotate(Timestamp now, bool dry_run, const std::vector<std::string>& notices,
                              const std::vector<Condition>& conditions) {
  return amend(now, dry_run, [&](Record& record) {
    if (record.notices == notices && record.conditions == conditions) return false;
    record.notices = notices;
    record.conditions = conditions;
    return true;
  });
}

Result<std::optional<Record>> Ledger::find(Timestamp now, bool dry_run) const {
  const std::string key = key_of(now);
  const auto object = store_.get(key);
  if (!object) {
    if (object.error().code == ErrorCode::not_found) return std::nullopt;
    return tl::unexpected(with_context(object.error(), key));
  }
  const auto found = find_line(object->bytes, line_start(now, dry_run));
  if (!found) return std::nullopt;
  auto record = from_json(std::string_view(object->bytes).substr(found->begin, found->end - found->begin));
  if (!record) return std::nullopt;
  return std::move(*record);
}

Result<std::optional<Record>> Ledger::latest(Timestamp time, const std::function<bool(const Record&)>& accept) const {
  auto keys = store_.list(ledger_prefix(group_));
  if (!keys) return tl::unexpected(keys.error());
  const std::string last = key_of(time);
  for (auto key = keys->rbegin(); key != keys->rend(); ++key) {
    if (*key > last || !key->ends_with(".jsonl")) continue;
    const auto object = store_.get(*key);
    if (!object) return tl::unexpected(with_context(object.error(), *key));
    std::vector<std::pair<Timestamp, std::string_view>> lines;
    for_each_line(object->bytes, [&](std::string_view line) {
      if (const auto now = time_of(line); now && *now <= time) lines.emplace_back(*now, line);
    });
    // Writers that overtook each other may have appended out of order; of two lines of one tick the later one counts.
    std::stable_sort(lines.begin(), lines.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
      auto record = from_json(line->second);
      if (record && accept(*record)) return std::move(*record);
    }
  }
  return std::nullopt;
}

Result<const Ledger::Day*> Ledger::read_day(const std::string& key, bool over) {
  constexpr std::size_t kDaysKept = 5;
  const auto known = days_.find(key);
  if (over && known != days_.end()) {
    // What will not be compared again need not stay: a thousand groups have a thousand of these.
    known->second.bytes = {};
    return &known->second;
  }
  auto object = store_.get(key);
  if (!object) return tl::unexpected(with_context(object.error(), key));
  while (days_.size() >= kDaysKept && known == days_.end()) days_.erase(days_.begin());
  Day& day = days_[key];
  // Lines are appended, and at most the last one changes: what is still the same was parsed before.
  while (!day.lines.empty() &&
         !object->bytes.starts_with(std::string_view(day.bytes).substr(0, day.lines.back().end))) {
    day.lines.pop_back();
  }
  const std::size_t parsed = day.lines.empty() ? 0 : day.lines.back().end;
  day.bytes = std::move(object->bytes);
  const std::string_view all(day.bytes);
  for_each_line(all.substr(parsed), [&](std::string_view line) {
    const auto end = static_cast<std::size_t>(line.data() + line.size() - all.data());
    if (auto record = from_json(line)) day.lines.push_back({end, std::make_shared<const Record>(std::move(*record))});
  });
  if (keeps_ == Keeps::numbers) keep_numbers(day.lines);
  return &day;
}

// The last real decisions stay whole: the next one starts from them.
void Ledger::keep_numbers(std::vector<Line>& lines) {
  constexpr int kWhole = 3;
  int real = 0;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    const Decision& d = line->record->decision;
    if (real < kWhole) {
      real += d.dry_run ? 0 : 1;
      continue;
    }
    if (!line->whole) return;  // and so are those before
    Record numbers;
    numbers.decision.group = d.group;
    numbers.decision.now = d.now;
    numbers.decision.health = d.health;
    numbers.decision.cover_window = d.cover_window;
    numbers.decision.lead_time = d.lead_time;
    numbers.decision.demand_quantiles = d.demand_quantiles;
    numbers.decision.desired_before = d.desired_before;
    numbers.decision.desired = d.desired;
    numbers.decision.dry_run = d.dry_run;
    numbers.decided_at = line->record->decided_at;
    numbers.metrics_until = line->record->metrics_until;
    if (const auto& group = line->record->group) {
      numbers.group = ports::GroupState{
          .desired = group->desired, .in_service = group->in_service, .counted = group->counted, .unit = group->unit};
    }
    line->record = std::make_shared<const Record>(std::move(numbers));
    line->whole = false;
  }
}

Result<std::vector<std::shared_ptr<const Record>>> Ledger::between(TimeRange range) {
  std::vector<std::shared_ptr<const Record>> all;
  if (range.empty()) return all;
  auto keys = store_.list(ledger_prefix(group_));
  if (!keys) return tl::unexpected(keys.error());
  for (const std::string& key : *keys) {
    if (key < key_of(range.start) || key > key_of(range.end) || !key.ends_with(".jsonl")) continue;
    const auto day = read_day(key, key < key_of(range.end - kDay));
    if (!day) return tl::unexpected(day.error());
    for (const Line& line : (*day)->lines) {
      if (range.contains(line.record->decision.now)) all.push_back(line.record);
    }
  }
  return all;
}

}  // namespace almanac::records
