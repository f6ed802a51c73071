#include "settings/values.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace almanac::settings {

void Mistakes::add(const Place& place, const std::string& what) {
  std::string text = origin_;
  if (place.line >= 0) text += fmt::format(":{}:{}", place.line + 1, place.column + 1);
  if (!place.path.empty()) text += ": " + place.path;
  lines_.push_back({place.line, place.column, text + ": " + what});
}

std::string Mistakes::text() const {
  auto sorted = lines_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Line& a, const Line& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  std::string all;
  for (const auto& line : sorted) all += (all.empty() ? "" : "\n") + line.text;
  return all;
}

const Values::Entry* Values::entry(const std::string& key) const {
  ALMANAC_CHECK(std::find(names_.begin(), names_.end(), key) != names_.end(), "there is no setting " + key);
  const auto found = entries_.find(key);
  return found == entries_.end() ? nullptr : &found->second;
}

bool Values::has(const std::string& key) const {
  const Entry* found = entry(key);
  return found != nullptr && found->place.has_value();
}

Place Values::place(const std::string& key) const {
  const Entry* found = entry(key);
  if (found != nullptr && found->place) return *found->place;
  Place place = place_;
  place.path += (place.path.empty() ? "" : ".") + key;
  return place;
}

void Values::set(const std::string& key, Place place, std::any value) {
  entries_[key] = {std::move(place), std::move(value)};
}

void Values::set_default(const std::string& key, std::any value) {
  entries_[key] = {std::nullopt, std::move(value)};
}

void Values::take(const Values& from, const std::string& key, const std::string& as) {
  if (const Entry* found = from.entry(key)) entries_[as] = *found;
}

}  // namespace almanac::settings
