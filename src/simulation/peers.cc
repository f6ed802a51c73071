#include "simulation/peers.h"

#include <algorithm>
#include <string_view>

namespace almanac::simulation {
namespace {

// Knows what will come. Without `boot` it buys exactly what each minute needs, which the launch delay then spoils; with
// it, it holds in every minute what the minutes up to the end of a launch begun now will need.
class Clairvoyant final : public Policy {
 public:
  Clairvoyant(const Series& truth, int ahead) : truth_(truth), ahead_(ahead) {}

  double decide(const View& view) override {
    int most = view.plant().min;
    const std::size_t end = std::min(truth_.size(), view.minute() + static_cast<std::size_t>(ahead_) + 1);
    for (std::size_t t = view.minute(); t < end; ++t)
      if (!is_missing(truth_.values[t])) most = std::max(most, need(truth_.values[t], view.plant()));
    return most;
  }

 private:
  const Series& truth_;
  int ahead_;
};

}  // namespace

PolicyFamily clairvoyant_family() {
  return {"clairvoyant", "none", {1}, 1, [](double, const Scene& scene) {
            return std::make_unique<Clairvoyant>(*scene.truth, 0);
          }};
}

PolicyFamily clairvoyant_boot_family() {
  return {"clairvoyant_boot", "none", {1}, 1, [](double, const Scene& scene) {
            return std::make_unique<Clairvoyant>(*scene.truth, scene.plant->boot);
          }};
}

const std::vector<PolicyFamily>& peers() {
  static const std::vector<PolicyFamily> families = {
      static_family(),       step_family(), target_tracking_family(), hpa_family(),         aws_predictive_family(),
      holt_winters_family(), fft_family(),  seasonal_naive_family(),  clairvoyant_family(), clairvoyant_boot_family()};
  return families;
}

const PolicyFamily* find_peer(std::string_view name) {
  for (const auto& family : peers())
    if (family.name == name) return &family;
  return nullptr;
}

}  // namespace almanac::simulation
