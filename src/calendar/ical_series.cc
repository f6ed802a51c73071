#include <fmt/format.h>

#include <algorithm>
#include <compare>
#include <map>
#include <set>
#include <tuple>

#include "calendar/ical_event.h"
#include "calendar/text.h"

namespace almanac::calendar {
namespace {

// The revision of a draft: SEQUENCE, else what was changed or sent last.
auto revision(const Draft& draft) {
  return std::tie(draft.sequence, draft.last_modified, draft.stamp);
}

bool older(const Draft* a, const Draft* b) {
  return revision(*a) < revision(*b);
}

// What is left out revises nothing: an older version is nearer to what is meant than none.
bool counts(const Draft& draft) {
  return draft.usable || draft.cancelled;
}

bool repeats(const Draft& draft) {
  return !draft.rules.empty() || !draft.listed.empty();
}

// Two copies of one VEVENT, as merged files have them.
bool says_the_same(const Draft& a, const Draft& b) {
  const auto dates = [](const std::vector<IcalDate>& all) {
    std::vector<std::string> texts;
    for (const IcalDate& one : all) texts.push_back(one.text);
    return texts;
  };
  return a.entry.first == b.entry.first && a.cancelled == b.cancelled && a.usable == b.usable && a.rules == b.rules &&
         dates(a.listed) == dates(b.listed) && dates(a.excluded) == dates(b.excluded);
}

LocalTime midnight_of(LocalTime t) {
  return std::chrono::floor<std::chrono::days>(t);
}

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

  std::vector<const Draft*> latest(const std::vector<const Draft*>& revisions);
  std::vector<const Draft*> latest_masters(const std::vector<const Draft*>& masters);
  std::vector<const Draft*> without_replaced_series(std::vector<const Draft*> masters);
  bool takes_back_all(const Draft& cancel, const std::vector<const Draft*>& masters);
  std::vector<const Draft*> without_cancelled(const std::vector<const Draft*>& kept,
                                              const std::vector<const Draft*>& masters);
  std::vector<const Draft*> latest_changes(const std::vector<const Draft*>& changes,
                                           const std::vector<Member>& members);

  void join_family(const Family& family);
  void tell_of_nothing_cancelled(const Family& family);
  void apply_changes(const std::vector<const Draft*>& changes, const std::vector<const Draft*>& masters,
                     std::vector<Member>& members);
  void add_repetition(const Draft& draft, Entry& entry);
  Entry quietly_repeated(const Draft& draft) const;
  void cancel_occurrences(const std::vector<const Draft*>& masters, std::vector<Member>& members);
  void change_rest(const Draft& change, Member& member);
  void change_one(const Draft& change, Member* member);
  bool is_stale(const Draft& change, const Member& member);
  Entry entry_of_change(const Draft& change, const Event* usual);

