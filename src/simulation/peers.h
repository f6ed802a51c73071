#pragma once

#include "simulation/policy.h"

// The parts of peers(), by the file that holds them.
namespace almanac::simulation {

// The CPU targets (%) that every policy with such a knob is swept through.
const std::vector<double>& cpu_targets();

// Reactive policies that predictive ones stand on; `target` is CPU %.
std::unique_ptr<Policy> make_hpa(double target);
std::unique_ptr<Policy> make_target_tracking(double target);

PolicyFamily static_family();
PolicyFamily step_family();
PolicyFamily target_tracking_family();
PolicyFamily hpa_family();
PolicyFamily aws_predictive_family();
PolicyFamily holt_winters_family();
PolicyFamily fft_family();
PolicyFamily seasonal_naive_family();
PolicyFamily clairvoyant_family();
PolicyFamily clairvoyant_boot_family();

}  // namespace almanac::simulation
