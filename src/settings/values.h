#pragma once

#include <any>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/check.h"

namespace almanac::settings {

// Where something stands, for messages: "almanac.yaml:7:12: groups[0].scaling.min".
struct Place {
  int line = -1;  // from 0; -1: nowhere in the file
  int column = 0;
  std::string path;
};

// Collects mistakes instead of stopping at the first: a person mends a file in one go.
class Mistakes {
 public:
  explicit Mistakes(std::string origin) : origin_(std::move(origin)) {}
  void add(const Place& place, const std::string& what);
  bool none() const { return lines_.empty(); }
  std::size_t count() const { return lines_.size(); }
  // One a line, in the order of the file.
  std::string text() const;

 private:
  struct Line {
    int line;
    int column;
    std::string text;
  };
  std::string origin_;
  std::vector<Line> lines_;
};

// What a block of the settings says, by key: of the types that settings/key.h names, read and checked by its list of
// keys. A key that is asked for under a name or type that the list does not have is a broken invariant.
class Values {
 public:
  Values() = default;
  // A block that may hold the keys named.
  Values(Place place, std::vector<std::string> names) : place_(std::move(place)), names_(std::move(names)) {}

  // The value, or the key's default; a key that has none must be required or given.
  template <typename T>
  const T& get(const std::string& key) const {
    const T* value = look<T>(key);
    ALMANAC_CHECK(value != nullptr, "setting " + key + " has no value");
    return *value;
  }
  // The value, the key's default, or nothing.
  template <typename T>
  std::optional<T> find(const std::string& key) const {
    const T* value = look<T>(key);
    return value == nullptr ? std::nullopt : std::optional<T>(*value);
  }
  // Puts the value into `target` where there is one.
  template <typename T, typename Target>
  void into(const std::string& key, Target& target) const {
    if (const T* value = look<T>(key)) target = static_cast<Target>(*value);
  }
  // Whether the key stands in the file.
  bool has(const std::string& key) const;
  // Where the key stands; the block where it does not.
  Place place(const std::string& key) const;
  const Place& place() const { return place_; }
  // The keys that may stand in the block.
  const std::vector<std::string>& names() const { return names_; }
  // Whether everything in the block could be read: get() is safe.
  bool complete() const { return complete_; }

  void set(const std::string& key, Place place, std::any value);
  void set_default(const std::string& key, std::any value);
  void spoil() { complete_ = false; }
  // Copies what `from` holds under `key`, under another name; nothing where it holds nothing.
  void take(const Values& from, const std::string& key, const std::string& as);

 private:
  struct Entry {
    std::optional<Place> place;  // empty: a default
    std::any value;
  };
  const Entry* entry(const std::string& key) const;
  template <typename T>
  const T* look(const std::string& key) const {
    const Entry* found = entry(key);
    if (found == nullptr) return nullptr;
    const T* value = std::any_cast<T>(&found->value);
    ALMANAC_CHECK(value != nullptr, "setting " + key + " is of another type");
    return value;
  }

  Place place_;
  std::vector<std::string> names_;
  std::map<std::string, Entry> entries_;
  bool complete_ = true;
};

}  // namespace almanac::settings
