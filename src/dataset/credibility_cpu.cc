// Whether the CPU is a percentage of an instance: not a share, not a sum, and measured at all.

#include <algorithm>
#include <vector>

#include "dataset/credibility_evidence.h"

namespace almanac::dataset {
namespace {

// Averages are rounded up at most so far; more is not one instance's.
constexpr double kFullCpu = 101;
// As a percentage, under a fifth of one all day is plain idleness; as a share, it would be a group hardly used.
constexpr double kLeastShare = 0.2;
constexpr Duration kAlmostADay{20 * kHour};
// A metric that becomes a share keeps its level but for so much from one interval to the next, and so does the load
// beside it. Before the day is over that is to judge it.
constexpr double kSameLevel = 1.25;
constexpr Duration kUntilJudged{44 * kHour};
// A sum over processors may stay under 100 through a night.
constexpr Duration kNight{12 * kHour};
// Without work an instance serves its health checks, requests/s.
constexpr double kFewRequests = 0.5;
// A CPU in per cent and one as a share are a factor of 100 apart; the load by another metric is nearer to one of them.
constexpr double kBetweenUnits = 10;
// A request rounds no CPU of a busy interval down to 0.
constexpr double kWorthMentioning = 0.1;

class CpuJudge {
 public:
  CpuJudge(Evidence& evidence, Verdicts& verdicts) : evidence_(evidence), rows_(evidence.rows()), verdicts_(verdicts) {}

  void run() {
    find_falls_to_shares();
    for (const auto& [time, day] : evidence_.days()) judge(time, day);
  }

 private:
  void judge(Timestamp time, const Day& day) {
    const Day *before = evidence_.neighbour(time, -1), *after = evidence_.neighbour(time, 1);
    const bool share = is_share(time, day);
    // A day in which the metric changed belongs to the days beside it up to the change.
    std::size_t first_percent = day.first, last_percent = day.end;
    if (!share && before && is_share(time - kDay, *before))
      while (first_percent < day.end && value_or_zero(rows_[first_percent].cpu_utilization) <= 1) ++first_percent;
    if (!share && after && is_share(time + kDay, *after))
      while (last_percent > day.first && value_or_zero(rows_[last_percent - 1].cpu_utilization) <= 1) --last_percent;
    const bool stands_at_zero = day.highest_cpu == 0 && evidence_.known_for(day) >= kAlmostADay &&
                                day.most_network > kMoved * day.least_network;
    for (std::size_t i = day.first; i < day.end; ++i) {
      const Row& row = rows_[i];
      if (!row.cpu_utilization) continue;
      if (is_all_zero(row)) {
        verdicts_.take_out_zeros(i, 0);
        continue;
      }
      const double cpu = *row.cpu_utilization;
      const bool serving = value_or_zero(row.request_count) > kWorthMentioning * day.highest_requests;
      if (share || i < first_percent || i >= last_percent || fallen_[i]) {
        evidence_.believe_cpu(i, 100 * cpu);
        verdicts_.doubt(i, &Row::cpu_utilization, Doubt::cpu_is_share, cpu);
      } else if (cpu > kFullCpu || between_sums(i)) {
        verdicts_.doubt(i, &Row::cpu_utilization, Doubt::cpu_above_100, cpu);
      } else if (cpu == 0 && (serving || stands_at_zero)) {
        verdicts_.doubt(i, &Row::cpu_utilization, Doubt::cpu_zero, 0);
      } else {
        evidence_.believe_cpu(i, cpu);
      }
    }
  }

  void find_falls_to_shares() {
    fallen_.assign(rows_.size(), false);
    const std::size_t none = rows_.size();
    std::size_t fall = none, before = none;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      if (!rows_[i].cpu_utilization) continue;
      if (*rows_[i].cpu_utilization > 1) {
        fall = none;
      } else if (before != none && falls_to_share(before, i)) {
        fall = i;
      }
      fallen_[i] = fall != none && rows_[i].start - rows_[fall].start < kUntilJudged;
      before = i;
    }
  }

