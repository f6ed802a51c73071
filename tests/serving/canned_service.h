#pragma once

#include <functional>
#include <string>

#include "serving/http/service.h"

namespace almanac::serving {

// Answers everything about the group "shop" with the same, fully populated JSON: for tests of what stands in front of a
// Service. Thread-safe. What it cannot know is not_found; what `delay` says is slow.
class CannedService final : public Service {
 public:
  explicit CannedService(bool writable) : writable_(writable) {}

  Result<std::string> status() override;
  Result<std::string> groups(const PageQuery& page) override;
  Result<std::string> group(const std::string& name) override;
  Result<std::string> series(const std::string& name, Range range, std::optional<Duration> step) override;
  Result<std::string> forecast(const std::string& name, Duration ahead) override;
  Result<std::string> decisions(const std::string& name, Range range, const PageQuery& page) override;
  Result<std::string> decision(const std::string& name, Timestamp time) override;
  Result<std::string> calendar(const std::string& name, Range range) override;
  Result<std::string> savings(const std::string& name, int days) override;
  Result<std::string> plan(const std::string& name, const std::string& calendar_text, const std::string& file_name,
                           int days) override;
  Result<std::string> start_backtest(const std::string& name, int days) override;
  Result<std::string> backtest(const std::string& id) override;
  Result<void> cancel_backtest(const std::string& id) override;
  Result<std::string> act(const Action& action) override;
  Result<std::string> readiness() override;

 private:
  const bool writable_;
};

}  // namespace almanac::serving
