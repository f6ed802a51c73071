#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace almanac {

// One thing that `almanac doctor` looked at, in words for a person.
struct Finding {
  enum class Verdict {
    good,
    note,         // works, but somebody may want to know or to do better
    mend,         // does not work until somebody mends it
    not_checked,  // cannot be known without doing it
  };
  std::string topic;  // "credentials", "group": a few words, the same for what belongs together
  Verdict verdict = Verdict::good;
  std::string text;    // what was found
  std::string advice;  // what to do about it; empty where there is nothing to do

  bool operator==(const Finding&) const = default;
};

using Findings = std::vector<Finding>;

constexpr std::string_view to_string(Finding::Verdict verdict) {
  switch (verdict) {
    case Finding::Verdict::good:
      return "good";
    case Finding::Verdict::note:
      return "note";
    case Finding::Verdict::mend:
      return "mend";
    case Finding::Verdict::not_checked:
      return "not_checked";
  }
  return "";
}

}  // namespace almanac
