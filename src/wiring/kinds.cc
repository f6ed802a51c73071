#include "wiring/kinds.h"

#include "adapters/aws/services/kinds.h"
#include "adapters/local/csv_kind.h"
#include "adapters/prometheus/prometheus_kind.h"
#include "adapters/simulated/simulated_kinds.h"
#include "adapters/watched/watched_kind.h"

namespace almanac::wiring {

const kinds::Kinds& all_kinds() {
  static const kinds::Kinds all{
      .metrics =
          {
              &adapters::aws::cloudwatch_kind(),
              &adapters::csv_kind(),
              &adapters::prometheus::prometheus_kind(),
              &adapters::simulated::simulated_metrics(),
          },
      .targets =
          {
              &adapters::aws::auto_scaling_kind(),
              &adapters::simulated::simulated_target(),
              &adapters::watched::watched_kind(),
          },
  };
  return all;
}

}  // namespace almanac::wiring