  std::string_view name_;
  std::vector<Problem>& problems_;
  std::vector<Entry> entries_;
};

// RECURRENCE-ID without a zone means the wall clock of the series.
IcalMoment replaced_by(const Draft& change, const Entry& entry) {
  IcalMoment replaced = *change.replaces;
  if (replaced.floating) replaced.zone = entry.zone;
  return replaced;
}

std::optional<OwnStart> own_start_meant(const Entry& entry, const IcalMoment& moment) {
  if (!moment.is_date && !entry.first.all_day) return own_start_at(entry, moment.utc());
  if (moment.is_date) return own_start_on(entry, moment.local);
  // Of whole days written as times: the day on the series' wall, else the day as written ("T000000Z" west of London).
  if (auto own = own_start_on(entry, midnight_of(entry.zone->to_local(moment.utc())))) return own;
  return own_start_on(entry, midnight_of(moment.local));
}

// Whether there was an occurrence to exclude.
bool exclude(Entry& entry, const IcalMoment& moment) {
  const auto own = own_start_meant(entry, moment);
  if (!own) return false;
  if (moment.is_date || entry.first.all_day)
    entry.excluded_days.push_back(midnight_of(own->local));
  else
    entry.excluded.push_back(own->utc);
  return true;
}

void sort_exclusions(Entry& entry) {
  std::sort(entry.excluded.begin(), entry.excluded.end());
  std::sort(entry.excluded_days.begin(), entry.excluded_days.end());
}

// Needs sorted exclusions.
bool is_excluded(const Entry& entry, const OwnStart& own) {
  return std::binary_search(entry.excluded.begin(), entry.excluded.end(), own.utc) ||
         std::binary_search(entry.excluded_days.begin(), entry.excluded_days.end(), midnight_of(own.local));
}

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

// The newest of several versions of one occurrence or series. Versions of one revision that say different things are
// different events that share a UID by mistake: all of them are kept.
std::vector<const Draft*> Joiner::latest(const std::vector<const Draft*>& revisions) {
  const Draft* newest = *std::max_element(revisions.begin(), revisions.end(), [](const Draft* a, const Draft* b) {
    return std::pair{counts(*a), revision(*a)} < std::pair{counts(*b), revision(*b)};
  });
  std::vector<const Draft*> kept;
  for (const Draft* draft : revisions) {
    if (counts(*newest) && !counts(*draft)) {
      if (older(newest, draft))
        doubt(draft->where, fmt::format("cannot be used; the older version at line {} is", newest->line));
      continue;
    }
    if (older(draft, newest)) {
      if (!says_the_same(*draft, *newest))
        doubt(draft->where,
              fmt::format("{}, of the same UID and start; the newer one is used",
                          draft->sequence != newest->sequence
                              ? fmt::format("SEQUENCE {} is older than {} at line {}", draft->sequence,
                                            newest->sequence, newest->line)
                              : fmt::format("LAST-MODIFIED or DTSTAMP is older than at line {}", newest->line)));
      continue;
    }
    if (!kept.empty() && says_the_same(*draft, *kept.front())) continue;
    if (!kept.empty()) doubt(draft->where, "another VEVENT has the same UID, start and SEQUENCE; both are used");
    kept.push_back(draft);
  }
  return kept;
}

// A revision replaces what it revises: the same occurrence, or the series. Events of one UID that start at different
// times and do not repeat are an expanded series.
std::vector<const Draft*> Joiner::latest_masters(const std::vector<const Draft*>& masters) {
  std::map<std::optional<Timestamp>, std::vector<const Draft*>> by_start;
  for (const Draft* draft : masters) by_start[draft->start].push_back(draft);
  std::vector<const Draft*> kept;
  for (const auto& [start, revisions] : by_start) {
    const auto newest = latest(revisions);
    kept.insert(kept.end(), newest.begin(), newest.end());
  }
  std::sort(kept.begin(), kept.end(), [](const Draft* a, const Draft* b) { return a->line < b->line; });
  const auto expanded = [](const Draft* draft) { return !repeats(*draft) && !draft->cancelled && draft->usable; };
  const auto moved = std::adjacent_find(kept.begin(), kept.end(), [&](const Draft* a, const Draft* b) {
    return expanded(a) && expanded(b) && a->start != b->start && a->sequence != b->sequence;
  });
  if (moved != kept.end())
    doubt((*std::next(moved))->where,
          fmt::format("SEQUENCE {} at another time than {} of the same UID at line {}: taken as events of an expanded "
                      "series; all are used",
                      (*std::next(moved))->sequence, (*moved)->sequence, (*moved)->line));
  return without_cancelled(without_replaced_series(std::move(kept)), masters);
}

// A series of a lower SEQUENCE is an earlier version of the newest one, unless it ends before that one begins.
std::vector<const Draft*> Joiner::without_replaced_series(std::vector<const Draft*> masters) {
  const Draft* newest = nullptr;
  for (const Draft* draft : masters)
    if (repeats(*draft) && counts(*draft) && draft->start && (newest == nullptr || draft->sequence > newest->sequence))
      newest = draft;
  if (newest == nullptr) return masters;
  std::erase_if(masters, [&](const Draft* draft) {
    if (!repeats(*draft) || draft->cancelled || !draft->usable || draft->sequence >= newest->sequence) return false;
    if (ends_before(quietly_repeated(*draft), *newest->start)) return false;
    doubt(draft->where, fmt::format("SEQUENCE {} is older than {} of the same UID at line {}; the newer series is used",
                                    draft->sequence, newest->sequence, newest->line));
    return true;
  });
  return masters;
}

// Whether a cancellation without RECURRENCE-ID takes back every event of its UID that is not newer. `masters` holds all
// revisions: the one that it takes back may be of a lower SEQUENCE and already gone from those in use.
bool Joiner::takes_back_all(const Draft& cancel, const std::vector<const Draft*>& masters) {
  if (!cancel.start) return true;
  std::set<Timestamp> single;  // starts of events that do not repeat
  bool of_one = false;
  bool of_an_occurrence = false;
  for (const Draft* draft : masters) {
    if (draft->cancelled || !draft->start) continue;
    of_one |= draft->start == cancel.start;
    if (!repeats(*draft))
      single.insert(*draft->start);
    else if (draft->usable && !of_an_occurrence)
      of_an_occurrence |= own_start_at(quietly_repeated(*draft), *cancel.start).has_value();
  }
  if (of_one) return false;
  if (repeats(cancel)) return true;
  if (!cancel.by_method || of_an_occurrence) return false;
  if (single.size() > 1) {
    doubt(cancel.where, fmt::format("cancels {}, when none of the {} events of this UID starts; nothing is cancelled",
                                    format_timestamp(*cancel.start), single.size()));
    return false;
  }
  if (std::any_of(masters.begin(), masters.end(), [](const Draft* draft) { return !draft->cancelled; }))
    doubt(cancel.where, fmt::format("cancels {}, when nothing of this UID starts; taken as all of the UID",
                                    format_timestamp(*cancel.start)));
  return true;
}

// A cancellation takes back the event that starts when it says (cancel_occurrences: the occurrence), or else all.
// `kept` holds the latest of `masters`.
std::vector<const Draft*> Joiner::without_cancelled(const std::vector<const Draft*>& kept,
                                                    const std::vector<const Draft*>& masters) {
  std::vector<const Draft*> result = kept;
  for (const Draft* cancel : kept) {
    if (!cancel->cancelled) continue;
    const bool all = takes_back_all(*cancel, masters);
    std::erase_if(result, [&](const Draft* draft) {
      return !draft->cancelled && cancel->sequence >= draft->sequence && (all || cancel->start == draft->start);
    });
  }
  return result;
}

std::vector<const Draft*> Joiner::latest_changes(const std::vector<const Draft*>& changes,
                                                 const std::vector<Member>& members) {
  std::map<std::pair<Timestamp, bool>, const Draft*> newest;
  for (const Draft* change : changes) {
    if (!counts(*change)) continue;
    const Timestamp replaced =
        members.empty() ? change->replaces->utc() : replaced_by(*change, members.front().entry).utc();
    auto [found, added] = newest.try_emplace({replaced, change->this_and_future}, change);
    if (added) continue;
    const Draft* other = found->second;
    if (!older(change, other)) found->second = change;  // of equals the later one in the file
    const Draft* loser = found->second == change ? other : change;
    if (!says_the_same(*change, *other))
      doubt(loser->where,
            fmt::format("another change of the same occurrence stands at line {}, SEQUENCE {} and {}; that "
                        "one is used",
                        found->second->line, found->second->sequence, loser->sequence));
  }
  std::vector<const Draft*> result;
  for (const auto& [key, change] : newest) result.push_back(change);
  return result;
}

void Joiner::add_repetition(const Draft& draft, Entry& entry) {
  // The start is the first occurrence, whether a rule gives it or not (RFC 5545, section 3.8.2.4). A rule that is over
  // before it begins is what programs leave of a series from which every occurrence was deleted.
  bool given = draft.rules.empty();
  for (const std::string& rule : draft.rules)
    given |= add_rule(entry, rule, [&](std::string message) { problem(draft.where + ": RRULE", std::move(message)); });
  const auto over = [](const Recurrence& rule) { return rule.is_over_before_it_begins(); };
  if (!given && std::all_of(entry.rules.begin(), entry.rules.end(), over))
    doubt(draft.where + ": RRULE", "ends before the start: nothing is left of the series");
  else if (!given)
    entry.listed.push_back({entry.start, entry.first.span});
  for (const auto& [moment, own_length, text] : draft.listed) {
    const Length length = own_length.value_or(entry.length);
    if (length.civil + length.exact > kLongestRecurring) {
      problem(draft.where + ": RDATE", fmt::format("{}: an event that repeats may last at most {}; ignored", text,
                                                   format_duration(kLongestRecurring)));
      continue;
    }
    const bool time_of_start = moment.is_date && !entry.first.all_day;  // a date alone: at the usual time of day
    if (time_of_start) {
      const LocalTime start = moment.local + (entry.start - midnight_of(entry.start));
      entry.listed.push_back({start, span_at(start, length, *entry.zone), own_length.has_value()});
    } else {
      const TimeRange span = span_at(moment.local, length, *moment.zone);
      entry.listed.push_back({entry.zone->to_local(span.start), span, own_length.has_value()});
    }
  }
}

// What a draft gives, without a word: what is wrong with it is told where it is used.
Entry Joiner::quietly_repeated(const Draft& draft) const {
  Entry entry = draft.entry;
  std::vector<Problem> untold;
  Joiner(name_, untold).add_repetition(draft, entry);
  return entry;
}

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
      add_repetition(change, entries_.back());
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
  const std::vector<const Draft*> masters = family.masters.empty() ? family.masters : latest_masters(family.masters);
  std::vector<Member> members;
  for (const Draft* draft : masters) {
    if (draft->cancelled || !draft->usable) continue;
    members.push_back({draft, draft->entry});
    add_repetition(*draft, members.back().entry);
  }
  const auto is_cancelled = [](const Draft* master) { return master->cancelled; };
  tell_of_nothing_cancelled(family);
  const bool all_off = members.empty() && std::any_of(family.masters.begin(), family.masters.end(), is_cancelled);
  if (!all_off) apply_changes(latest_changes(family.changes, members), masters, members);
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
