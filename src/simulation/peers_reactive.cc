// Peers that follow what they measure.
#include <algorithm>
#include <cmath>
#include <deque>

#include "simulation/peers.h"

namespace almanac::simulation {
namespace {

class Static final : public Policy {
 public:
  explicit Static(double capacity) : capacity_(capacity) {}
  double decide(const View&) override { return capacity_; }

 private:
  double capacity_;
};

// Simple scaling with two CloudWatch alarms on 5-minute average CPU, one evaluation period each: +1 above the high
// threshold, -1 below the low one. An alarm is evaluated when its 5-minute datapoint closes, so at most one instance is
// added or removed every five minutes.
// Amazon EC2 Auto Scaling User Guide, "Step and simple scaling policies for Amazon EC2 Auto Scaling".
class Step final : public Policy {
 public:
  Step(double high, double low) : high_(high), low_(low) {}

  double decide(const View& view) override {
    constexpr std::size_t kPeriod = 5;
    const std::size_t now = view.published();
    if (now < kPeriod || now % kPeriod != 0 || now == judged_) return view.desired();
    judged_ = now;
    double sum = 0;
    int known = 0;
    for (std::size_t t = now - kPeriod; t < now; ++t) {
      const double cpu = view.cpu(t);
      if (is_missing(cpu)) continue;
      sum += cpu;
      ++known;
    }
    if (known == 0) return view.desired();
    const double cpu = sum / known;
    return view.desired() + (cpu > high_ ? 1 : cpu < low_ ? -1 : 0);
  }

 private:
  double high_;
  double low_;
  std::size_t judged_ = 0;  // the end of the datapoint that was evaluated last
};

// The Horizontal Pod Autoscaler on CPU, once a minute: ceil(current x cpu / target), nothing within 10 % of the target,
// and scale-in to the highest recommendation of the last five minutes. Pods that are not ready yet are set aside, and
// taken to use nothing where that damps a scale-out.
// kubernetes.io, "Horizontal Pod Autoscaling" (algorithm details, stabilization window); the order of the rules is that
// of pkg/controller/podautoscaler/replica_calculator.go.
class Hpa final : public Policy {
 public:
  explicit Hpa(double target) : target_(target) {}

  double decide(const View& view) override {
    constexpr std::size_t kStabilisation = 5;
    const double recommended = recommend(view);
    recommendations_.push_back(recommended);
    if (recommendations_.size() > kStabilisation) recommendations_.pop_front();
    if (recommended >= view.desired()) return recommended;
    return std::min<double>(view.desired(), *std::max_element(recommendations_.begin(), recommendations_.end()));
  }

 private:
  double recommend(const View& view) const {
    constexpr double kTolerance = 0.1;
    const double current = view.desired();
    if (view.published() == 0) return current;
    const double cpu = view.cpu(view.published() - 1);
    if (is_missing(cpu)) return current;
    const double ready = view.ready(view.published() - 1);
    const double ratio = cpu / target_;
    const bool unready = current > ready;
    if (!unready || ratio <= 1) {
      if (std::abs(ratio - 1) <= kTolerance) return current;
      return std::ceil(ratio * ready - 1e-9);
    }
    const double damped = ratio * ready / current;  // over all pods, those that boot at 0 %
    if (std::abs(damped - 1) <= kTolerance || damped < 1) return current;
    return std::max(current, std::ceil(damped * current - 1e-9));
  }

  double target_;
  std::deque<double> recommendations_;
};

// Target tracking on ASGAverageCPUUtilization with detailed monitoring. CloudWatch publishes the datapoint of a minute
// one minute after it ends. The high alarm is 3 of 3 datapoints above the target and sizes the group in proportion; the
// low alarm is 15 of 15 datapoints below 90 % of it. An instance that boots (warm-up) is not in the average but counts
// as capacity on its way: a second breach does not buy it twice, and no scale-in happens meanwhile. The service says
// that it scales in more gradually than out, not how: here so far that the highest of the 15 datapoints would stay at
// the target, and by a quarter of the group at most. Amazon EC2 Auto Scaling User Guide, "Target tracking scaling
// policies", "Set the default instance warmup"; the alarms are those that the service creates (AlarmHigh 3 x 60 s,
// AlarmLow 15 x 60 s).
class TargetTracking final : public Policy {
 public:
  explicit TargetTracking(double target) : target_(target) {}

