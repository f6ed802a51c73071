#pragma once

#include <any>
#include <memory>
#include <typeindex>
#include <unordered_map>

namespace almanac::kinds {

// What the parts of one adapter have together, one of a type: the connections of a session; the simulated world that a
// group's target opened and its metrics come from. Whoever has it puts it there, and whoever can use it looks.
class Shelf {
 public:
  template <typename T>
  void put(std::shared_ptr<T> thing) {
    things_[std::type_index(typeid(T))] = std::move(thing);
  }
  // Null where nobody put one.
  template <typename T>
  std::shared_ptr<T> find() const {
    const auto found = things_.find(std::type_index(typeid(T)));
    return found == things_.end() ? nullptr : std::any_cast<std::shared_ptr<T>>(found->second);
  }

 private:
  std::unordered_map<std::type_index, std::any> things_;
};

}  // namespace almanac::kinds
