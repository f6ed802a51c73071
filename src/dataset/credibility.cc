#include "dataset/credibility.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace almanac::dataset {
namespace {

// Agents, health checks and the system itself keep an idle instance under this; above it something is being done.
constexpr double kBusyCpu = 15;
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
// Of the zeros of two days so many must contradict the CPU for the others to be taken for placeholders as well.
constexpr double kPlaceholderShare = 0.25;
// Real counts of half a day are not the same to the unit; health checks alone may be, at a CPU that stays where it is.
constexpr Duration kStuckFor{12 * kHour};
constexpr std::size_t kLeastStretch = 6;
constexpr double kMoved = 1.5;
// A stated capacity may be off by half or double; by four it is another unit or another load.
constexpr double kExplained = 0.25;
constexpr double kHardlyExplained = 0.05;
constexpr int kEnoughBusyRows = 36;
// More than the CPU does is more than there was, as long as the CPU has room; above, an overload hides what was asked
// for. Under one per cent, and by less than an instance, proportions say nothing.
constexpr double kClaimed = 4;
constexpr double kAbsurdlyClaimed = 20;
constexpr double kRoomUnder = 70;
// Without work an instance receives what its agents and health checks do: bytes/s and requests/s.
constexpr double kTinyNetwork = 1000;
constexpr double kFewRequests = 0.5;
// A CPU in per cent and one as a share are a factor of 100 apart; the load by another metric is nearer to one of them.
constexpr double kBetweenUnits = 10;
// A counter that counted nothing for so long on both sides may not count at all.
constexpr int kDaysUncounted = 2;
// A request rounds no CPU of a busy interval down to 0.
constexpr double kWorthMentioning = 0.1;

double value_or_zero(const std::optional<double>& value) {
  return value.value_or(0.0);
}

bool is_zero(const std::optional<double>& value) {
  return value && *value == 0;
}

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

// What the rows of one UTC day say.
struct Day {
  std::size_t first = 0, end = 0;  // of the rows
  int cpu_rows = 0;
  double highest_cpu = 0, highest_part = 0;  // the latter of what stands behind the point
  double highest_requests = 0;
  double least_network = 0, most_network = 0;
  int network_rows = 0;
  double requests = 0;
  double work = 0, work_network = 0;        // where both are known: CPU % / 100 x instances, bytes
  double work_seconds = 0;                  // of the instances of those
  int rows_of_group = 0;                    // with CPU and instances
  int zeros = 0, zeros_while_busy = 0;      // of the requests
  int busy_rows = 0, unexplained_rows = 0;  // where both are known; of them the requests say too little
  int roomy_rows = 0, claiming_rows = 0;    // where the CPU has room; of them the requests say too much
  double log_claims = 0;                    // of these, how many times what the CPU does
  std::vector<Stretch> stretches;
};

class Judge {
 public:
  Judge(std::span<const Row> rows, const Judging& judging) : rows_(rows), judging_(judging) {}

  Judged run() {
    judged_.rows.assign(rows_.begin(), rows_.end());
    cpu_.assign(rows_.size(), std::nullopt);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      Day& day = days_[floor_to(rows_[i].start, kDay)];
      if (day.end == 0) day.first = i;
      day.end = i + 1;
      count(day, rows_[i]);
    }
    // The CPU is the witness against the others, so it is judged first.
    find_falls_to_shares();
    for (auto& [time, day] : days_) {
      judge_cpu(time, day);
      for (std::size_t i = day.first; i < day.end; ++i) compare(day, i);
    }
    find_stretches();
    for (const auto& [time, day] : days_) {
      for (std::size_t i = day.first; i < day.end; ++i) judge_instances(i);
      judge_requests(time, day);
      for (std::size_t i = day.first; i < day.end; ++i) {
        const bool received = value_or_zero(rows_[i].request_count) > 0 || is_busy(i);
        if (is_zero(rows_[i].network_in) && received) doubt(i, &Row::network_in, Doubt::network_zero, 0);
      }
    }
    for (auto& [key, doubted] : found_) judged_.doubts.push_back(doubted);
    return std::move(judged_);
  }

