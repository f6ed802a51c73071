#include "insight/event_changes.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "core/time.h"

namespace almanac::insight {
namespace {

using calendar::Event;

// What a decision or a reader sees of an event; its uid is the file's own matter.
bool says_the_same(const Event& a, const Event& b) {
  return a.name == b.name && a.kind == b.kind && a.span == b.span && a.minimum_instances == b.minimum_instances &&
         a.expected_uplift == b.expected_uplift;
}

std::vector<Event> without(std::span<const Event> events, std::span<const Event> others) {
  std::vector<Event> left;
  for (const Event& event : events) {
    if (std::none_of(others.begin(), others.end(), [&](const Event& other) { return says_the_same(event, other); }))
      left.push_back(event);
  }
  return left;
}

// How surely `b` is `a` changed: 0 the same entry, 1 the same name, 2 another name for the same time; nothing: neither.
std::optional<int> likeness(const Event& a, const Event& b) {
  if (a.name == b.name) return !a.uid.empty() && a.uid == b.uid ? 0 : 1;
  return a.span == b.span ? std::optional(2) : std::nullopt;
}

std::vector<EditedEvent::Field> differing_fields(const Event& a, const Event& b) {
  std::vector<EditedEvent::Field> fields;
  const auto add = [&](const char* name, const auto& before, const auto& after, auto&& words) {
    if (before != after) fields.push_back({name, words(before), words(after)});
  };
  const auto text = [](const std::string& value) { return value; };
  const auto time = [](Timestamp value) { return format_timestamp(value); };
  const auto number = [](const auto& value) { return value ? fmt::format("{:g}", static_cast<double>(*value)) : ""; };
  add("name", a.name, b.name, text);
  add("kind", a.kind, b.kind, text);
  add("start", a.span.start, b.span.start, time);
  add("end", a.span.end, b.span.end, time);
  add("expected_uplift", a.expected_uplift, b.expected_uplift, number);
  add("minimum_instances", a.minimum_instances, b.minimum_instances, number);
  return fields;
}

}  // namespace

EventChanges compare_events(std::span<const Event> before, std::span<const Event> after) {
  EventChanges changes;
  const auto gone = without(before, after), come = without(after, before);
  struct Pair {
    int rank;
    Duration apart;
    std::size_t gone, come;
  };
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < gone.size(); ++i) {
    for (std::size_t k = 0; k < come.size(); ++k) {
      const auto apart = gone[i].span.start - come[k].span.start;
      if (const auto rank = likeness(gone[i], come[k]))
        pairs.push_back({*rank, apart < Duration{0} ? -apart : apart, i, k});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return std::tie(a.rank, a.apart) < std::tie(b.rank, b.apart); });
  std::vector<bool> told_gone(gone.size()), told_come(come.size());
  for (const Pair& pair : pairs) {
    if (told_gone[pair.gone] || told_come[pair.come]) continue;
    told_gone[pair.gone] = told_come[pair.come] = true;
    changes.edited.push_back({gone[pair.gone], come[pair.come], differing_fields(gone[pair.gone], come[pair.come])});
  }
  std::stable_sort(changes.edited.begin(), changes.edited.end(),
                   [](const EditedEvent& a, const EditedEvent& b) { return a.after.span.start < b.after.span.start; });
  for (std::size_t i = 0; i < gone.size(); ++i)
    if (!told_gone[i]) changes.removed.push_back(gone[i]);
  for (std::size_t k = 0; k < come.size(); ++k)
    if (!told_come[k]) changes.added.push_back(come[k]);
  return changes;
}

}  // namespace almanac::insight
