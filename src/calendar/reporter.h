#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "calendar/calendar.h"

namespace almanac::calendar {

// Adds what is amiss in one file to a list of problems, under the name of the file. Both outlive it.
class Reporter {
 public:
  Reporter(std::string_view name, std::vector<Problem>& problems) : name_(name), problems_(problems) {}

  void problem(std::string_view where, std::string message) const { add(where, std::move(message), true); }
  // Of what is in use, though perhaps not as it was meant.
  void doubt(std::string_view where, std::string message) const { add(where, std::move(message), false); }

 private:
  void add(std::string_view where, std::string message, bool lost) const {
    problems_.push_back({std::string(name_).append(": ").append(where), std::move(message), lost});
  }

  std::string_view name_;
  std::vector<Problem>& problems_;
};

}  // namespace almanac::calendar
