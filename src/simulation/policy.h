#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/series.h"
#include "core/time.h"
#include "simulation/plant.h"

namespace almanac::simulation {

// What a policy may know at the start of a minute: the metrics of published minutes, and its own group. Asking for a
// minute that is not published aborts, so a policy cannot peek by mistake. Minutes are counted from the first of the
// trace.
class View {
 public:
  // `demand` is the whole trace, of which `now` minutes are shown; `desired` and `ready` are what was played so far
  // (at least `now` long), `present` the capacity in force. A minute is published `delay` minutes after its end. Made
  // by play(); tests make their own.
  View(const Series& demand, const Plant& plant, std::span<const int> desired, std::span<const int> ready,
       std::size_t now, int present, std::size_t delay = 0)
      : demand_(demand),
        plant_(plant),
        desired_(desired),
        ready_(ready),
        now_(now),
        published_(now - std::min(now, delay)),
        present_(present) {}

  std::size_t minute() const { return now_; }
  // Minutes before this one are published: what is measured of them is known.
  std::size_t published() const { return published_; }
  Timestamp now() const { return demand_.time_at(now_); }
  const Plant& plant() const { return plant_; }

  // Demand of a published minute in the trace's unit (requests/s); NaN where metrics are missing.
  double demand(std::size_t minute) const { return demand_.values[measured(minute)]; }
  // The same in busy instances (instances at 100 % CPU).
  double busy(std::size_t minute) const { return demand(minute) / plant_.unit_capacity; }
  // All published minutes.
  std::span<const double> demand() const { return std::span(demand_.values).first(published_); }
  // CPU% of a published minute, averaged over in-service instances: at most 100, NaN where metrics are missing.
  double cpu(std::size_t minute) const { return cpu_of(demand(minute), ready(minute), plant_); }
  // In service during a finished minute.
  int ready(std::size_t minute) const { return ready_[finished(minute)]; }
  // The capacity in force during a finished minute.
  int desired(std::size_t minute) const { return desired_[finished(minute)]; }
  // The capacity in force now, before this minute's decision.
  int desired() const { return present_; }

 private:
  std::size_t finished(std::size_t minute) const;
  std::size_t measured(std::size_t minute) const;

  const Series& demand_;
  const Plant& plant_;
  std::span<const int> desired_;
  std::span<const int> ready_;
  std::size_t now_;
  std::size_t published_;
  int present_;
};

// Decides the capacity of a group. One object plays one run from its first minute to its last; it may keep state.
class Policy {
 public:
  virtual ~Policy() = default;
  // Called at the start of every minute, in order. Returns the desired capacity from this minute on (rounded up and cut
  // to the group's limits by the caller); a policy with a longer period returns view.desired() in between.
  virtual double decide(const View& view) = 0;
};

// What a policy is made for.
struct Scene {
  const Plant* plant = nullptr;
  // The whole trace: for the clairvoyants, which are bounds and not policies one could run. Nobody else may look.
  const Series* truth = nullptr;
  std::size_t first_minute = 0;  // decide() is first called here; earlier minutes are history
};

// A policy with its one headroom knob: what a sweep goes through.
struct PolicyFamily {
  std::string name;           // "hpa", "target_tracking" ...
  std::string knob;           // what the knob is: "CPU target %"
  std::vector<double> knobs;  // from generous to tight, reaching both 0.1 % and 1 % violating requests on usual traces
  double usual = 0;           // the setting a user would start with; one of the knobs
  std::function<std::unique_ptr<Policy>(double knob, const Scene& scene)> make;
};

// Plays `policy` over minutes [from, to) of a trace, of which it sees `demand`, each minute `delay` minutes after its
// end. Before `from` the group stands at `initial`, ready. Returns desired[0, to): the capacity in force in each
// minute.
std::vector<int> play(const Series& demand, const Plant& plant, Policy& policy, std::size_t from, std::size_t to,
                      int initial, std::size_t delay = 0);

// The peers by their published behaviour (sources beside each): static, step, target_tracking, hpa, aws_predictive,
// holt_winters, fft, seasonal_naive, and the bounds clairvoyant and clairvoyant_boot.
const std::vector<PolicyFamily>& peers();

// One of peers() by name; nullptr when there is none.
const PolicyFamily* find_peer(std::string_view name);

}  // namespace almanac::simulation