 private:
  const Day* neighbour(Timestamp time, int by) const {
    const auto found = days_.find(time + kDay * by);
    return found == days_.end() ? nullptr : &found->second;
  }

  Duration known_for(const Day& day) const { return judging_.interval * day.cpu_rows; }

  bool is_busy(std::size_t i) const { return cpu_[i] >= kBusyCpu; }

  // On the strength of a CPU that is taken for a share alone, nothing else is called wrong.
  bool is_surely_busy(std::size_t i) const {
    return is_busy(i) && (rows_[i].cpu_utilization >= kBusyCpu ||
                          value_or_zero(rows_[i].network_in) >= kTinyNetwork * instance_seconds(rows_[i]));
  }

  double instance_seconds(const Row& row) const {
    return static_cast<double>(judging_.interval.count()) * std::max(1.0, row.in_service_instances.value_or(1.0));
  }

  void count(Day& day, const Row& row) const {
    if (row.cpu_utilization) ++day.cpu_rows;
    if (row.cpu_utilization && value_or_zero(row.in_service_instances) > 0) ++day.rows_of_group;
    if (row.cpu_utilization && row.network_in) {
      day.work += *row.cpu_utilization / 100 * std::max(1.0, row.in_service_instances.value_or(1.0));
      day.work_network += *row.network_in;
      day.work_seconds += instance_seconds(row);
    }
    day.requests += value_or_zero(row.request_count);
    day.highest_cpu = std::max(day.highest_cpu, value_or_zero(row.cpu_utilization));
    day.highest_part = std::max(day.highest_part, std::fmod(value_or_zero(row.cpu_utilization), 1.0));
    day.highest_requests = std::max(day.highest_requests, value_or_zero(row.request_count));
    if (!row.network_in) return;
    day.least_network = day.network_rows++ == 0 ? *row.network_in : std::min(day.least_network, *row.network_in);
    day.most_network = std::max(day.most_network, *row.network_in);
  }

  // --- CPU

