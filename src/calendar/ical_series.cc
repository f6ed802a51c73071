// Changes and cancellations of occurrences, joined to the series they belong to.

#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <map>

#include "calendar/ical_event.h"
#include "calendar/ical_repetition.h"
#include "calendar/ical_revisions.h"
#include "calendar/text.h"

namespace almanac::calendar {
namespace {

// All VEVENTs of one UID.
struct Family {
  std::vector<const Draft*> masters;  // without RECURRENCE-ID
  std::vector<const Draft*> changes;  // with one
};

// A master as an entry.
struct Member {
  const Draft* draft;
  Entry entry;
};

class Joiner : Reporter {
 public:
  Joiner(std::string_view name, std::vector<Problem>& problems)
      : Reporter(name, problems), revisions_(name, problems) {}

  std::vector<Entry> join(std::vector<Draft> drafts);

 private:
  void join_family(const Family& family);
  void tell_of_nothing_cancelled(const Family& family);
  void apply_changes(const std::vector<const Draft*>& changes, const std::vector<const Draft*>& masters,
                     std::vector<Member>& members);
  void cancel_occurrences(const std::vector<const Draft*>& masters, std::vector<Member>& members);
  void change_rest(const Draft& change, Member& member);
  void change_one(const Draft& change, Member* member);
  bool is_stale(const Draft& change, const Member& member);
  Entry entry_of_change(const Draft& change, const Event* usual);

  Revisions revisions_;
  std::vector<Entry> entries_;
};

// Finds the member of a family that a change belongs to: the one whose occurrence it names, else the first that
// repeats, else the first.
class Owners {
 public:
  explicit Owners(std::vector<Member>& members) : members_(members) {
    for (Member& member : members) {
      if (member.entry.recurring())
        repeating_.push_back(&member);
      else
        single_.emplace(member.entry.first.span.start, &member);
    }
  }

  // Null where the family has no member.
  Member* of(const Draft& change) const {
    if (members_.empty()) return nullptr;
    constexpr std::size_t kMostAsked = 8;  // series of one UID; more are nobody's calendar
    for (std::size_t i = 0; i < std::min(repeating_.size(), kMostAsked); ++i)
      if (own_start_meant(repeating_[i]->entry, replaced_by(change, repeating_[i]->entry))) return repeating_[i];
    const auto found = single_.find(replaced_by(change, members_.front().entry).utc());
    if (found != single_.end()) return found->second;
    return repeating_.empty() ? &members_.front() : repeating_.front();
  }

