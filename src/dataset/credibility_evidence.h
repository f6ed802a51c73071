#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "dataset/credibility.h"

// Inside the room only: what the judges of the columns share. The CPU is the witness against the others, so it is
// judged first.
namespace almanac::dataset {

// Agents, health checks and the system itself keep an idle instance under this; above it something is being done.
inline constexpr double kBusyCpu = 15;
// Without work an instance receives what its agents and health checks do, bytes/s.
inline constexpr double kTinyNetwork = 1000;
// By so much a load is another one, rather than the same with its noise.
inline constexpr double kMoved = 1.5;

inline double value_or_zero(const std::optional<double>& value) {
  return value.value_or(0.0);
}
inline bool is_zero(const std::optional<double>& value) {
  return value && *value == 0;
}

// What no instance that runs measures. A group without any instance does.
bool is_all_zero(const Row& row);

// What the rows of one UTC day say.
struct Day {
  std::size_t first = 0, end = 0;  // of the rows
  int cpu_rows = 0;
  double highest_cpu = 0, highest_part = 0;  // the latter of what stands behind the point
  double highest_requests = 0;
  double least_network = 0, most_network = 0;
  int network_rows = 0;
  double requests = 0;
  double work = 0, work_network = 0;  // where both are known: CPU % / 100 x instances, bytes
  double work_seconds = 0;            // of the instances of those
  int rows_of_group = 0;              // with CPU and instances
};

// The rows, their days, and how far their CPU is believed.
class Evidence {
 public:
  // `rows` must outlive it.
  Evidence(std::span<const Row> rows, const Judging& judging);

  std::span<const Row> rows() const { return rows_; }
  const Judging& judging() const { return judging_; }
  const std::map<Timestamp, Day>& days() const { return days_; }
  // The day so many days later, or earlier; null where it has no rows.
  const Day* neighbour(Timestamp time, int by) const;
  Duration known_for(const Day& day) const { return judging_.interval * day.cpu_rows; }

  // %, as far as it can be believed or is known to be a share.
  const std::optional<double>& cpu(std::size_t i) const { return cpu_[i]; }
  void believe_cpu(std::size_t i, double cpu) { cpu_[i] = cpu; }

  bool is_busy(std::size_t i) const { return cpu_[i] >= kBusyCpu; }
  // On the strength of a CPU that is taken for a share alone, nothing else is called wrong.
  bool is_surely_busy(std::size_t i) const;
  // Busy instances, by the capacity of one.
  std::optional<double> needed_by_requests(const Row& row) const;

 private:
  double instance_seconds(const Row& row) const;
  void count(Day& day, const Row& row) const;

  std::span<const Row> rows_;
  Judging judging_;
  std::map<Timestamp, Day> days_;
  std::vector<std::optional<double>> cpu_;
};

// The doubts so far, and the rows without the doubted values.
class Verdicts {
 public:
  Verdicts(std::span<const Row> rows, Duration interval) : interval_(interval) {
    judged_.rows.assign(rows.begin(), rows.end());
  }

  Row& row(std::size_t i) { return judged_.rows[i]; }
  const Row& row(std::size_t i) const { return judged_.rows[i]; }
  const std::vector<Row>& rows() const { return judged_.rows; }
  bool none() const { return found_.empty(); }

  // Takes a value out, where it is there still.
  void doubt(std::size_t i, std::optional<double> Row::*column, Doubt kind, double figure);
  // Takes out every 0 of a row that was written for an outage.
  void take_out_zeros(std::size_t i, double fell_from);

  Judged done() &&;

 private:
  void note(std::size_t i, Doubt kind, double figure);

  Duration interval_;
  Judged judged_;
  std::map<std::pair<Timestamp, Doubt>, Doubted> found_;
};

void judge_cpu(Evidence& evidence, Verdicts& verdicts);
// After the CPU and the instances.
void judge_requests(const Evidence& evidence, Verdicts& verdicts);

}  // namespace almanac::dataset
