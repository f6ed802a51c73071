#pragma once

#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/result.h"

namespace almanac::bench {

// What was measured, one JSON object on a line of a file, written as soon as it is known: a run that is stopped loses
// only what it had not finished, and goes on from there. Thread-safe.
class Results {
 public:
  // Reads what the file holds; it need not exist. corrupt: a line that is none of this program's.
  static Result<Results> open(const std::string& file);

  // Same part, row, trace, launch delay and seed.
  bool has(const nlohmann::json& like) const;
  void add(const nlohmann::json& record);

  const std::vector<nlohmann::json>& all() const { return records_; }

 private:
  std::string file_;
  std::vector<nlohmann::json> records_;
  std::unique_ptr<std::mutex> mutex_ = std::make_unique<std::mutex>();
};

}  // namespace almanac::bench