 private:
  std::vector<Member>& members_;
  std::vector<Member*> repeating_;
  std::map<Timestamp, Member*> single_;
};

Entry Joiner::entry_of_change(const Draft& change, const Event* usual) {
  Entry entry = change.entry;
  if (usual != nullptr) {
    if (!change.has_name) entry.first.name = usual->name;
    if (!change.has_kind) entry.first.kind = usual->kind;
    if (!entry.first.expected_uplift) entry.first.expected_uplift = usual->expected_uplift;
    if (!entry.first.minimum_instances) entry.first.minimum_instances = usual->minimum_instances;
  }
  if (entry.first.name.empty()) entry.first.name = entry.first.uid;
  return entry;
}

// RANGE=THISANDFUTURE: the occurrence it names and all after it move by the same stretch of the wall clock and take its
// length. With a rule of its own, it replaces the rest of the series.
void Joiner::change_rest(const Draft& change, Member& member) {
  Entry& series = member.entry;
  constexpr std::size_t kMostChanges = 200;  // every look-up walks them
  if (series.changes.size() >= kMostChanges)
    return problem(change.where, fmt::format("more than {} changes of the rest of one series; not used", kMostChanges));
  const IcalMoment replaced = replaced_by(change, series);
  const auto own = own_start_meant(series, replaced);
  if (!own)
    doubt(change.where + ": RECURRENCE-ID",
          fmt::format("{} has no occurrence then; what comes later is changed", in_quotes(series.first.name)));
  Change rest;
  rest.from = own ? own->local : series.zone->to_local(replaced.utc());
  rest.cancelled = change.cancelled || (!change.rules.empty() && change.rules != member.draft->rules);
  rest.zone = series.zone;
  if (!change.cancelled) {
    const Entry changed = entry_of_change(change, &labels_of(series, rest.from));
    rest.shift = changed.start - rest.from;
    rest.zone = changed.zone;
    rest.length = changed.length;
    rest.labels = changed.first;
    if (rest.cancelled) {
      entries_.push_back(changed);
      add_repetition(change, entries_.back(), *this);
    }
  }
  if (!series.changes.empty() && series.changes.back().from >= rest.from) series.changes.pop_back();
  series.changes.push_back(std::move(rest));
}

// Which of two drafts of one SEQUENCE was written first, by what both state.
std::strong_ordering by_date(const Draft& a, const Draft& b) {
  if (a.last_modified && b.last_modified) return *a.last_modified <=> *b.last_modified;
  if (a.stamp && b.stamp) return *a.stamp <=> *b.stamp;
  return std::strong_ordering::equal;
}

// A change of a date that the series no longer has, made before the series was written: of a lower SEQUENCE, or, where
// the series excludes the date, of an earlier date. Some programs exclude what they change, so one of the same age
// stands.
bool Joiner::is_stale(const Draft& change, const Member& member) {
  const Draft& series = *member.draft;
  if (change.sequence > series.sequence) return false;
  const auto own = own_start_meant(member.entry, replaced_by(change, member.entry));
  const bool excluded = own && is_excluded(member.entry, *own);
  if (own && !excluded) return false;
  const std::string place = change.where + ": RECURRENCE-ID";
  if (change.sequence < series.sequence) {
    doubt(place,
          fmt::format("SEQUENCE {} is older than {} of the series, which no longer has this occurrence; not used",
                      change.sequence, series.sequence));
    return true;
  }
  if (!excluded || change.cancelled) return false;
  const auto age = by_date(change, series);
  if (age < 0)
    doubt(place, "LAST-MODIFIED or DTSTAMP is older than that of the series, which excludes this occurrence; not used");
  else if (age == 0)
    doubt(place, "the series excludes this occurrence, and neither SEQUENCE nor a date says which is newer; used");
  return age < 0;
}

void Joiner::change_one(const Draft& change, Member* member) {
  const Event* usual = nullptr;
  if (member != nullptr) {
    const IcalMoment replaced = replaced_by(change, member->entry);
    if (!exclude(member->entry, replaced))
      doubt(change.where + ": RECURRENCE-ID",
            fmt::format("{} has no occurrence then; {}", in_quotes(member->entry.first.name),
                        change.cancelled ? "nothing is cancelled" : "used as one event more"));
    usual = &labels_of(member->entry, member->entry.zone->to_local(replaced.utc()));
  }
  if (change.cancelled) return;
  if (repeats(change)) problem(change.where, "an occurrence that is changed cannot repeat; used once");
  entries_.push_back(entry_of_change(change, usual));
}

// A cancelled VEVENT without RECURRENCE-ID that starts as an occurrence of a series does takes back that occurrence.
void Joiner::cancel_occurrences(const std::vector<const Draft*>& masters, std::vector<Member>& members) {
  for (const Draft* cancel : masters)
    for (Member& member : members)
      if (cancel->cancelled && cancel->start && member.entry.recurring() && own_start_at(member.entry, *cancel->start))
        member.entry.excluded.push_back(*cancel->start);
}

// A file of cancellations beside the one that they are for: nothing would say that they do nothing.
void Joiner::tell_of_nothing_cancelled(const Family& family) {
  const auto cancels = [](const Draft* draft) { return draft->cancelled && draft->by_method; };
  const std::vector<const Draft*>& some = family.masters.empty() ? family.changes : family.masters;
  if (std::all_of(family.masters.begin(), family.masters.end(), cancels) &&
      std::all_of(family.changes.begin(), family.changes.end(), cancels))
    doubt(some.front()->where, fmt::format("takes back UID {}, which this file does not hold; nothing is cancelled",
                                           in_quotes(some.front()->entry.first.uid)));
}

void Joiner::join_family(const Family& family) {
  const std::vector<const Draft*> masters = revisions_.of_masters(family.masters);
  std::vector<Member> members;
  for (const Draft* draft : masters) {
    if (draft->cancelled || !draft->usable) continue;
    members.push_back({draft, draft->entry});
    add_repetition(*draft, members.back().entry, *this);
  }
  const auto is_cancelled = [](const Draft* master) { return master->cancelled; };
  tell_of_nothing_cancelled(family);
  const bool all_off = members.empty() && std::any_of(family.masters.begin(), family.masters.end(), is_cancelled);
  const Entry* series = members.empty() ? nullptr : &members.front().entry;
  if (!all_off) apply_changes(revisions_.of_changes(family.changes, series), masters, members);
  int count = 0;
  for (Member& member : members) {
    Entry& entry = member.entry;
    sort_exclusions(entry);
    if (++count > 1) entry.first.uid += fmt::format("#{}", count);
    entries_.push_back(std::move(entry));
  }
}

// First what changes the rest of a series, so that exceptions and single changes may name the starts that it made.
void Joiner::apply_changes(const std::vector<const Draft*>& changes, const std::vector<const Draft*>& masters,
                           std::vector<Member>& members) {
  const Owners owners(members);
  const auto of_rest = [](const Draft* change, const Member* member) {
    return change->this_and_future && member != nullptr && member->entry.recurring();
  };
  for (const Draft* change : changes) {
    Member* member = owners.of(*change);
    if (of_rest(change, member) && !is_stale(*change, *member)) change_rest(*change, *member);
  }
  for (Member& member : members)
    for (const auto& [moment, length, text] : member.draft->excluded)
      if (!exclude(member.entry, moment))
        doubt(member.draft->where, fmt::format("no occurrence starts at {}; nothing is excluded", text));
  cancel_occurrences(masters, members);
  for (Member& member : members) sort_exclusions(member.entry);
  std::vector<std::pair<const Draft*, Member*>> singles;
  for (const Draft* change : changes) {
    Member* member = owners.of(*change);
    if (of_rest(change, member)) continue;
    if (member == nullptr || !is_stale(*change, *member)) singles.emplace_back(change, member);
  }
  for (const auto& [change, member] : singles) change_one(*change, member);
}

std::vector<Entry> Joiner::join(std::vector<Draft> drafts) {
  std::vector<Family> families;
  std::map<std::string, std::size_t> by_uid;
  for (Draft& draft : drafts) {
    if (!draft.has_name && !draft.replaces && !draft.cancelled) {
      draft.entry.first.name = draft.entry.first.uid;
      if (draft.usable) doubt(draft.where, fmt::format("no SUMMARY; {} is used", in_quotes(draft.entry.first.uid)));
    }
    const auto [found, added] = by_uid.try_emplace(draft.entry.first.uid, families.size());
    if (added) families.emplace_back();
    Family& family = families[found->second];
    (draft.replaces ? family.changes : family.masters).push_back(&draft);
  }
  for (const Family& family : families) join_family(family);
  return std::move(entries_);
}

}  // namespace

std::vector<Entry> join_drafts(std::vector<Draft> drafts, std::string_view name, std::vector<Problem>& problems) {
  return Joiner(name, problems).join(std::move(drafts));
}

}  // namespace almanac::calendar