  void judge_cpu(Timestamp time, const Day& day) {
    const Day *before = neighbour(time, -1), *after = neighbour(time, 1);
    const bool share = is_share(time, day);
    // A day in which the metric changed belongs to the days beside it up to the change.
    std::size_t first_percent = day.first, last_percent = day.end;
    if (!share && before && is_share(time - kDay, *before))
      while (first_percent < day.end && value_or_zero(rows_[first_percent].cpu_utilization) <= 1) ++first_percent;
    if (!share && after && is_share(time + kDay, *after))
      while (last_percent > day.first && value_or_zero(rows_[last_percent - 1].cpu_utilization) <= 1) --last_percent;
    const bool stands_at_zero =
        day.highest_cpu == 0 && known_for(day) >= kAlmostADay && day.most_network > kMoved * day.least_network;
    for (std::size_t i = day.first; i < day.end; ++i) {
      const Row& row = rows_[i];
      if (!row.cpu_utilization) continue;
      if (is_all_zero(row)) {
        take_out_zeros(i, 0);
        continue;
      }
      const double cpu = *row.cpu_utilization;
      const bool serving = value_or_zero(row.request_count) > kWorthMentioning * day.highest_requests;
      if (share || i < first_percent || i >= last_percent || fallen_[i]) {
        cpu_[i] = 100 * cpu;
        doubt(i, &Row::cpu_utilization, Doubt::cpu_is_share, cpu);
      } else if (cpu > kFullCpu || between_sums(i)) {
        doubt(i, &Row::cpu_utilization, Doubt::cpu_above_100, cpu);
      } else if (cpu == 0 && (serving || stands_at_zero)) {
        doubt(i, &Row::cpu_utilization, Doubt::cpu_zero, 0);
      } else {
        cpu_[i] = cpu;
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
    if (is.start - was.start > 3 * judging_.interval || *was.cpu_utilization < kBusyCpu ||
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
    Duration known = known_for(day);
    double highest = day.highest_part;  // percentages that were rounded to 0 and 1 are no shares
    if (known < kAlmostADay) {
      for (const int by : {-1, 1}) {
        const Day* other = neighbour(time, by);
        if (!other) continue;
        if (other->highest_cpu > 1) return false;
        known += known_for(*other);
        highest = std::max(highest, other->highest_part);
      }
      const bool all_there_is =
          judging_.from_start && days_.begin()->first >= time - kDay && days_.rbegin()->first <= time + kDay;
      if (known < kAlmostADay && !all_there_is) return false;
    }
    return highest >= kLeastShare && !is_idle(time, day);
  }

  // Whether the requests, or else the network, too, need as little CPU as a percentage of under one would be.
  bool is_idle(Timestamp time, const Day& day) const {
    double by_requests = 0, by_cpu = 0;
    for (std::size_t i = day.first; i < day.end; ++i) {
      const auto needed = needed_by_requests(rows_[i]);
      if (!needed || !rows_[i].cpu_utilization || !rows_[i].in_service_instances) continue;
      by_requests += *needed;
      by_cpu += *rows_[i].cpu_utilization / 100 * *rows_[i].in_service_instances;
    }
    if (by_requests > 0) return by_requests < kBetweenUnits * by_cpu;
    if (day.work_network <= 0) return false;
    if (day.work_network < kTinyNetwork * day.work_seconds && day.requests < kFewRequests * day.work_seconds)
      return true;
    for (const int by : {-1, -2}) {
      const Day* other = neighbour(time, by);
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
      const auto found = days_.find(floor_to(day, kDay));
      return found != days_.end() && found->second.highest_cpu > kFullCpu;
    };
    return sums_on(time) || (sums_on(time - kNight) && sums_on(time + kNight));
  }

  // --- the load by requests beside the load by CPU

  // Busy instances, by the capacity of one.
  std::optional<double> needed_by_requests(const Row& row) const {
    if (!judging_.unit_capacity || !row.request_count) return std::nullopt;
    return *row.request_count / static_cast<double>(judging_.interval.count()) / *judging_.unit_capacity;
  }

  void compare(Day& day, std::size_t i) const {
    const Row& row = rows_[i];
    if (is_all_zero(row)) return;
    if (is_zero(row.request_count)) {
      ++day.zeros;
      if (is_surely_busy(i)) ++day.zeros_while_busy;
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
    return needed_by_requests(rows_[i]) && is_busy(i) && value_or_zero(rows_[i].in_service_instances) > 0;
  }

  double busy_by_cpu(std::size_t i) const { return *cpu_[i] / 100 * *rows_[i].in_service_instances; }

  // What share of the load by CPU the requests make up; all of it where that cannot be told.
  double explained(std::size_t i) const { return can_compare(i) ? *needed_by_requests(rows_[i]) / busy_by_cpu(i) : 1; }

  bool has_room(std::size_t i) const {
    return needed_by_requests(rows_[i]) && cpu_[i] >= 1.0 && cpu_[i] < kRoomUnder &&
           value_or_zero(rows_[i].in_service_instances) > 0;
  }

  // How many times the load by CPU the requests make up, where that is more by an instance at least.
  double claimed(std::size_t i) const {
    const double needed = *needed_by_requests(rows_[i]), done = busy_by_cpu(i);
    return needed > done + 1 ? needed / done : 1;
  }

  void find_stretches() {
    std::size_t run = 0;
    double count = 0;
    for (auto& [time, day] : days_) {
      std::size_t first = day.first;
      for (std::size_t i = day.first; i < day.end; ++i) {
        if (!rows_[i].request_count || *rows_[i].request_count == count) continue;
        add_stretch(day, run++, first, i, count);
        count = *rows_[i].request_count;
        first = i;
      }
      add_stretch(day, run, first, day.end, count);
    }
  }

  void add_stretch(Day& day, std::size_t run, std::size_t first, std::size_t end, double count) const {
    if (count <= 0 || end - first < kLeastStretch) return;
    Stretch stretch{run, first, end, count};
    std::vector<double> loads;
    std::size_t busy = 0;
    for (std::size_t i = first; i < end; ++i) {
      if (!cpu_[i]) continue;
      busy += is_busy(i) ? 1 : 0;
      loads.push_back(*cpu_[i] * std::max(1.0, rows_[i].in_service_instances.value_or(1.0)));
    }
    if (loads.empty()) return;
    stretch.busy = 10 * busy > loads.size();
    stretch.low = quantile(loads, 0.1);
    stretch.high = quantile(loads, 0.9);
    day.stretches.push_back(stretch);
  }

  // --- instances

  void judge_instances(std::size_t i) {
    const Row& row = rows_[i];
    if (value_or_zero(row.cpu_utilization) > 0 || value_or_zero(row.request_count) > 0) {
      if (is_zero(row.in_service_instances))
        doubt(i, &Row::in_service_instances, Doubt::instances_zero, value_or_zero(cpu_[i]));
    } else if (is_zero(row.in_service_instances) || !row.network_in) {
      if (const auto busy = fell_from_busy(i)) take_out_zeros(i, *busy);
    }
  }

  // What no instance that runs measures. A group without any instance does.
  static bool is_all_zero(const Row& row) {
    return is_zero(row.cpu_utilization) && is_zero(row.network_in) && value_or_zero(row.request_count) == 0 &&
           value_or_zero(row.request_peak) == 0 && !is_zero(row.in_service_instances);
  }

  void take_out_zeros(std::size_t i, double fell_from) {
    for (const auto column :
         {&Row::in_service_instances, &Row::cpu_utilization, &Row::request_count, &Row::request_peak, &Row::network_in})
      if (is_zero(rows_[i].*column)) judged_.rows[i].*column = std::nullopt;
    note(i, Doubt::zero_filled, fell_from);
  }

  // Of a row with a CPU of 0: the CPU of the last interval with any, where that was busy and at most a day ago. A group
  // that is emptied on purpose has no CPU at all.
  std::optional<double> fell_from_busy(std::size_t i) const {
    if (!is_zero(rows_[i].cpu_utilization)) return std::nullopt;
    for (std::size_t at = i; at-- > 0 && rows_[i].start - rows_[at].start <= kDay;) {
      const Row& row = rows_[at];
      const bool received = value_or_zero(row.request_count) > 0 || value_or_zero(row.network_in) > 0;
      if (!row.cpu_utilization || (*row.cpu_utilization == 0 && !received)) continue;
      return is_busy(at) ? cpu_[at] : std::nullopt;
    }
    return std::nullopt;
  }

  // --- requests

  void judge_requests(Timestamp time, const Day& day) {
    const Day *before = neighbour(time, -1), *after = neighbour(time, 1);
    const bool placeholder = are_placeholders(day, before) || are_placeholders(day, after);
    const bool too_few = are_too_few(day, before), uncounted = are_uncounted(time, day);
    const double usual_claim = claimed_for_long(day, before);
    auto stretch = day.stretches.begin();
    for (std::size_t i = day.first; i < day.end; ++i) {
      const Row& row = rows_[i];
      while (stretch != day.stretches.end() && stretch->end <= i) ++stretch;
      if (!row.request_count) continue;
      if (*row.request_count == 0) {
        const bool says_nothing = uncounted && !is_zero(row.in_service_instances);
        if (is_surely_busy(i) || placeholder || (says_nothing && works_more_than_one(i)))
          doubt_requests(i, Doubt::requests_zero, value_or_zero(cpu_[i]));
        else if (says_nothing)
          judged_.rows[i].request_count = judged_.rows[i].request_peak = std::nullopt;
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
      const Day* other = neighbour(time, by);
      if (other && other->highest_requests > 0) return false;
    }
    return day.rows_of_group > 0;
  }

  bool works_more_than_one(std::size_t i) const {
    const Row& believed = judged_.rows[i];
    return value_or_zero(believed.cpu_utilization) / 100 * value_or_zero(believed.in_service_instances) > 1;
  }

  // How many times what the CPU does the requests of two days claim; 0 where most of them do not.
  static double claimed_for_long(const Day& day, const Day* before) {
    const int roomy = day.roomy_rows + (before ? before->roomy_rows : 0);
    const int claiming = day.claiming_rows + (before ? before->claiming_rows : 0);
    if (roomy < kEnoughBusyRows || 2 * claiming <= roomy) return 0;
    return std::exp((day.log_claims + (before ? before->log_claims : 0)) / claiming);
  }

  // A full CPU hides how much was asked for: there the requests are doubted only for what they always claim.
  bool claims_too_much(std::size_t i, double usual) const {
    if (has_room(i) && claimed(i) > kAbsurdlyClaimed) return true;
    if (usual == 0) return false;
    return cpu_[i] < kRoomUnder || value_or_zero(rows_[i].in_service_instances) == 0 || claimed(i) < 2 * usual;
  }

  static bool are_placeholders(const Day& day, const Day* other) {
    const int zeros = day.zeros + (other ? other->zeros : 0);
    const int busy = day.zeros_while_busy + (other ? other->zeros_while_busy : 0);
    return busy > 1 && busy >= kPlaceholderShare * zeros;
  }

  static bool are_too_few(const Day& day, const Day* before) {
    const int busy = day.busy_rows + (before ? before->busy_rows : 0);
    const int unexplained = day.unexplained_rows + (before ? before->unexplained_rows : 0);
    return busy >= kEnoughBusyRows && 2 * unexplained > busy;
  }

  bool is_stuck(Timestamp time, const Stretch& stretch) const {
    Stretch whole = stretch;
    std::size_t rows = stretch.end - stretch.first;
    for (const int by : {-1, 1}) {
      const Day* other = neighbour(time, by);
      if (!other) continue;
      for (const Stretch& more : other->stretches) {
        if (more.run != stretch.run) continue;
        whole.low = std::min(whole.low, more.low);
        whole.high = std::max(whole.high, more.high);
        whole.busy |= more.busy;
        rows += more.end - more.first;
      }
    }
    return whole.busy && judging_.interval * static_cast<long long>(rows) >= kStuckFor &&
           whole.high >= kMoved * whole.low;
  }

  void doubt_requests(std::size_t i, Doubt kind, double figure) {
    judged_.rows[i].request_peak.reset();
    doubt(i, &Row::request_count, kind, figure);
  }

  // --- what was found

  void doubt(std::size_t i, std::optional<double> Row::*column, Doubt kind, double figure) {
    if (!(judged_.rows[i].*column)) return;
    judged_.rows[i].*column = std::nullopt;
    note(i, kind, figure);
  }

  void note(std::size_t i, Doubt kind, double figure) {
    const TimeRange span{rows_[i].start, rows_[i].start + judging_.interval};
    const std::pair key(floor_to(span.start, kDay), kind);
    Doubted& found = found_.try_emplace(key, Doubted{kind, span, 0, figure}).first->second;
    found.span.end = span.end;
    found.figure = std::max(found.figure, figure);
    ++found.rows;
  }

  std::span<const Row> rows_;
  Judging judging_;
  std::map<Timestamp, Day> days_;
  std::vector<std::optional<double>> cpu_;  // %, as far as it can be believed or is known to be a share
  std::vector<bool> fallen_;                // rows since a fall to a share
  std::map<std::pair<Timestamp, Doubt>, Doubted> found_;
  Judged judged_;
};

}  // namespace

Judged judge(std::span<const Row> rows, const Judging& judging) {
  return Judge(rows, judging).run();
}

}  // namespace almanac::dataset