  double decide(const View& view) override {
    const double current = view.desired();
    // Datapoints of minutes before `end` are published.
    const std::size_t end = std::min(view.minute() - std::min(view.minute(), kDelay), view.published());
    if (end < kLow) return current;
    if (all(view, end, kHigh, [&](double cpu) { return cpu > target_; })) {
      const double capacity = view.ready(end - 1) * view.cpu(end - 1) / target_;
      return std::max(current, std::ceil(capacity - 1e-9));
    }
    const bool warming_up = view.ready(view.minute() - 1) < view.desired();
    if (!warming_up && all(view, end, kLow, [&](double cpu) { return cpu < 0.9 * target_; })) {
      double highest = 0;
      for (std::size_t t = end - kLow; t < end; ++t) highest = std::max(highest, view.cpu(t));
      return std::min(current, std::max(std::ceil(current * highest / target_ - 1e-9), 0.75 * current));
    }
    return current;
  }

 private:
  static constexpr std::size_t kDelay = 1;
  static constexpr std::size_t kHigh = 3;
  static constexpr std::size_t kLow = 15;

  // A missing datapoint breaches nothing (the alarms treat missing data as "missing": they keep their state).
  template <typename Breach>
  static bool all(const View& view, std::size_t end, std::size_t count, Breach breach) {
    for (std::size_t t = end - count; t < end; ++t)
      if (is_missing(view.cpu(t)) || !breach(view.cpu(t))) return false;
    return true;
  }

  double target_;
};

std::vector<double> every_integer(int first, int last) {
  std::vector<double> values;
  for (int value = last; value >= first; --value) values.push_back(value);
  return values;
}

}  // namespace

const std::vector<double>& cpu_targets() {
  static const std::vector<double> targets = {5,  6,  7,  8,  9,    10, 11,   12, 13,   14, 15,   16,
                                              17, 18, 19, 20, 22.5, 25, 27.5, 30, 32.5, 35, 37.5, 40,
                                              45, 50, 55, 60, 65,   70, 75,   80, 85,   90};
  return targets;
}

std::unique_ptr<Policy> make_hpa(double target) {
  return std::make_unique<Hpa>(target);
}
std::unique_ptr<Policy> make_target_tracking(double target) {
  return std::make_unique<TargetTracking>(target);
}

PolicyFamily target_tracking_family() {
  return {"target_tracking", "CPU target %", cpu_targets(), 50,
          [](double knob, const Scene&) { return std::make_unique<TargetTracking>(knob); }};
}

PolicyFamily static_family() {
  return {"static", "instances", every_integer(1, 80), 40,
          [](double knob, const Scene&) { return std::make_unique<Static>(knob); }};
}

PolicyFamily step_family() {
  return {"step",
          "thresholds as a share of 70/35 % CPU",
          {0.1, 0.15, 0.2, 0.22, 0.24, 0.26, 0.28, 0.3, 0.32, 0.34, 0.36, 0.38,
           0.4, 0.45, 0.5, 0.55, 0.6,  0.7,  0.8,  0.9, 1,    1.1,  1.2,  1.3},
          1,
          [](double knob, const Scene&) { return std::make_unique<Step>(70 * knob, 35 * knob); }};
}

PolicyFamily hpa_family() {
  return {"hpa", "CPU target %", cpu_targets(), 50,
          [](double knob, const Scene&) { return std::make_unique<Hpa>(knob); }};
}

}  // namespace almanac::simulation
