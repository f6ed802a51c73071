#include "results.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

namespace almanac::bench {
namespace {

constexpr const char* kKey[] = {"part", "row", "trace", "boot", "seed"};

bool same_key(const nlohmann::json& a, const nlohmann::json& b) {
  return std::all_of(std::begin(kKey), std::end(kKey), [&](const char* name) { return a.at(name) == b.at(name); });
}

}  // namespace

Result<Results> Results::open(const std::string& file) {
  Results results;
  results.file_ = file;
  std::ifstream in(file);
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    auto record = nlohmann::json::parse(line, nullptr, false);
    const bool whole = record.is_object() && std::all_of(std::begin(kKey), std::end(kKey),
                                                         [&](const char* name) { return record.contains(name); });
    if (!whole)
      return fail(ErrorCode::corrupt, fmt::format("{}, line {}: not a result; remove the file", file, number));
    results.records_.push_back(std::move(record));
  }
  return results;
}

bool Results::has(const nlohmann::json& like) const {
  const std::lock_guard lock(*mutex_);
  return std::any_of(records_.begin(), records_.end(), [&](const auto& record) { return same_key(record, like); });
}

void Results::add(const nlohmann::json& record) {
  const std::lock_guard lock(*mutex_);
  records_.push_back(record);
  std::ofstream(file_, std::ios::app) << record.dump() << std::endl;
}

}  // namespace almanac::bench
