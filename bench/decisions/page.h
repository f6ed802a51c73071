#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace almanac::bench {

// docs/benchmarks/decisions.md, of what was measured and nothing else: rows that are not there are left out, and each
// says how many seeds it holds. `note`: words of who measured, about what the figures cannot tell. Ends with the times.
std::string page_of(const std::vector<nlohmann::json>& results, const std::string& note = {});

}  // namespace almanac::bench
