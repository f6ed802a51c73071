#include "app/decision_line.h"

#include <fmt/format.h>

namespace almanac::app {

std::string decision_line(const records::Record& record, bool repeated) {
  const Decision& d = record.decision;
  const std::string what = d.desired == d.desired_before ? fmt::format("keeps {}", d.desired)
                                                         : fmt::format("{} -> {}", d.desired_before, d.desired);
  const std::string unit = record.unit() == CapacityUnit::instances ? "" : fmt::format(" {}", words(record.unit()));
  return fmt::format("{}: {}{} at {} ({}{}){}{}", d.group, what, unit, format_timestamp(d.now), to_string(d.health),
                     d.forecaster.empty() ? "" : ", " + d.forecaster,
                     record.outcome.kind == records::Outcome::Kind::not_sent
                         ? "; not sent: " + record.outcome.message
                         : fmt::format("; {}", to_string(record.outcome.kind)),
                     repeated ? "; decided before, nothing changes" : "");
}

}  // namespace almanac::app
