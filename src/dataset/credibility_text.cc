// What a doubt is called where people read it.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "dataset/credibility.h"

namespace almanac::dataset {

std::vector<Doubted> summed_up(std::span<const Doubted> doubts) {
  std::map<Doubt, Doubted> sums;
  for (const Doubted& each : doubts) {
    const auto [at, is_new] = sums.try_emplace(each.doubt, each);
    if (is_new) continue;
    Doubted& sum = at->second;
    sum.span = {std::min(sum.span.start, each.span.start), std::max(sum.span.end, each.span.end)};
    sum.rows += each.rows;
    sum.figure = std::max(sum.figure, each.figure);
  }
  std::vector<Doubted> result;
  for (const auto& [kind, sum] : sums) result.push_back(sum);
  return result;
}

std::string_view column_of(Doubt doubt) {
  switch (doubt) {
    case Doubt::cpu_is_share:
    case Doubt::cpu_above_100:
    case Doubt::cpu_zero:
      return "cpu_utilization";
    case Doubt::instances_zero:
    case Doubt::instances_beyond_measure:
    case Doubt::zero_filled:
      return "in_service_instances";
    case Doubt::requests_zero:
    case Doubt::requests_stuck:
    case Doubt::requests_too_few:
    case Doubt::requests_too_many:
    case Doubt::requests_beyond_measure:
      return "request_count";
    case Doubt::network_zero:
    case Doubt::network_beyond_measure:
      return "network_in";
  }
  return "";
}

std::string describe(const Doubted& doubted) {
  constexpr const char* kByCpu = "not believed, demand is CPU x instances in service instead";
  switch (doubted.doubt) {
    case Doubt::cpu_is_share:
      return fmt::format(
          "cpu_utilization never exceeds 1 (highest {:.2g}): it looks like a ratio of 0 to 1 and percent are expected; "
          "not believed",
          doubted.figure);
    case Doubt::cpu_above_100:
      return fmt::format(
          "cpu_utilization reaches {:.0f}: it looks like a sum over processors and the average percentage of an "
          "instance is expected; not believed",
          doubted.figure);
    case Doubt::cpu_zero:
      return "cpu_utilization is exactly 0 while requests or the network move: not believed";
    case Doubt::instances_zero:
      return fmt::format("in_service_instances is 0 while CPU{} or requests are measured: not believed",
                         doubted.figure > 0 ? fmt::format(" (up to {:.0f} %)", doubted.figure) : std::string());
    case Doubt::zero_filled:
      if (doubted.figure == 0)
        return "CPU and network are exactly 0, which those of an instance that runs never are: taken as missing, not "
               "as "
               "no load";
      return fmt::format(
          "every metric falls to 0 from an interval at {:.0f} % CPU to the next: taken as missing, not as no load",
          doubted.figure);
    case Doubt::requests_zero:
      return fmt::format("request_count is 0 while the CPU is at up to {:.0f} %: {}", doubted.figure, kByCpu);
    case Doubt::requests_stuck:
      return fmt::format("request_count stands at {:g} for half a day or longer while the load moves: {}",
                         doubted.figure, kByCpu);
    case Doubt::requests_too_few:
      return fmt::format(
          "request_count explains too little of what the CPU does, by what an instance serves "
          "(capacity_per_instance): {}",
          kByCpu);
    case Doubt::requests_too_many:
      return fmt::format(
          "request_count claims far more than the CPU does, by what an instance serves (capacity_per_instance): {}",
          kByCpu);
    case Doubt::network_zero:
      return "network_in is 0 while requests are served or the CPU is busy: not believed";
    case Doubt::requests_beyond_measure:
      return fmt::format("request_count (or request_peak) of {:g} in an interval is more than any service is asked: {}",
                         doubted.figure, kByCpu);
    case Doubt::instances_beyond_measure:
      return fmt::format("in_service_instances of {:g} is more than any group holds: not believed", doubted.figure);
    case Doubt::network_beyond_measure:
      return fmt::format("network_in of {:g} bytes in an interval is more than any network carries: not believed",
                         doubted.figure);
  }
  return "";
}

std::string advice_for(Doubt doubt) {
  switch (doubt) {
    case Doubt::cpu_is_share:
      return "multiply by 100 where the metric is made";
    case Doubt::cpu_above_100:
      return "average over processors and instances where the metric is made";
    case Doubt::cpu_zero:
    case Doubt::instances_zero:
    case Doubt::network_zero:
    case Doubt::zero_filled:
      return "leave the field empty where nothing is measured";
    case Doubt::requests_zero:
    case Doubt::requests_stuck:
      return "count the requests, or leave the column out: the CPU speaks for the load then";
    case Doubt::requests_too_few:
      return "check capacity_per_instance (requests a second at 100 % CPU), and whether every load balancer is counted";
    case Doubt::requests_too_many:
      return "check capacity_per_instance (requests a second at 100 % CPU), and whether request_count is of one "
             "interval";
    case Doubt::requests_beyond_measure:
    case Doubt::instances_beyond_measure:
    case Doubt::network_beyond_measure:
      return "mend the value where it is made; `almanac rows remove` takes rows out of the history";
  }
  return "";
}

std::vector<std::string> describe_all(std::span<const Doubted> doubts, std::string_view name) {
  std::vector<std::string> texts;
  for (const Doubted& each : summed_up(doubts))
    texts.push_back(fmt::format("{}: {} to {}: {} ({} rows)", name, format_timestamp(each.span.start),
                                format_timestamp(each.span.end), describe(each), each.rows));
  return texts;
}

}  // namespace almanac::dataset
