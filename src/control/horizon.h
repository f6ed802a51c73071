#pragma once

#include <map>
#include <string>
#include <vector>

#include "calendar/calendar.h"
#include "control/knowledge.h"
#include "core/distribution.h"
#include "core/result.h"
#include "records/model_store.h"

namespace almanac::control {

// Quantiles of the peak 1-minute demand in one window of the hours ahead, busy instances.
struct WindowForecast {
  TimeRange window{};
  std::map<double, double> quantiles;
  Distribution peak;                // the whole of it, of which they are a part
  std::vector<std::string> events;  // that touch the window
};

struct Horizon {
  Health health = Health::full;
  std::string reason;  // why not full
  std::string forecaster;
  std::vector<WindowForecast> windows;      // back to back from `now` on
  std::optional<double> next_interval_cpu;  // %, at the present capacity (predict_cpu)
};

// CPU % expected in the next interval at `desired` instances, > 0: what a Keras model made elsewhere says, of the
// interval behind the newest one that has all it reads where the last one or two are not known yet; else the median of
// `peak` times how far interval means lay under their peak minutes in the last day. unavailable with neither,
// and for a Keras model whose CPU is not believed.
Result<double> predict_cpu(const Knowledge& known, const records::LoadedModel& model,
                           const std::optional<forecast::Forecast>& peak, int desired, Timestamp now);

// The coming windows up to `hours` ahead. The first is the calibrated forecast that decisions use; each later one is
// made as if the medians before it had come true, and its spread adds up theirs as independent errors, which errs on
// the wide side. unavailable where there is nothing to forecast from.
Result<Horizon> forecast_horizon(const Knowledge& known, const records::LoadedModel& model,
                                 const calendar::Calendar& calendar, Duration cover_window, Timestamp now,
                                 Duration ahead, std::optional<int> desired);

}  // namespace almanac::control
