#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "calendar/ical_event.h"
#include "calendar/text.h"

namespace almanac::calendar {
namespace {

class Joiner {
 public:
  Joiner(std::string_view name, std::vector<Problem>& problems) : name_(name), problems_(problems) {}

  std::vector<Entry> join(std::vector<Draft> drafts);

 private:
  void problem(std::string_view where, std::string message) {
    problems_.push_back({fmt::format("{}: {}", name_, where), std::move(message)});
  }
  // Of what is in use, though perhaps not as it was meant.
  void doubt(std::string_view where, std::string message) {
    problems_.push_back({fmt::format("{}: {}", name_, where), std::move(message), false});
  }

  std::vector<const Draft*> latest_revisions();
  void join_override(const Draft& change, Entry* master, const Draft* master_draft);
  bool exclude(Entry& entry, const IcalMoment& moment);
  void finish(const Draft& draft, Entry& entry);

  std::string_view name_;
  std::vector<Problem>& problems_;
  std::vector<Draft> drafts_;
  std::vector<Entry> entries_;
};

// Keeps the highest SEQUENCE among entries of one UID, and among changes of one occurrence. Two entries that share a
// UID and a SEQUENCE are two events by mistake: both are kept.
std::vector<const Draft*> Joiner::latest_revisions() {
  using Key = std::tuple<std::string, bool, Timestamp>;
  std::map<Key, std::vector<const Draft*>> groups;
  std::vector<Key> order;
  for (const Draft& draft : drafts_) {
    Key key{draft.entry.first.uid, draft.replaces.has_value(), draft.replaces ? draft.replaces->utc() : Timestamp{}};
    auto& group = groups[key];
    if (group.empty()) order.push_back(key);
    group.push_back(&draft);
  }
  std::vector<const Draft*> result;
  for (const Key& key : order) {
    const auto& group = groups[key];
    const auto by_sequence = [](const Draft* a, const Draft* b) { return a->sequence < b->sequence; };
    const int highest = (*std::max_element(group.begin(), group.end(), by_sequence))->sequence;
    bool first = true;
    for (const Draft* draft : group) {
      if (draft->sequence < highest) {
        doubt(draft->where, fmt::format("SEQUENCE {} is older than {} of the same UID; the newer one is used",
                                        draft->sequence, highest));
        continue;
      }
      if (!first) doubt(draft->where, "another VEVENT has the same UID and SEQUENCE; both are used");
      first = false;
      result.push_back(draft);
    }
  }
  return result;
}

bool Joiner::exclude(Entry& entry, const IcalMoment& moment) {
  if (moment.is_date) {
    entry.excluded_days.push_back(moment.local);
    return occurs_on(entry, moment.local);
  }
  if (entry.first.all_day) {
    const LocalTime day = std::chrono::floor<std::chrono::days>(entry.zone->to_local(moment.utc()));
    entry.excluded_days.push_back(day);
    return occurs_on(entry, day);
  }
  entry.excluded.push_back(moment.utc());
  return occurs_at(entry, moment.utc());
}

void Joiner::finish(const Draft& draft, Entry& entry) {
  for (const std::string& rule : draft.rules)
    add_rule(entry, rule, [&](std::string message) { problem(draft.where + ": RRULE", std::move(message)); });
  if (!draft.extra.empty() && entry.length.civil + entry.length.exact > kLongestRecurring) {
    problem(draft.where + ": RDATE",
            fmt::format("an event that repeats may last at most {}; ignored", format_duration(kLongestRecurring)));
  } else {
    for (const auto& [moment, text] : draft.extra) {
      const bool time_of_start = moment.is_date && !entry.first.all_day;  // a date alone: at the usual time of day
      const LocalTime day_start = std::chrono::floor<std::chrono::days>(entry.start);
      entry.more_starts.push_back(time_of_start ? moment.local + (entry.start - day_start)
                                                : entry.zone->to_local(moment.utc()));
    }
  }
  for (const auto& [moment, text] : draft.excluded)
    if (!exclude(entry, moment))
      doubt(draft.where, fmt::format("no occurrence starts at {}; nothing is excluded", text));
}

void Joiner::join_override(const Draft& change, Entry* master, const Draft* master_draft) {
  if (master != nullptr && (change.usable || change.cancelled)) {
    IcalMoment replaced = *change.replaces;
    if (replaced.floating) replaced.zone = master->zone;
    if (!exclude(*master, replaced))
      doubt(change.where + ": RECURRENCE-ID",
            fmt::format("{} has no occurrence then; {}", in_quotes(master->first.name),
                        change.cancelled ? "nothing is cancelled" : "used as one event more"));
  }
  if (change.cancelled || !change.usable) return;
  Entry entry = change.entry;
  if (!change.rules.empty() || !change.extra.empty())
    problem(change.where, "an occurrence that is changed cannot repeat; used once");
  if (master_draft != nullptr) {
    const Event& usual = master_draft->entry.first;
    if (!change.has_name) entry.first.name = usual.name;
    if (!change.has_kind) entry.first.kind = usual.kind;
    if (!entry.first.expected_uplift) entry.first.expected_uplift = usual.expected_uplift;
    if (!entry.first.minimum_instances) entry.first.minimum_instances = usual.minimum_instances;
  }
  if (entry.first.name.empty()) entry.first.name = entry.first.uid;
  entries_.push_back(std::move(entry));
}

std::vector<Entry> Joiner::join(std::vector<Draft> drafts) {
  drafts_ = std::move(drafts);
  for (Draft& draft : drafts_) {
    if (draft.has_name || draft.replaces || draft.cancelled) continue;
    draft.entry.first.name = draft.entry.first.uid;
    if (draft.usable) doubt(draft.where, fmt::format("no SUMMARY; {} is used", in_quotes(draft.entry.first.uid)));
  }
  const std::vector<const Draft*> latest = latest_revisions();
  std::map<std::string, std::size_t> masters;  // UID -> index into entries_
  std::map<std::string, const Draft*> master_drafts;
  std::map<std::string, int> uses;
  for (const Draft* draft : latest) {
    if (draft->replaces) continue;
    master_drafts.emplace(draft->entry.first.uid, draft);
    if (draft->cancelled || !draft->usable) continue;
    Entry entry = draft->entry;
    finish(*draft, entry);
    masters.emplace(entry.first.uid, entries_.size());
    if (const int count = ++uses[entry.first.uid]; count > 1) entry.first.uid += fmt::format("#{}", count);
    entries_.push_back(std::move(entry));
  }
  for (const Draft* draft : latest) {
    if (!draft->replaces) continue;
    const auto master_draft = master_drafts.find(draft->entry.first.uid);
    const bool known = master_draft != master_drafts.end();
    if (known && master_draft->second->cancelled) continue;  // the whole series is off
    const auto master = masters.find(draft->entry.first.uid);
    join_override(*draft, master == masters.end() ? nullptr : &entries_[master->second],
                  known ? master_draft->second : nullptr);
  }
  for (Entry& entry : entries_) {
    std::sort(entry.excluded.begin(), entry.excluded.end());
    std::sort(entry.excluded_days.begin(), entry.excluded_days.end());
  }
  return std::move(entries_);
}

}  // namespace

std::vector<Entry> join_drafts(std::vector<Draft> drafts, std::string_view name, std::vector<Problem>& problems) {
  return Joiner(name, problems).join(std::move(drafts));
}

}  // namespace almanac::calendar
