#include "dataset/credibility.h"

#include "dataset/credibility_evidence.h"

namespace almanac::dataset {
namespace {

// Of a row with a CPU of 0: the CPU of the last interval with any, where that was busy and at most a day ago. A group
// that is emptied on purpose has no CPU at all.
std::optional<double> fell_from_busy(const Evidence& evidence, std::size_t i) {
  const std::span<const Row> rows = evidence.rows();
  if (!is_zero(rows[i].cpu_utilization)) return std::nullopt;
  for (std::size_t at = i; at-- > 0 && rows[i].start - rows[at].start <= kDay;) {
    const Row& row = rows[at];
    const bool received = value_or_zero(row.request_count) > 0 || value_or_zero(row.network_in) > 0;
    if (!row.cpu_utilization || (*row.cpu_utilization == 0 && !received)) continue;
    return evidence.is_busy(at) ? evidence.cpu(at) : std::nullopt;
  }
  return std::nullopt;
}

void judge_instances(const Evidence& evidence, std::size_t i, Verdicts& verdicts) {
  const std::span<const Row> rows = evidence.rows();
  const Row& row = rows[i];
  if (value_or_zero(row.cpu_utilization) > 0 || value_or_zero(row.request_count) > 0) {
    if (is_zero(row.in_service_instances))
      verdicts.doubt(i, &Row::in_service_instances, Doubt::instances_zero, value_or_zero(evidence.cpu(i)));
  } else if (is_zero(row.in_service_instances) || !row.network_in) {
    if (const auto busy = fell_from_busy(evidence, i)) verdicts.take_out_zeros(i, *busy);
  }
}

void judge_network(const Evidence& evidence, std::size_t i, Verdicts& verdicts) {
  const Row& row = evidence.rows()[i];
  const bool received = value_or_zero(row.request_count) > 0 || evidence.is_busy(i);
  if (is_zero(row.network_in) && received) verdicts.doubt(i, &Row::network_in, Doubt::network_zero, 0);
}

// Values that nothing measures are no evidence either: they would drown the rest of their day.
void judge_measure(std::size_t i, Verdicts& verdicts) {
  constexpr double kMostRequests = 1e12, kMostInstances = 1e6, kMostBytes = 1e18, kMostPercent = 1e6;
  const auto at_most = [&](std::optional<double> Row::*column, double most, Doubt doubt) {
    const double value = value_or_zero(verdicts.row(i).*column);
    if (!(value <= most)) verdicts.doubt(i, column, doubt, value);
  };
  at_most(&Row::request_count, kMostRequests, Doubt::requests_beyond_measure);
  at_most(&Row::request_peak, kMostRequests, Doubt::requests_beyond_measure);
  at_most(&Row::in_service_instances, kMostInstances, Doubt::instances_beyond_measure);
  at_most(&Row::network_in, kMostBytes, Doubt::network_beyond_measure);
  at_most(&Row::cpu_utilization, kMostPercent, Doubt::cpu_above_100);
}

}  // namespace

Judged judge(std::span<const Row> rows, const Judging& judging) {
  Verdicts verdicts(rows, judging.interval);
  for (std::size_t i = 0; i < rows.size(); ++i) judge_measure(i, verdicts);
  std::vector<Row> measured;
  if (!verdicts.none()) {
    measured = verdicts.rows();
    rows = measured;
  }
  Evidence evidence(rows, judging);
  judge_cpu(evidence, verdicts);
  for (std::size_t i = 0; i < rows.size(); ++i) judge_instances(evidence, i, verdicts);
  judge_requests(evidence, verdicts);
  for (std::size_t i = 0; i < rows.size(); ++i) judge_network(evidence, i, verdicts);
  return std::move(verdicts).done();
}

}  // namespace almanac::dataset
