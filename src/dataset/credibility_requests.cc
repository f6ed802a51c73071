// Whether the requests are counted: not a placeholder, not stuck, and of the size of what the CPU does.

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "dataset/credibility_evidence.h"

namespace almanac::dataset {
namespace {

// Of the zeros of two days so many must contradict the CPU for the others to be taken for placeholders as well.
constexpr double kPlaceholderShare = 0.25;
// Real counts of half a day are not the same to the unit; health checks alone may be, at a CPU that stays where it is.
constexpr Duration kStuckFor{12 * kHour};
constexpr std::size_t kLeastStretch = 6;
// A stated capacity may be off by half or double; by four it is another unit or another load.
constexpr double kExplained = 0.25;
constexpr double kHardlyExplained = 0.05;
constexpr int kEnoughBusyRows = 36;
// More than the CPU does is more than there was, as long as the CPU has room; above, an overload hides what was asked
// for. Under one per cent, and by less than an instance, proportions say nothing.
constexpr double kClaimed = 4;
constexpr double kAbsurdlyClaimed = 20;
constexpr double kRoomUnder = 70;
// A counter that counted nothing for so long on both sides may not count at all.
constexpr int kDaysUncounted = 2;

double quantile(std::vector<double>& values, double p) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(p * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// A stretch of equal counts above 0 within one day, long enough to say something, and how the load went in it.
struct Stretch {
  std::size_t run = 0;  // the same on the days that it goes on over
  std::size_t first = 0, end = 0;
  double count = 0;
  double low = 0, high = 0;  // the load in all but the extremes, % x instances
  bool busy = false;         // more than a tenth of the time
};

// What the requests of one UTC day say beside its CPU.
struct Counted {
  int zeros = 0, zeros_while_busy = 0;
  int busy_rows = 0, unexplained_rows = 0;  // where both are known; of them the requests say too little
  int roomy_rows = 0, claiming_rows = 0;    // where the CPU has room; of them the requests say too much
  double log_claims = 0;                    // of these, how many times what the CPU does
  std::vector<Stretch> stretches;
};

class RequestJudge {
 public:
  RequestJudge(const Evidence& evidence, Verdicts& verdicts)
      : evidence_(evidence), rows_(evidence.rows()), verdicts_(verdicts) {}

  void run() {
    for (const auto& [time, day] : evidence_.days()) {
      Counted& counted = counted_[time];
      for (std::size_t i = day.first; i < day.end; ++i) compare(counted, i);
    }
    find_stretches();
    for (const auto& [time, day] : evidence_.days()) judge(time, day);
  }

 private:
  const Counted* neighbour(Timestamp time, int by) const {
    const auto found = counted_.find(time + kDay * by);
    return found == counted_.end() ? nullptr : &found->second;
  }

  void compare(Counted& day, std::size_t i) const {
    const Row& row = rows_[i];
    if (is_all_zero(row)) return;
    if (is_zero(row.request_count)) {
      ++day.zeros;
      if (evidence_.is_surely_busy(i)) ++day.zeros_while_busy;
      return;
    }
    if (has_room(i)) {
      const double times = claimed(i);
      ++day.roomy_rows;
      if (times > kClaimed) ++day.claiming_rows, day.log_claims += std::log(times);
    }
    if (!can_compare(i)) return;
    ++day.busy_rows;
    if (explained(i) < kExplained) ++day.unexplained_rows;
  }

  bool can_compare(std::size_t i) const {
    return evidence_.needed_by_requests(rows_[i]) && evidence_.is_busy(i) &&
           value_or_zero(rows_[i].in_service_instances) > 0;
  }

  double busy_by_cpu(std::size_t i) const { return *evidence_.cpu(i) / 100 * *rows_[i].in_service_instances; }

  // What share of the load by CPU the requests make up; all of it where that cannot be told.
  double explained(std::size_t i) const {
    return can_compare(i) ? *evidence_.needed_by_requests(rows_[i]) / busy_by_cpu(i) : 1;
  }

  bool has_room(std::size_t i) const {
    return evidence_.needed_by_requests(rows_[i]) && evidence_.cpu(i) >= 1.0 && evidence_.cpu(i) < kRoomUnder &&
           value_or_zero(rows_[i].in_service_instances) > 0;
  }

  // How many times the load by CPU the requests make up, where that is more by an instance at least.
  double claimed(std::size_t i) const {
    const double needed = *evidence_.needed_by_requests(rows_[i]), done = busy_by_cpu(i);
    return needed > done + 1 ? needed / done : 1;
  }

  void find_stretches() {
    std::size_t run = 0;
    double count = 0;
    for (const auto& [time, day] : evidence_.days()) {
      std::vector<Stretch>& stretches = counted_[time].stretches;
      std::size_t first = day.first;
      for (std::size_t i = day.first; i < day.end; ++i) {
        if (!rows_[i].request_count || *rows_[i].request_count == count) continue;
        add_stretch(stretches, run++, first, i, count);
        count = *rows_[i].request_count;
        first = i;
      }
      add_stretch(stretches, run, first, day.end, count);
    }
  }

  void add_stretch(std::vector<Stretch>& stretches, std::size_t run, std::size_t first, std::size_t end,
                   double count) const {
    if (count <= 0 || end - first < kLeastStretch) return;
    Stretch stretch{run, first, end, count};
    std::vector<double> loads;
    std::size_t busy = 0;
    for (std::size_t i = first; i < end; ++i) {
      if (!evidence_.cpu(i)) continue;
      busy += evidence_.is_busy(i) ? 1 : 0;
      loads.push_back(*evidence_.cpu(i) * std::max(1.0, rows_[i].in_service_instances.value_or(1.0)));
    }
    if (loads.empty()) return;
    stretch.busy = 10 * busy > loads.size();
    stretch.low = quantile(loads, 0.1);
    stretch.high = quantile(loads, 0.9);
    stretches.push_back(stretch);
  }

  void judge(Timestamp time, const Day& rows_of_day) {
    const Counted& day = counted_.at(time);
    const Counted *before = neighbour(time, -1), *after = neighbour(time, 1);
    const bool placeholder = are_placeholders(day, before) || are_placeholders(day, after);
    const bool too_few = are_too_few(day, before), uncounted = are_uncounted(time, rows_of_day);
    const double usual_claim = claimed_for_long(day, before);
    auto stretch = day.stretches.begin();
    for (std::size_t i = rows_of_day.first; i < rows_of_day.end; ++i) {
      const Row& row = rows_[i];
      while (stretch != day.stretches.end() && stretch->end <= i) ++stretch;
      if (!row.request_count) continue;
      if (*row.request_count == 0) {
        const bool says_nothing = uncounted && !is_zero(row.in_service_instances);
        if (evidence_.is_surely_busy(i) || placeholder || (says_nothing && works_more_than_one(i)))
          doubt_requests(i, Doubt::requests_zero, value_or_zero(evidence_.cpu(i)));
        else if (says_nothing)
          verdicts_.row(i).request_count = verdicts_.row(i).request_peak = std::nullopt;
      } else if (stretch != day.stretches.end() && stretch->first <= i && is_stuck(time, *stretch)) {
        doubt_requests(i, Doubt::requests_stuck, stretch->count);
      } else if (too_few || explained(i) < kHardlyExplained) {
        doubt_requests(i, Doubt::requests_too_few, 0);
      } else if (claims_too_much(i, usual_claim)) {
        doubt_requests(i, Doubt::requests_too_many, 0);
      }
    }
  }

  // Whether no request is known of for days, while the CPU can speak for the load.
  bool are_uncounted(Timestamp time, const Day& day) const {
    for (int by = -kDaysUncounted; by <= kDaysUncounted; ++by) {
      const Day* other = evidence_.neighbour(time, by);
      if (other && other->highest_requests > 0) return false;
    }
    return day.rows_of_group > 0;
  }

  bool works_more_than_one(std::size_t i) const {
    const Row& believed = verdicts_.row(i);
    return value_or_zero(believed.cpu_utilization) / 100 * value_or_zero(believed.in_service_instances) > 1;
  }

  // How many times what the CPU does the requests of two days claim; 0 where most of them do not.
  static double claimed_for_long(const Counted& day, const Counted* before) {
    const int roomy = day.roomy_rows + (before ? before->roomy_rows : 0);
    const int claiming = day.claiming_rows + (before ? before->claiming_rows : 0);
    if (roomy < kEnoughBusyRows || 2 * claiming <= roomy) return 0;
    return std::exp((day.log_claims + (before ? before->log_claims : 0)) / claiming);
  }

  // A full CPU hides how much was asked for: there the requests are doubted only for what they always claim.
  bool claims_too_much(std::size_t i, double usual) const {
    if (has_room(i) && claimed(i) > kAbsurdlyClaimed) return true;
    if (usual == 0) return false;
    return evidence_.cpu(i) < kRoomUnder || value_or_zero(rows_[i].in_service_instances) == 0 || claimed(i) < 2 * usual;
  }

  static bool are_placeholders(const Counted& day, const Counted* other) {
    const int zeros = day.zeros + (other ? other->zeros : 0);
    const int busy = day.zeros_while_busy + (other ? other->zeros_while_busy : 0);
    return busy > 1 && busy >= kPlaceholderShare * zeros;
  }

  static bool are_too_few(const Counted& day, const Counted* before) {
    const int busy = day.busy_rows + (before ? before->busy_rows : 0);
    const int unexplained = day.unexplained_rows + (before ? before->unexplained_rows : 0);
    return busy >= kEnoughBusyRows && 2 * unexplained > busy;
  }

  bool is_stuck(Timestamp time, const Stretch& stretch) const {
    Stretch whole = stretch;
    std::size_t rows = stretch.end - stretch.first;
    for (const int by : {-1, 1}) {
      const Counted* other = neighbour(time, by);
      if (!other) continue;
      for (const Stretch& more : other->stretches) {
        if (more.run != stretch.run) continue;
        whole.low = std::min(whole.low, more.low);
        whole.high = std::max(whole.high, more.high);
        whole.busy |= more.busy;
        rows += more.end - more.first;
      }
    }
    return whole.busy && evidence_.judging().interval * static_cast<long long>(rows) >= kStuckFor &&
           whole.high >= kMoved * whole.low;
  }

  void doubt_requests(std::size_t i, Doubt kind, double figure) {
    verdicts_.row(i).request_peak.reset();
    verdicts_.doubt(i, &Row::request_count, kind, figure);
  }

  const Evidence& evidence_;
  std::span<const Row> rows_;
  Verdicts& verdicts_;
  std::map<Timestamp, Counted> counted_;
};

}  // namespace

void judge_requests(const Evidence& evidence, Verdicts& verdicts) {
  RequestJudge(evidence, verdicts).run();
}

}  // namespace almanac::dataset
