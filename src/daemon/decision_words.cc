#include <fmt/format.h>

#include "daemon/slot.h"

namespace almanac::daemon {

std::string decision_words(const records::Record& record, bool repeated) {
  const Decision& d = record.decision;
  const std::string what = d.desired == d.desired_before ? fmt::format("keeps {}", d.desired)
                                                         : fmt::format("{} -> {}", d.desired_before, d.desired);
  const std::string outcome = record.outcome.kind == records::Outcome::Kind::not_sent
                                  ? "not sent: " + record.outcome.message
                                  : std::string(records::to_string(record.outcome.kind));
  return fmt::format("{} {} ({}{}{}; {}{})", what, words(record.unit()), to_string(d.health),
                     d.forecaster.empty() ? "" : ", ", d.forecaster, outcome, repeated ? "; decided before" : "");
}

}  // namespace almanac::daemon