  // Whether the CPU fell to a hundredth of what it was, and nothing beside it fell.
  bool falls_to_share(std::size_t before, std::size_t i) const {
    const Row &was = rows_[before], &is = rows_[i];
    const auto same = [](double a, double b) { return a < kSameLevel * b && b < kSameLevel * a; };
    if (is.start - was.start > 3 * evidence_.judging().interval || *was.cpu_utilization < kBusyCpu ||
        !same(*was.cpu_utilization, 100 * *is.cpu_utilization))
      return false;
    for (const auto column : {&Row::request_count, &Row::network_in}) {
      if (value_or_zero(was.*column) > 0 && is.*column) return *(is.*column) * 2 > *(was.*column);
    }
    return true;
  }

  // Whether the CPU of the whole day looks like a share. A part of a day is not enough, except of all there is.
  bool is_share(Timestamp time, const Day& day) const {
    if (day.cpu_rows == 0 || day.highest_cpu > 1) return false;
    Duration known = evidence_.known_for(day);
    double highest = day.highest_part;  // percentages that were rounded to 0 and 1 are no shares
    if (known < kAlmostADay) {
      for (const int by : {-1, 1}) {
        const Day* other = evidence_.neighbour(time, by);
        if (!other) continue;
        if (other->highest_cpu > 1) return false;
        known += evidence_.known_for(*other);
        highest = std::max(highest, other->highest_part);
      }
      const bool all_there_is = evidence_.judging().from_start && evidence_.days().begin()->first >= time - kDay &&
                                evidence_.days().rbegin()->first <= time + kDay;
      if (known < kAlmostADay && !all_there_is) return false;
    }
    return highest >= kLeastShare && !is_idle(time, day);
  }

  // Whether the requests, or else the network, too, need as little CPU as a percentage of under one would be.
  bool is_idle(Timestamp time, const Day& day) const {
    double by_requests = 0, by_cpu = 0;
    for (std::size_t i = day.first; i < day.end; ++i) {
      const auto needed = evidence_.needed_by_requests(rows_[i]);
      if (!needed || !rows_[i].cpu_utilization || !rows_[i].in_service_instances) continue;
      by_requests += *needed;
      by_cpu += *rows_[i].cpu_utilization / 100 * *rows_[i].in_service_instances;
    }
    if (by_requests > 0) return by_requests < kBetweenUnits * by_cpu;
    if (day.work_network <= 0) return false;
    if (day.work_network < kTinyNetwork * day.work_seconds && day.requests < kFewRequests * day.work_seconds)
      return true;
    for (const int by : {-1, -2}) {
      const Day* other = evidence_.neighbour(time, by);
      if (other && other->highest_cpu >= kBusyCpu && other->work_network > 0)
        return day.work_network / other->work_network * other->work < kBetweenUnits * day.work;
    }
    return false;
  }

  // From one value above 100 to the next one within half a day the metric is a sum; a value alone is only itself.
  bool between_sums(std::size_t i) const {
    const auto is_sum = [&](std::size_t at) { return value_or_zero(rows_[at].cpu_utilization) > kFullCpu; };
    if (!may_be_near_sums(rows_[i].start)) return false;
    std::size_t left = i, right = i;
    while (left > 0 && !is_sum(left) && rows_[i].start - rows_[left].start < kNight) --left;
    while (right + 1 < rows_.size() && !is_sum(right) && rows_[right].start - rows_[i].start < kNight) ++right;
    return is_sum(left) && is_sum(right) && rows_[right].start - rows_[left].start <= kNight;
  }

  bool may_be_near_sums(Timestamp time) const {
    const auto sums_on = [&](Timestamp day) {
      const auto found = evidence_.days().find(floor_to(day, kDay));
      return found != evidence_.days().end() && found->second.highest_cpu > kFullCpu;
    };
    return sums_on(time) || (sums_on(time - kNight) && sums_on(time + kNight));
  }

  Evidence& evidence_;
  std::span<const Row> rows_;
  Verdicts& verdicts_;
  std::vector<bool> fallen_;  // rows since a fall to a share
};

}  // namespace

void judge_cpu(Evidence& evidence, Verdicts& verdicts) {
  CpuJudge(evidence, verdicts).run();
}

}  // namespace almanac::dataset
