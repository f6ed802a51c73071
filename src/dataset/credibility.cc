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

}  // namespace

Judged judge(std::span<const Row> rows, const Judging& judging) {
  Evidence evidence(rows, judging);
  Verdicts verdicts(rows, judging.interval);
  judge_cpu(evidence, verdicts);
  for (std::size_t i = 0; i < rows.size(); ++i) judge_instances(evidence, i, verdicts);
  judge_requests(evidence, verdicts);
  for (std::size_t i = 0; i < rows.size(); ++i) judge_network(evidence, i, verdicts);
  return std::move(verdicts).done();
}

}  // namespace almanac::dataset
