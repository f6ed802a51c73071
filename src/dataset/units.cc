#include "dataset/units.h"

#include <algorithm>
#include <array>
#include <string>

#include "dataset/csv.h"

namespace almanac::dataset {
namespace {

enum class Quantity { percent, bytes, requests, instances, events };

struct Unit {
  std::string_view name;
  double factor;
};

constexpr double kKibi = 1024;
constexpr std::array<Unit, 2> kPercent{{{"%", 1}, {"percent", 1}}};
// kB, MB and GB are missing: some mean powers of 1000, some of 1024.
constexpr std::array<Unit, 7> kBytes{{{"B", 1},
                                      {"bytes", 1},
                                      {"Bytes", 1},
                                      {"KiB", kKibi},
                                      {"MiB", kKibi* kKibi},
                                      {"GiB", kKibi* kKibi* kKibi},
                                      {"TiB", kKibi* kKibi* kKibi* kKibi}}};
constexpr std::array<Unit, 9> kRequests{{{"req", 1},
                                         {"reqs", 1},
                                         {"requests", 1},
                                         {"count", 1},
                                         {"Count", 1},
                                         {"k", 1e3},
                                         {"K", 1e3},
                                         {"Mil", 1e6},
                                         {"M", 1e6}}};
constexpr std::array<Unit, 2> kInstances{{{"instances", 1}, {"count", 1}}};

// In the order of kFields.
constexpr std::array<Quantity, kFields.size()> kQuantities{Quantity::percent, Quantity::bytes,     Quantity::requests,
                                                           Quantity::events,  Quantity::instances, Quantity::requests};

std::optional<CellUnit> find(std::span<const Unit> units, std::string_view name) {
  const auto it = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == name; });
  return it == units.end() ? std::nullopt : std::optional(CellUnit{it->factor});
}

bool one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace

std::optional<CellUnit> unit_of(std::size_t field, std::string_view unit) {
  switch (kQuantities[field]) {
    case Quantity::percent:
      return find(kPercent, unit);
    case Quantity::bytes:
      return find(kBytes, unit);
    case Quantity::requests:
      return find(kRequests, unit);
    case Quantity::instances:
      return find(kInstances, unit);
    case Quantity::events:
      break;
  }
  return std::nullopt;
}

bool may_say(std::size_t field, std::string_view word) {
  switch (kQuantities[field]) {
    case Quantity::percent:
      return one_of(word, {"%", "percent", "pct", "average", "avg", "mean"});
    case Quantity::bytes:
      return one_of(word, {"b", "byte", "bytes", "sum", "total"});
    case Quantity::requests:
      return one_of(word, {"count", "requests", "sum", "total", "maximum", "max"}) &&
             (kFields[field].name == "request_peak" || !word.starts_with("max"));
    case Quantity::instances:
      return one_of(word, {"count", "instances", "average", "avg", "mean"});
    case Quantity::events:
      break;
  }
  return one_of(word, {"0/1", "count", "events"});
}

std::string_view expected_unit(std::size_t field) {
  switch (kQuantities[field]) {
    case Quantity::percent:
      return "percent, 0 to 100";
    case Quantity::bytes:
      return "bytes in the interval, as a whole number (kB, MB and GB may be powers of 1000 or of 1024)";
    case Quantity::requests:
      return "the number of requests in the interval, not a rate";
    case Quantity::instances:
      return "a number of instances";
    case Quantity::events:
      break;
  }
  return "a number of events";
}

std::string_view expected_statistic(std::size_t field) {
  switch (kQuantities[field]) {
    case Quantity::percent:
    case Quantity::instances:
      return "Average";
    default:
      return "Sum";
  }
}

NumberSurvey::Column survey_kind(std::size_t field) {
  switch (kQuantities[field]) {
    case Quantity::percent:
      return NumberSurvey::Column::percent;
    case Quantity::bytes:
    case Quantity::requests:
      return NumberSurvey::Column::count;
    default:
      return NumberSurvey::Column::any;
  }
}

}  // namespace almanac::dataset
