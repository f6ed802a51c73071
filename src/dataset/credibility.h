#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/row.h"
#include "core/time.h"

namespace almanac::dataset {

// Why a value that is there is not believed: another metric, or what the metric means, contradicts it. Each belongs to
// one column. An idle group is none of these: no requests at a few per cent CPU are what a quiet night looks like, and
// a CPU under one per cent beside hardly any network is what a group without work looks like.
enum class Doubt {
  cpu_is_share,      // 0 to 1 where a percentage belongs: never above 1 for a day, but above 0.2; or from one interval
                     // to the next a hundredth of what it was
  cpu_above_100,     // a sum over processors: more than all of an instance
  cpu_zero,          // exactly 0 while requests are served, or a whole day while the network moves
  instances_zero,    // none in service while CPU or requests are measured
  zero_filled,       // CPU, network and requests of exactly 0, or CPU (and instances) from a busy interval to the next:
                     // an outage written as zeros
  requests_zero,     // none while the CPU is busy, or in days while more than an instance's work is done: a placeholder
  requests_stuck,    // the same count for half a day while the load moves
  requests_too_few,  // by the capacity of an instance: under a quarter of what the CPU does, for long, or hardly any
  requests_too_many,         // by the same: over four times what the CPU does, for long, or out of all proportion
  network_zero,              // not a byte while requests are served or the CPU is busy
  requests_beyond_measure,   // more than any service on earth is asked: a slip of a digit, or of a unit
  instances_beyond_measure,  // more than any group holds
  network_beyond_measure,    // more than any network carries
};

// One doubt over the rows of one UTC day, or (summed_up) of several.
struct Doubted {
  Doubt doubt{};
  TimeRange span{};      // of the first to the last interval
  std::size_t rows = 0;  // how many values in it are not believed
  double figure = 0;  // cpu_*: the highest CPU; requests_zero, instances_zero: the highest CPU beside it; zero_filled:
                      // the CPU it fell from, 0 where it need not have fallen; requests_stuck: the count;
                      // *_beyond_measure: the value; others 0

  bool operator==(const Doubted&) const = default;
};

struct Judged {
  std::vector<Row> rows;        // as given, without the values that are not believed
  std::vector<Doubted> doubts;  // by day, then kind
};

// How to judge. `unit_capacity`: requests/s of one instance at 100 % CPU, where that is known. `from_start`: the rows
// begin where the history does.
struct Judging {
  Duration interval{300};
  std::optional<double> unit_capacity;
  bool from_start = true;
};

// The judgement of a day does not depend on days farther away.
inline constexpr Duration kFarthestWitness{4 * kDay};

// Which values of the rows (ascending, on the grid) can be believed. A value is judged by its own row and by the UTC
// days around it, so that a history of which a part was a placeholder keeps the rest, and a mended metric
// counts from its mending on. Pure; rows of more than four days before or after do
// not matter (kFarthestWitness).
Judged judge(std::span<const Row> rows, const Judging& judging);

// One entry a kind, over all the days of `doubts`, in the order of the kinds.
std::vector<Doubted> summed_up(std::span<const Doubted> doubts);

// "request_count is 0 while the CPU is at up to 75 %: not believed, demand is CPU x instances in service instead".
std::string describe(const Doubted& doubted);

// The column it is about, as files name it.
std::string_view column_of(Doubt doubt);

// What its owner can do about it.
std::string advice_for(Doubt doubt);

// Describes what is worth a word in a file or a history: every kind, with its span. `name` goes before.
std::vector<std::string> describe_all(std::span<const Doubted> doubts, std::string_view name);

}  // namespace almanac::dataset
