#include "calendar/ical_revisions.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "calendar/ical_repetition.h"

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

// Two copies of one VEVENT, as merged files have them.
bool says_the_same(const Draft& a, const Draft& b) {
  const auto dates = [](const std::vector<IcalDate>& all) {
    std::vector<std::string> texts;
    texts.reserve(all.size());
    for (const IcalDate& one : all) texts.push_back(one.text);
    return texts;
  };
  return a.entry.first == b.entry.first && a.cancelled == b.cancelled && a.usable == b.usable && a.rules == b.rules &&
         dates(a.listed) == dates(b.listed) && dates(a.excluded) == dates(b.excluded);
}

}  // namespace

// The newest of several versions of one occurrence or series. Versions of one revision that say different things are
// different events that share a UID by mistake: all of them are kept.
std::vector<const Draft*> Revisions::latest(const std::vector<const Draft*>& revisions) {
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
std::vector<const Draft*> Revisions::of_masters(const std::vector<const Draft*>& masters) {
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
std::vector<const Draft*> Revisions::without_replaced_series(std::vector<const Draft*> masters) {
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
bool Revisions::takes_back_all(const Draft& cancel, const std::vector<const Draft*>& masters) {
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
std::vector<const Draft*> Revisions::without_cancelled(const std::vector<const Draft*>& kept,
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

std::vector<const Draft*> Revisions::of_changes(const std::vector<const Draft*>& changes, const Entry* series) {
  std::map<std::pair<Timestamp, bool>, const Draft*> newest;
  for (const Draft* change : changes) {
    if (!counts(*change)) continue;
    const Timestamp replaced = series == nullptr ? change->replaces->utc() : replaced_by(*change, *series).utc();
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
  result.reserve(newest.size());
  for (const auto& [key, change] : newest) result.push_back(change);
  return result;
}

}  // namespace almanac::calendar
